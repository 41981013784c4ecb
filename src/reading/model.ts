import type { Inspection } from '../protocol/job';
import type { FileVersion, PastResult } from '../protocol/modelPage';
import { type Fact, networkInWords, preprocessingFact, shortList } from './about';
import { age, count, fileSize, literal, number } from './format';

/* What a model's file says of itself, as its page, a hover and a list say it. Names from the file are literal. */

const formatNames: Readonly<Partial<Record<string, string>>> = {
  onnx: 'ONNX',
  keras: 'Keras',
  'keras-h5': 'Keras (HDF5)',
  savedmodel: 'TensorFlow SavedModel',
  'tfjs-graph': 'TensorFlow.js graph model',
  'tfjs-layers': 'TensorFlow.js layers model',
  'torch-export': 'PyTorch torch.export',
};

/** The names of several are not told apart by their own name alone. */
const namedByFolder = /^(model\.json|saved_model\.pb)$/i;

/** A model's name: its file's, with its folder's where all of its kind are called alike. */
export function modelName(path: string): string {
  const parts = path.split(/[\\/]/);
  const name = parts.at(-1) ?? path;
  return namedByFolder.test(name) && parts.length > 1 ? parts.slice(-2).join('/') : name;
}

/** The format as its makers call it. */
export function formatName({ format }: Pick<Inspection, 'format'>): string {
  return formatNames[format] ?? format;
}

/** A model's input as a person says it: `RGB, 224 × 224`. */
export function inputInWords({
  inputShape,
  layout,
  preprocessing: { channels },
}: Pick<Inspection, 'inputShape' | 'layout' | 'preprocessing'>): string {
  const [first = 1, second = 1, third = 1] = inputShape;
  if (inputShape.length === 2) return `grey, ${first} × ${second}`;
  if (inputShape.length !== 3 || layout === 'flat') {
    return count(
      inputShape.reduce((n, m) => n * m, 1),
      'number',
    );
  }
  const [depth, height, width] = layout === 'nchw' ? [first, second, third] : [third, first, second];
  const colours = depth === 3 && channels !== undefined ? channels.toUpperCase() : count(depth, 'channel');
  return `${depth === 1 ? 'grey' : colours}, ${height} × ${width}`;
}

/** The classes in a line; all of them are `classNames`. */
export function classesInWords({ classes, classNames, classesSource }: Inspection): string {
  if (classNames === null) return `${number(classes)}, without names`;
  return `${number(classes)}: ${shortList(classNames.map((name) => literal(name, 60)))} (from ${classesSource ?? 'the file'})`;
}

/** All that is told of a model that can be read. */
export function inspectionFacts(inspection: Inspection): Fact[] {
  const { producer, operators, operatorsWithoutGradient: missing, parameters, preprocessing } = inspection;
  const counts = Object.entries(operators).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return [
    { name: 'Format', text: `${formatName(inspection)}${producer === null ? '' : `, from ${literal(producer, 80)}`}` },
    { name: 'Input', text: inputInWords(inspection) },
    { name: 'Classes', text: classesInWords(inspection) },
    { name: 'Parameters', text: number(parameters) },
    { name: 'Network', text: networkInWords(inspection) },
    preprocessingFact({ source: preprocessing.source, sentence: literal(preprocessing.sentence, 1000) }),
    { name: 'Operators', text: counts.map(([op, n]) => `${literal(op, 60)} ${number(n)}`).join(', ') },
    missing.length > 0
      ? {
          name: 'Gradient',
          warning: 'Missing',
          text: `${missing.map((op) => literal(op, 80)).join(', ')}; what needs gradients through them is refused.`,
        }
      : { name: 'Gradient', text: 'of all operators' },
  ];
}

/** A file's size and age. */
export function versionInWords({ size, modified }: FileVersion, now: number): string {
  return `${fileSize(size)}, changed ${age(now - modified)}`;
}

/** When a result was found. */
export function resultAge({ at, changed }: Pick<PastResult, 'at' | 'changed'>, now: number): string {
  return withChange(age(now - at), changed);
}

/**
 * The last results in one line: the main numbers, where there are any, and when they were found.
 *
 * @param when - their age, or their date where the line is kept
 */
export function lastInWords(last: PastResult, when: string): string {
  return withChange([...last.headlines.slice(0, 3), when].join(', '), last.changed);
}

/** Says, too, where a result is of another file than there is now. */
function withChange(text: string, changed: boolean): string {
  return `${text}${changed ? '; the file has changed since' : ''}`;
}

/** The lines to paste in the reason for which a file is refused; undefined where it has none. */
export function exportCode(message: string): string | undefined {
  const lines = message.split('\n').filter((line) => line.startsWith('    '));
  return lines.length > 0 ? lines.map((line) => line.slice(4)).join('\n') : undefined;
}

/** The reason for which a file is refused, without the lines to paste. */
export function reasonWithoutCode(message: string): string {
  const words = message.split('\n').filter((line) => !line.startsWith('    '));
  return words.join(' ').trim();
}

/** At most four lines of a model's facts, for where there is little room. */
export function shortFacts(inspection: Inspection): string[] {
  const { operatorsWithoutGradient: missing, preprocessing, parameters } = inspection;
  const gradient = missing.length > 0 ? `; no gradient: ${shortList(missing.map((op) => literal(op, 40)))}` : '';
  const guess = preprocessing.source === 'guess' ? 'unconfirmed: ' : '';
  return [
    `${formatName(inspection)}${inspection.producer === null ? '' : `, from ${literal(inspection.producer, 60)}`}; ${number(parameters)} parameters`,
    `Input ${inputInWords(inspection)}; classes ${literal(classesInWords(inspection), 240)}`,
    `Network ${networkInWords(inspection)}${gradient}`,
    `Preprocessing ${guess}${literal(preprocessing.sentence, 240)}`,
  ];
}
