import imagenet from './imagenetClasses.json';

/** WordNet's numbers, by which ImageNet's folders are called, and short names, in the order of the outputs. */
const imagenetNumbers = Object.keys(imagenet.names);
const imagenetNames = Object.values(imagenet.names);

/** Names of classes, in the order of the outputs. */
export interface NamedClasses {
  readonly names: readonly string[];
  /** Where they were found, for the report. */
  readonly source: string;
  /** What folders of images are called besides, in the same order. */
  readonly aliases?: readonly string[];
  /** Nothing says that they are the model's; their number alone suggests it. */
  readonly assumed?: true;
}

/**
 * The names of K classes: those that the user or the model gives, else the first list beside the model that has K of them,
 * else ImageNet's where K suggests it. What was found but does not fit is said in the notes.
 *
 * @param given the user's or the model's, the first to be trusted first
 * @param beside lists in files of other tools
 */
export function chosenClassNames(
  K: number,
  given: readonly NamedClasses[],
  beside: readonly NamedClasses[],
): { readonly classes: NamedClasses | null; readonly notes: readonly string[] } {
  const classes = given.at(0) ?? beside.find(({ names }) => names.length === K) ?? imagenetClasses(K);
  const notes = beside
    .filter(({ names }) => names.length !== K)
    .map(({ names, source }) => `${source} names ${names.length} classes, but the model has ${K}: it is not used.`);
  return { classes, notes };
}

/** ImageNet's classes for a head of as many outputs, or of one more where the first is the background; else null. */
function imagenetClasses(K: number): NamedClasses | null {
  const first = K - imagenetNames.length;
  if (first !== 0 && first !== 1) return null;
  const background = first === 1 ? ['background'] : [];
  return {
    names: [...background, ...imagenetNames],
    aliases: [...background, ...imagenetNumbers],
    source: `ImageNet’s, assumed because there are ${K.toLocaleString('en')} and nothing names them`,
    assumed: true,
  };
}
