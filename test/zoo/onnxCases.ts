import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { AnalysisError } from '../../src/analysis/base/errors';
import { atOnce } from '../../src/analysis/base/steps';
import { dependsOnPlace } from '../../src/analysis/formats/onnx/batchIndices';
import type { GraphReader } from '../../src/analysis/formats/onnx/graph';
import type { Operand } from '../../src/analysis/formats/onnx/operand';
import { tensorElements, tensorOutline } from '../../src/analysis/formats/onnx/tensor';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Value } from '../../src/analysis/network/network';
import {
  decodeModel,
  decodeTensor,
  type GraphProto,
  type TensorProto,
  TensorType,
} from '../../src/analysis/onnx/onnxProto';
import { interpret, tensor } from '../support/interpreter';
import { onnxGraphReader, storedConstant } from '../support/onnxGraph';

const FLOATS: ReadonlySet<number> = new Set([TensorType.float, TensorType.float16, TensorType.double]);
const HALVES: ReadonlySet<number> = new Set([TensorType.float16, TensorType.bfloat16]);

/** A case of the onnx package: one node (or what it expands to), its inputs and its outputs. */
interface Case {
  readonly graph: GraphProto;
  readonly inputs: readonly TensorProto[];
  readonly outputs: readonly TensorProto[];
  /** A reader whose values come out in the builder. */
  readonly reader: (builder: NetworkBuilder, fixedBatch: number | null) => GraphReader;
}

type Verdict = 'right' | 'WRONG' | 'refused';
interface Outcome {
  readonly verdict: Verdict;
  readonly why: string;
}

function readCase(folder: string): Case {
  const model = decodeModel(readFileSync(path.join(folder, 'model.onnx')));
  const { graph } = model;
  if (graph === null) throw new Error(`${folder} has no graph`);
  const tensors = (kind: string): TensorProto[] => {
    const file = (i: number): string => path.join(folder, 'test_data_set_0', `${kind}_${i}.pb`);
    const all: TensorProto[] = [];
    while (existsSync(file(all.length))) all.push(decodeTensor(readFileSync(file(all.length))));
    return all;
  };
  const reader = (builder: NetworkBuilder, fixedBatch: number | null): GraphReader =>
    onnxGraphReader(model, builder, fixedBatch);
  return { graph, inputs: tensors('input'), outputs: tensors('output'), reader };
}

/** What the reader makes of a case when input `image` is a batch of images and the others are constants; −1: all are. */
function outcome({ graph, inputs, outputs, reader }: Case, image: number): Outcome {
  try {
    const builder = new NetworkBuilder();
    const batch = image < 0 ? null : inputs[image].dims[0];
    const graphReader = reader(builder, batch);
    // Inputs that are left out have no file either.
    const given = graph.input.filter(({ name }) => name !== '');
    given.forEach(({ name }, i) => {
      const constant = storedConstant(builder, inputs[i], name);
      const shape = [-1, ...inputs[i].dims.slice(1)];
      graphReader.bind(name, i === image ? builder.input('x', shape, constant.type) : constant);
    });
    const x = image < 0 ? tensor([1], [0]) : elementsOf(inputs[image]);
    const wrong = graph.output.flatMap(({ name }, i) => {
      const difference = differenceOf(atOnce(graphReader.evaluate(name)), outputs[i], builder, x);
      return difference === undefined ? [] : [`${name}: ${difference}`];
    });
    return { verdict: wrong.length === 0 ? 'right' : 'WRONG', why: wrong.join('; ') };
  } catch (error) {
    if (error instanceof AnalysisError) return { verdict: 'refused', why: error.message };
    return { verdict: 'WRONG', why: String(error) };
  }
}

function elementsOf(proto: TensorProto): ReturnType<typeof tensor> {
  return tensor(proto.dims, atOnce(tensorElements(tensorOutline(proto, 'x'), proto)));
}

/** What is wrong about an output, if anything. */
function differenceOf(
  operand: Operand,
  proto: TensorProto,
  builder: NetworkBuilder,
  x: ReturnType<typeof tensor>,
): string | undefined {
  if (operand.op === 'Sequence' || operand.op === 'Unbatched') return undefined;
  const n = x.shape[0];
  const expected = expectedElements(proto);
  const actual = operand.op === 'Extents' ? extents(operand, n) : run(operand, builder, x);
  if (actual.shape.join() !== proto.dims.join()) return `[${actual.shape.join()}] instead of [${proto.dims.join()}]`;
  const at = Array.from(expected.keys()).find((i) => !isClose(actual.data[i], expected[i], proto.dataType));
  return at === undefined ? undefined : `entry ${at} is ${actual.data[at]} instead of ${expected[at]}`;
}

/** Elements that a model's file must not have are allowed in results. */
function expectedElements(proto: TensorProto): Float64Array {
  if (proto.dataType !== TensorType.float || proto.rawData.length === 0) {
    return Float64Array.from(atOnce(tensorElements(tensorOutline(proto, 'y'), proto)));
  }
  return Float64Array.from(new Float32Array(new Uint8Array(proto.rawData).buffer));
}

function extents(operand: Operand & { op: 'Extents' }, n: number): ReturnType<typeof tensor> {
  return tensor(
    operand.shape,
    operand.elements.map(({ fixed, perBatch }) => fixed + perBatch * n),
  );
}

function run(value: Value, builder: NetworkBuilder, x: ReturnType<typeof tensor>): ReturnType<typeof tensor> {
  if (dependsOnPlace(value)) throw new AnalysisError('unsupported-op', 'the place in the batch is no number here');
  const input = builder.input('x', [-1, ...x.shape.slice(1)]);
  return interpret({ inputs: { x: input }, outputs: { value } }, { x })['value'];
}

function isClose(actual: number, expected: number, type: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (!Number.isFinite(expected)) return actual === expected;
  // The package's own tolerances; those of half precision by its rounding, because arithmetic here is float32.
  if (HALVES.has(type)) return Math.abs(actual - expected) <= 5e-3 * (1 + Math.abs(expected));
  return Math.abs(actual - expected) <= (FLOATS.has(type) ? 1e-7 + 1e-3 * Math.abs(expected) : 0);
}

function main([folder, only = '', ...options]: readonly string[]): void {
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  for (const name of readdirSync(folder).sort()) {
    if (!new RegExp(only).test(name)) continue;
    const one = readCase(path.join(folder, name));
    const images = one.inputs.flatMap(({ dims, dataType }, i) =>
      dims.length > 0 && dims.every((extent) => extent > 0) && FLOATS.has(dataType) ? i : [],
    );
    const verdicts = [-1, ...images].map((image) => {
      const { verdict, why } = outcome(one, image);
      const way = image < 0 ? 'constants' : 'image';
      count(`${verdict}, of ${way}`);
      if (verdict === 'WRONG' || options.includes('--all')) {
        console.log(`${verdict} ${name} ${image < 0 ? '' : `of image input ${image}`}: ${why}`);
      }
      return verdict;
    });
    const best = verdicts.includes('WRONG') ? 'WRONG' : verdicts.includes('right') ? 'right' : 'refused';
    count(`${best}, cases`);
  }
  for (const [what, number] of Object.entries(counts).sort()) console.log(`${what}: ${number}`);
  process.exitCode = Object.keys(counts).some((what) => what.startsWith('WRONG')) ? 1 : 0;
}

main(process.argv.slice(2));
