import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import {
  decodeModel,
  encodeModel,
  type Partially,
  type TensorProto,
  TensorType,
} from '../../../src/analysis/onnx/onnxProto';
import { node, tensorInfo } from '../onnxFile';
import { torchArchive, torchCases } from '../torchArchive';

/** A model that is sound: the contents of its files by their place in its folder, and the one that is opened. */
export interface Original {
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** '' where the folder itself is opened. */
  readonly opened: string;
}

const fixtures = 'test/fixtures';
const SMALL = 60_000;

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function single(name: string, file: string, content: Uint8Array): Original {
  return { name, files: { [file]: content }, opened: file };
}

/** Model files of the fixtures, each alone. */
function fixtureFiles(folder: string, names: readonly string[]): Original[] {
  return names.map((name) =>
    single(name, `model${path.extname(name)}`, readFileSync(path.join(fixtures, folder, name))),
  );
}

/** A folder of the fixtures that is one model. */
function fixtureFolder(folder: string, opened: string): Original {
  const root = path.join(fixtures, folder);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(path.join(root, name)).isFile());
  const contents = files.map((name) => [name.split(path.sep).join('/'), readFileSync(path.join(root, name))] as const);
  return { name: path.basename(folder), files: Object.fromEntries(contents), opened };
}

interface OnnxCase {
  readonly name: string;
  readonly model: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly type: string;
    readonly data: readonly number[];
  }[];
}

/** One operator, whose inputs are constants and whose sum is added to the logits: it is computed while the file is read. */
function ofConstants({ name, model, inputs }: OnnxCase): Original {
  const { graph, ...rest } = decodeModel(Buffer.from(model, 'base64'));
  if (graph === null) throw new Error(`${name} has no graph`);
  const weights = graph.input.map((input, i): Partially<TensorProto> => {
    const { shape, type, data } = inputs[i];
    const numbers = data.map(Number);
    const proto = { name: input.name, dims: shape };
    if (type === 'float32') return { ...proto, dataType: TensorType.float, floatData: numbers };
    if (type === 'int64') return { ...proto, dataType: TensorType.int64, int64Data: numbers };
    return { ...proto, dataType: TensorType.bool, int32Data: numbers };
  });
  const closing = [
    node('Cast', [graph.output[0].name], ['as float'], { to: TensorType.float }),
    node('ReduceSum', ['as float'], ['sum'], { keepdims: 0 }),
    node('Flatten', ['image'], ['flat']),
    node('Add', ['flat', 'sum'], ['logits']),
  ];
  const whole = {
    ...graph,
    node: [...graph.node, ...closing],
    initializer: weights,
    input: [tensorInfo('image', ['n', 1, 2, 2])],
    output: [tensorInfo('logits', ['n', 4])],
  };
  return single(name, 'model.onnx', encodeModel({ ...rest, graph: whole }));
}

function onnxOperators(): Original[] {
  const cases = JSON.parse(readFileSync(path.join(fixtures, 'onnx/operators.json'), 'utf8')) as readonly OnnxCase[];
  return cases.map(ofConstants);
}

interface TensorflowCase {
  readonly name: string;
  readonly topology: unknown;
}

function tensorflowOperators(): Original[] {
  const text = readFileSync(path.join(fixtures, 'tensorflow/operators.json'), 'utf8');
  return (JSON.parse(text) as readonly TensorflowCase[]).map(({ name, topology }) => {
    const content = json({ format: 'graph-model', modelTopology: topology, weightsManifest: [] });
    return { name, files: { 'model.json': content }, opened: '' };
  });
}

/** The models of the fixtures for Keras in files of that kind that are quick to read. */
function smallKeras(extension: string): Original[] {
  const names = readdirSync(path.join(fixtures, 'keras')).filter((name) => name.endsWith(extension));
  return fixtureFiles(
    'keras',
    names.filter((name) => statSync(path.join(fixtures, 'keras', name)).size < SMALL),
  );
}

function savedModels(): Original[] {
  const entries = readdirSync(path.join(fixtures, 'savedModel'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => fixtureFolder(`savedModel/${name}`, ''));
}

/** Sound models by format: whole networks, and single operators, which whole networks have few of. */
export const originalsOf: Readonly<Record<string, () => readonly (readonly Original[])[]>> = {
  onnx: () => [
    onnxOperators(),
    [
      ...fixtureFiles('torch', ['lenet-int8.onnx', 'lenet-fp16.onnx']),
      ...fixtureFiles('quantised', ['lenet-dynamic.onnx', 'lenet-qdq.onnx', 'resnet8-qoperator.onnx']),
      fixtureFolder('torch/default', 'model.onnx'),
    ],
  ],
  keras: () => [smallKeras('.keras')],
  h5: () => [smallKeras('.h5')],
  'tensorflowjs-layers': () => [[fixtureFolder('tensorflowjs/nin-layers', '')]],
  'tensorflowjs-graph': () => [tensorflowOperators(), [fixtureFolder('tensorflowjs/nin-graph', '')]],
  savedmodel: () => [savedModels()],
  'torch-export': () => [
    torchCases().flatMap(({ name, programs }) =>
      Object.entries(programs).map(([kind, members]) => single(`${name}, ${kind}`, 'model.pt2', torchArchive(members))),
    ),
  ],
};
