import { readFileSync } from 'node:fs';

import { lowerings } from '../../src/analysis/backends/onnxruntime/lowering';
import { AnalysisError } from '../../src/analysis/base/errors';
import { atOnce } from '../../src/analysis/base/steps';
import { elementwise } from '../../src/analysis/formats/keras/activation';
import { classes, spatialClasses } from '../../src/analysis/formats/keras/layers';
import { operators as kerasOperators } from '../../src/analysis/formats/keras/operators';
import { functionKey } from '../../src/analysis/formats/onnx/graph';
import { translations } from '../../src/analysis/formats/onnx/operators/table';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import { isFoldable } from '../../src/analysis/network/fold';
import { topologicalOrder } from '../../src/analysis/network/network';
import type { Operator } from '../../src/analysis/network/operators';
import { rules } from '../../src/analysis/network/rules/rules';
import { traits } from '../../src/analysis/network/smoothness';
import { decodeModel } from '../../src/analysis/onnx/onnxProto';
import { onnxGraphReader } from './onnxGraph';

/** One case of test/fixtures/onnx/operators.json. */
interface Case {
  readonly model: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly type: 'float32' | 'int64' | 'bool';
    readonly data: readonly (number | string)[];
  }[];
}

const cases = 'test/fixtures/onnx/operators.json';

/** docs/operators.md, as the code's own tables have it. */
export function operatorsDocument(): string {
  const canonical = (Object.keys(traits) as Operator[]).map((op) => [
    `\`${op}\``,
    op in rules ? 'rule' : '0 (a step)',
    smoothnessOf(op),
    isFoldable(op, { shape: [1], type: 'float32' }) ? 'folded' : 'run',
    op in lowerings ? 'spelled out' : 'as it is',
  ]);
  const made = madeOf();
  const onnx = Object.entries(translations).flatMap(([domain, table]) => {
    return Object.keys(table)
      .sort()
      .map((op) => [
        `\`${op}\``,
        domain === '' ? '' : domain,
        [...(made.get(functionKey(domain, op)) ?? [])].sort().join(', '),
      ]);
  });
  const spatial = Object.keys(spatialClasses).map((name) => {
    return name === 'ConvTranspose' ? 'Conv1DTranspose … Conv3DTranspose' : `${name}1D … 3D`;
  });
  return [
    '# Operators',
    'Made by `npm run operators` from the tables in the code; a test compares.',
    '## What a network is made of',
    'Every format is rewritten to these. _Gradient_: by a rule of its own, or 0 wherever it exists. _Adds_: what the operator ' +
      'adds to a function, from which a network is smooth, piecewise linear or piecewise smooth. _Constants_: computed when the ' +
      'file is read, or left to the backend. _onnxruntime_: as ONNX has it, or spelled out in others so that no result depends ' +
      'on the batch.',
    table(['operator', 'gradient', 'adds', 'constants', 'onnxruntime'], canonical),
    '## ONNX',
    'Of what each is made is seen in the cases of `test/fixtures/onnx/operators.json` that can be given an image.',
    table(['operator', 'domain', 'is made of'], onnx),
    '## Keras',
    `Layers: ${list([...Object.keys(classes), ...spatial])}`,
    `Activations: ${list(Object.keys(elementwise))}`,
    `Operators (\`keras.ops\`) among the layers: ${list(Object.keys(kerasOperators))}`,
  ]
    .join('\n\n')
    .concat('\n');
}

function smoothnessOf(op: Operator): string {
  const trait = traits[op];
  if (typeof trait === 'function') return 'by its inputs';
  if (trait.step === true) return 'steps';
  if (trait.curved) return trait.kinked ? 'curvature and kinks' : 'curvature';
  return trait.kinked ? 'kinks' : 'nothing (linear)';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(names: readonly string[]): string {
  return `${[...names].sort().join(', ')}.`;
}

/** The canonical operators that each ONNX operator became in some case with an image, by functionKey. */
function madeOf(): ReadonlyMap<string, ReadonlySet<string>> {
  const made = new Map<string, Set<string>>();
  for (const each of JSON.parse(readFileSync(cases, 'utf8')) as readonly Case[]) {
    const { graph } = decodeModel(Buffer.from(each.model, 'base64'));
    if (graph?.node.length !== 1) continue;
    const [{ domain, opType }] = graph.node;
    const found = made.get(functionKey(domain, opType)) ?? new Set<string>();
    made.set(functionKey(domain, opType), found);
    // Weights must be constant, what is added to an image must have its batch.
    for (const images of [1, graph.input.length]) {
      for (const op of operatorsOf(each, images)) found.add(op);
    }
  }
  return made;
}

/** The canonical operators of a case whose first inputs are images; none where it does not take such. */
function operatorsOf({ model: file, inputs }: Case, images: number): string[] {
  const model = decodeModel(Buffer.from(file, 'base64'));
  const { graph } = model;
  if (graph === null) return [];
  const builder = new NetworkBuilder();
  const reader = onnxGraphReader(model, builder, inputs[0]?.shape[0] ?? null);
  try {
    graph.input.forEach(({ name }, i) => {
      const { shape, type, data } = inputs[i];
      const numbers = data.map(Number);
      const typed =
        type === 'float32' ? numbers : type === 'bool' ? Uint8Array.from(numbers) : Int32Array.from(numbers);
      const isImage = i < images && type === 'float32' && shape.length > 0;
      reader.bind(name, isImage ? builder.input(name, [-1, ...shape.slice(1)]) : builder.constant(typed, shape));
    });
    const value = atOnce(reader.evaluate(graph.output[0].name));
    if (value.op === 'Extents' || value.op === 'Sequence' || value.op === 'Unbatched') return [];
    const all = topologicalOrder({ inputs: {}, outputs: { value } }).map(({ op }) => op);
    return all.filter((op) => op !== 'Input' && op !== 'Constant');
  } catch (error) {
    if (error instanceof AnalysisError) return [];
    throw error;
  }
}
