import type { Manifest, Report } from '../protocol/report';
import { imageRows } from './images';
import { className } from './names';

type Model = Manifest['model'];

/** How a framework of the user's answers x, shape (1, …), float32: what it imports, and a line that yields `output`. */
interface Framework {
  readonly packages: string;
  readonly imports: string;
  readonly output: (path: string) => readonly string[];
}

const savedModel: Framework = {
  packages: 'tensorflow',
  imports: 'import tensorflow as tf',
  output: (path) => [
    `run = tf.saved_model.load(${path}).signatures["serving_default"]`,
    'output = next(iter(run(tf.constant(x)).values())).numpy().ravel()',
  ],
};

const keras: Framework = {
  packages: 'keras tensorflow',
  imports: 'import keras',
  output: (path) => [`output = np.asarray(keras.models.load_model(${path}, compile=False)(x)).ravel()`],
};

/** By the format's name in the report. Formats that no framework of Python reads by itself have none. */
const frameworks: Readonly<Partial<Record<string, Framework>>> = {
  onnx: {
    packages: 'onnxruntime',
    imports: 'import onnxruntime',
    output: (path) => [
      `session = onnxruntime.InferenceSession(${path})`,
      'output = session.run(None, {session.get_inputs()[0].name: x})[0].ravel()',
    ],
  },
  keras,
  'keras-h5': keras,
  savedmodel: savedModel,
  'torch-export': {
    packages: 'torch',
    imports: 'import torch',
    output: (path) => [`output = torch.export.load(${path}).module()(torch.from_numpy(x)).detach().numpy().ravel()`],
  },
};

/** Heads after which the difference of two logits is that of these. */
const undone: Readonly<Partial<Record<string, string>>> = {
  softmax: 'np.log(output)',
  'log-softmax': 'output',
  sigmoid: 'np.log(output / (1 - output))',
};

/**
 * A dozen lines of Python that reproduce an image's predicted class and margin with the user's own framework; undefined where
 * the format, the head of the model, or the report does not allow it.
 */
export function checkScript(report: Report, image: string): string | undefined {
  const { model, preprocessing, command } = report.manifest;
  const framework = frameworks[model.format];
  const margin = marginOf(report, image);
  const logits = model.headStripped === null ? 'output' : undone[model.headStripped];
  if (!framework || !margin || logits === undefined || preprocessing.source === 'none') return undefined;
  const { packages, imports, output } = framework;
  return [
    `# pip install numpy pillow ${packages}`,
    imports,
    'import numpy as np',
    'from PIL import Image',
    '',
    `image = Image.open(${quoted(fileOf(command, image))}).convert(${channelsOf(model) === 1 ? '"L"' : '"RGB"'})`,
    ...sized(model, preprocessing),
    ...scaled(model, preprocessing),
    ...output(quoted(model.path)),
    `logits = ${logits}`,
    ...(model.classes.length === 2 ? ['logits = logits if logits.size == 2 else np.array([0, logits[0]])'] : []),
    'second, first = np.argsort(logits)[-2:]',
    'print(f"class {first}, margin {logits[first] - logits[second]:.4f} logits")',
    `print(${quoted(`the report: class ${margin.label} (${className(report, margin.label)}), margin ${margin.value.toFixed(4)} logits`)})`,
    '',
  ].join('\n');
}

function marginOf(report: Report, image: string): { label: number; value: number } | undefined {
  const row = imageRows(report).find(({ name }) => name === image)?.evaluate;
  const found = row ?? report.analyses.detect?.images?.find(({ name }) => name === image);
  return found && { label: found.label, value: found.margin };
}

/** Where the image lies: below the one folder of the command, or in the folder that the script runs in. */
function fileOf(command: string, image: string): string {
  const words = (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^['"]|['"]$/g, ''));
  const given = words.slice(words.indexOf('--images') + 1);
  const next = given.findIndex((word) => word.startsWith('--'));
  const [first, ...others] = next < 0 ? given : given.slice(0, next);
  if (first === undefined || others.length > 0) return image;
  return first.endsWith(image) ? first : `${first.replace(/[\\/]$/, '')}/${image}`;
}

function channelsOf({ inputShape, layout }: Model): number {
  if (inputShape.length < 3) return 1;
  return (layout === 'nchw' ? inputShape[0] : inputShape.at(-1)) ?? 1;
}

/** The image at the network's size, resampled as Pillow does. */
function sized({ inputShape, layout }: Model, { resize }: Manifest['preprocessing']): string[] {
  const plane = inputShape.length < 3 || layout === 'nchw' ? inputShape.slice(-2) : inputShape.slice(0, 2);
  const [height = 1, width = 1] = plane;
  const [rows, columns] = resize?.size ?? [height, width];
  const kernel = `Image.Resampling.${(resize?.interpolation ?? 'bilinear').toUpperCase()}`;
  const guard = `if image.size != (${width}, ${height}):`;
  if (resize?.fit !== 'crop') {
    return [
      guard,
      `    image = image.resize((${columns}, ${rows}), ${kernel})`,
      ...centre(rows, columns, height, width),
    ];
  }
  return [
    guard,
    `    ratio = max(${columns} / image.width, ${rows} / image.height)`,
    `    image = image.resize((max(${columns}, int(image.width * ratio)), max(${rows}, int(image.height * ratio))), ${kernel})`,
    ...centre(0, 0, height, width),
  ];
}

function centre(rows: number, columns: number, height: number, width: number): string[] {
  if (rows === height && columns === width) return [];
  return [
    `    left, top = round((image.width - ${width}) / 2), round((image.height - ${height}) / 2)`,
    `    image = image.crop((left, top, left + ${width}, top + ${height}))`,
  ];
}

function scaled(
  { inputShape, layout }: Model,
  { scale = 1, mean = 0, std = 1, channels }: Manifest['preprocessing'],
): string[] {
  const list = (value: number | readonly number[]): string =>
    typeof value === 'number' ? String(value) : `[${value.join(', ')}]`;
  const swapped = channels === 'bgr' && inputShape.length === 3 ? '[:, :, ::-1]' : '';
  return [
    `pixels = np.atleast_3d(np.asarray(image, np.float64))${swapped}`,
    `x = (pixels * ${scale} - ${list(mean)}) / ${list(std)}`,
    `x = ${layout === 'nchw' && inputShape.length === 3 ? 'x.transpose(2, 0, 1)' : 'x'}.reshape(1, ${inputShape.join(', ')}).astype(np.float32)`,
  ];
}

/** A string as Python and JSON write it alike, other letters by their codes. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (letter) => {
    const code = (letter.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
