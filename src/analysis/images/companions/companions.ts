import type { Preprocessing } from '../../../protocol/sideFile';
import { classNamesInJson, classNamesInLines } from '../../files/classNames';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';
import type { NamedClasses } from '../classNames';
import { CompanionFiles } from './companionFiles';
import { processorStatement } from './processor';
import { extent, type Size, sizeOf, type Statement } from './statement';
import { isTeachableMachine, teachableMachineStatement } from './teachableMachine';
import { timmSettings, timmStatement } from './timm';

/** Files that say how images become a model's input, the first to be trusted first. */
type PreprocessingFile = 'preprocessor_config.json' | 'config.json' | 'metadata.json';

/** What a file beside the model says of its images. */
export interface StatedPreprocessing {
  readonly preprocessing: Preprocessing;
  readonly source: PreprocessingFile;
}

/** What files say that other tools put beside a model. */
export interface Companions {
  readonly preprocessing: StatedPreprocessing | null;
  /** For a model that leaves its own open. */
  readonly inputSize: { readonly size: Size; readonly source: string } | null;
  readonly channels: number | null;
  /** All lists that were found; which is the model's, its number of classes decides. */
  readonly classNames: readonly NamedClasses[];
  readonly notes: readonly string[];
}

const jsonLists = ['classes.json', 'labels.json'] as const;
const textLists = ['classes.txt', 'labels.txt', 'synset.txt', 'imagenet_classes.txt'] as const;
/** What a Hugging Face model calls its classes until somebody names them. */
const placeholder = /^LABEL_\d+$/;

/**
 * Reads what stands beside a model (in its folder, or in the parent where that is called `onnx`): Hugging Face's
 * `preprocessor_config.json` and `config.json`, timm's `config.json`, Teachable Machine's `metadata.json`, and lists of
 * classes.
 */
export async function readCompanions(model: string): Promise<Companions> {
  const files = await CompanionFiles.of(model);
  const object = async (name: PreprocessingFile): Promise<JsonObject | null> => {
    const value = await files.json(name);
    return isJsonObject(value) ? value : null;
  };
  const processor = await object('preprocessor_config.json');
  const config = await object('config.json');
  const settings = config && timmSettings(config);
  const metadata = await object('metadata.json');
  const teachable = metadata !== null && isTeachableMachine(metadata) ? metadata : null;
  const statements: (Statement & { readonly source: PreprocessingFile })[] = [
    ...(processor ? [{ ...processorStatement(processor), source: 'preprocessor_config.json' as const }] : []),
    ...(settings ? [{ ...timmStatement(settings), source: 'config.json' as const }] : []),
    ...(teachable ? [{ ...teachableMachineStatement(teachable), source: 'metadata.json' as const }] : []),
  ];
  const sized = statements.find(({ inputSize }) => inputSize !== null);
  const configured = config && (sizeOf(config['image_size']) ?? square(config['image_size']));
  const size = sized?.inputSize ?? configured;
  const first = statements.at(0);
  return {
    preprocessing: first ? { preprocessing: first.preprocessing, source: first.source } : null,
    inputSize: size ? { size, source: sized?.source ?? 'config.json' } : null,
    channels: statements.find(({ channels }) => channels !== null)?.channels ?? extent(config?.['num_channels']),
    classNames: [
      ...(config ? namesInConfig(config, settings) : []),
      ...(metadata ? namesInMetadata(metadata) : []),
      ...(await listsOf(files)),
    ],
    notes: [...(first?.notes ?? []), ...files.notes],
  };
}

function square(side: Json | undefined): Size | null {
  const pixels = extent(side);
  return pixels === null ? null : [pixels, pixels];
}

function namesInConfig(config: JsonObject, settings: JsonObject | null): NamedClasses[] {
  const given = [
    ['id2label', config['id2label']],
    ['label_names', config['label_names'] ?? settings?.['label_names']],
  ] as const;
  return given.flatMap(([field, value]) => {
    const names = value === undefined ? null : classNamesInJson(value);
    if (names === null || names.every((name) => placeholder.test(name))) return [];
    return [{ names, source: `config.json beside the model (${field})` }];
  });
}

/** `labels` of Teachable Machine, whose older versions do not name themselves. */
function namesInMetadata({ labels }: JsonObject): NamedClasses[] {
  const names = isJsonList(labels) ? classNamesInJson(labels) : null;
  return names === null ? [] : [{ names, source: 'metadata.json beside the model (labels)' }];
}

async function listsOf(files: CompanionFiles): Promise<NamedClasses[]> {
  const lists: NamedClasses[] = [];
  const add = (name: string, names: readonly string[] | null): void => {
    if (names !== null) lists.push({ names, source: `${name} beside the model` });
  };
  for (const name of jsonLists) {
    const value = await files.json(name);
    if (value !== undefined) add(name, classNamesInJson(value));
  }
  for (const name of textLists) {
    const text = await files.text(name);
    if (text !== null) add(name, classNamesInLines(text));
  }
  return lists;
}
