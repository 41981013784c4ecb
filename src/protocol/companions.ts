/** Files that say something of a model where they stand beside it, whichever tool put them there. */
export const companionFiles = [
  'preprocessor_config.json',
  'config.json',
  'metadata.json',
  'classes.json',
  'labels.json',
  'classes.txt',
  'labels.txt',
  'synset.txt',
  'imagenet_classes.txt',
] as const;
export type CompanionFile = (typeof companionFiles)[number];

/** Where exporters put the networks of a folder whose settings are one above. */
export const networksFolder = 'onnx';
