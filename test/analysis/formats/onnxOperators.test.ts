import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { atOnce } from '../../../src/analysis/base/steps';
import type { GraphReader } from '../../../src/analysis/formats/onnx/graph';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { type ConstantData, type Value } from '../../../src/analysis/network/network';
import { decodeModel, type GraphProto } from '../../../src/analysis/onnx/onnxProto';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { onnxGraphReader } from '../../support/onnxGraph';

interface CaseTensor {
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int64' | 'bool';
  readonly data: readonly (number | string)[];
}
interface Case {
  readonly name: string;
  readonly model: string;
  readonly inputs: readonly CaseTensor[];
  readonly outputs: readonly CaseTensor[];
}

const cases = JSON.parse(readFileSync('test/fixtures/onnx/operators.json', 'utf8')) as readonly Case[];
const NAMES: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function numbers({ data }: CaseTensor): number[] {
  return data.map((entry) => (typeof entry === 'number' ? entry : NAMES[entry]));
}

function typed(given: CaseTensor): ConstantData {
  if (given.type === 'float32') return Float32Array.from(numbers(given));
  return given.type === 'bool' ? Uint8Array.from(numbers(given)) : Int32Array.from(numbers(given), saturated);
}

function saturated(x: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x));
}

/** The operator's outputs, its inputs being constants. */
function outputsOf({ model, inputs }: Case): readonly Value[] {
  const file = decodeModel(Buffer.from(model, 'base64'));
  const { graph } = file;
  assert.ok(graph);
  const builder = new NetworkBuilder();
  const reader = onnxGraphReader(file, builder, null);
  graph.input.forEach(({ name }, i) => {
    reader.bind(name, builder.constant(typed(inputs[i]), inputs[i].shape));
  });
  return computedOutputs(graph, reader);
}

function computedOutputs({ output }: GraphProto, reader: GraphReader): readonly Value[] {
  return output.slice(0, 1).map(({ name }) => {
    const value = atOnce(reader.evaluate(name));
    assert.ok(value.op !== 'Extents' && value.op !== 'Sequence' && value.op !== 'Unbatched');
    return value;
  });
}

/** A constant's elements; what the builder leaves to the backend is interpreted. */
function elements(value: Value): ArrayLike<number> {
  if (value.op === 'Constant') return value.data;
  const x = new NetworkBuilder().input('x', [-1]);
  return interpret({ inputs: { x }, outputs: { value } }, { x: tensor([1], [0]) })['value'].data;
}

describe('the ONNX operators', () => {
  for (const test of cases) {
    it(`give what the ONNX project's reference gives: ${test.name.replaceAll('_', ' ')}`, () => {
      const [value] = outputsOf(test);
      const expected = numbers(test.outputs[0]);
      const actual = Array.from(elements(value));
      assert.deepEqual(value.shape, test.outputs[0].shape);
      const finite = expected.flatMap((entry, i) => (Number.isFinite(entry) ? i : []));
      assert.deepEqual(
        actual.map((entry) => (Number.isFinite(entry) ? 0 : entry)),
        expected.map((entry) => (Number.isFinite(entry) ? 0 : saturatedInfinity(entry, value))),
      );
      assertClose(
        finite.map((i) => actual[i]),
        finite.map((i) => (value.type === 'int64' ? saturated(expected[i]) : expected[i])),
        { rtol: 2e-5, atol: 2e-6 },
      );
    });
  }
});

function saturatedInfinity(entry: number, { type }: Value): number {
  return type === 'float32' ? entry : 0;
}
