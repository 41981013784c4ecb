import { InferenceSession, Tensor } from 'onnxruntime-node';

import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import { readOnnx } from '../../../src/analysis/formats/onnx/onnx';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { floats, ints, node, onnxFile, type OnnxParts, raw } from '../../support/onnxFile';

const wave = (length: number): number[] => Array.from({ length }, (_, i) => 2 * Math.sin(3 * i + 1));

/** Asserts that an operator of x, flattened, has the numbers that onnxruntime computes from the same file. */
async function assertAsRuntime(parts: Omit<OnnxParts, 'shape' | 'result'>, image: readonly number[]): Promise<void> {
  const flatten = node('Flatten', ['result'], ['y'], { axis: 1 });
  const file = onnxFile({
    ...parts,
    nodes: [...parts.nodes, flatten],
    shape: ['n', ...image],
    result: ['n', 'numbers'],
  });
  const data = wave(2 * image.reduce((product, extent) => product * extent, 1));
  const session = await InferenceSession.create(file);
  const expected = await session.run({ x: new Tensor('float32', Float32Array.from(data), [2, ...image]) });
  await session.release();
  const { network } = await readOnnx(new ModelFiles('model.onnx', bytesInMemory(file), 2 ** 24), 'now');
  const actual = interpret(network, { x: tensor([2, ...image], Float32Array.from(data)) })['logits'].data;
  assertClose(actual, expected['y'].data as Float32Array, { rtol: 1e-5, atol: 1e-6 });
}

describe('Attention in an ONNX file is what onnxruntime computes:', () => {
  const weights = [floats('k', [1, 2, 3, 4], wave(24)), floats('v', [1, 2, 3, 2], wave(12))];
  const mask = (name: string, rows: readonly number[]) =>
    raw(name, TensorType.bool, [rows.length / 3, 3], Uint8Array.from(rows));
  const keys = ['Expand of k', 'Expand of v'];
  const attention = (attributes: Readonly<Record<string, number>>, inputs: readonly string[] = []) => [
    node('Shape', ['x'], ['n'], { end: 1 }),
    node('Concat', ['n', 'ones'], ['target'], { axis: 0 }),
    node('Expand', ['k', 'target'], [keys[0]]),
    node('Expand', ['v', 'target'], [keys[1]]),
    node('Attention', ['x', ...keys, ...inputs], ['result'], attributes),
  ];
  const ones = ints('ones', [1, 1, 1]);

  it('without a mask', async () => {
    await assertAsRuntime({ opset: 23, weights: [...weights, ones], nodes: attention({}) }, [2, 3, 4]);
  });

  it('with a mask that leaves each query a key', async () => {
    const seen = mask('m', [1, 0, 1, 0, 1, 0, 1, 1, 1]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, seen], nodes: attention({}, ['m']) }, [2, 3, 4]);
  });

  it('0 for a query that a boolean mask leaves no key', async () => {
    const none = mask('m', [1, 0, 1, 0, 0, 0, 1, 1, 1]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, none], nodes: attention({}, ['m']) }, [2, 3, 4]);
  });

  it('0 for a query whose mask leaves only later keys, where none may be seen', async () => {
    const later = mask('m', [0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const nodes = attention({ is_causal: 1 }, ['m']);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, later], nodes }, [2, 3, 4]);
  });

  it('0 for a query that a mask made from the image leaves no key', async () => {
    const nodes = [
      node('ReduceMax', ['x', 'axis'], ['largest'], { keepdims: 1 }),
      node('Greater', ['largest', 'limits'], ['m']),
      ...attention({}, ['m']),
    ];
    const limits = floats('limits', [3], [1.95, 1.5, 1.97]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, limits, ints('axis', [3])], nodes }, [2, 3, 4]);
  });
});

describe('Resize in an ONNX file is what onnxruntime computes:', () => {
  const cases: [policy: string, sizes: readonly number[], image: readonly [number, number]][] = [
    ['not_larger', [5, 100], [2, 1]],
    ['not_larger', [4, 3], [6, 4]],
    ['not_larger', [5, 9], [6, 3]],
    ['not_smaller', [3, 1], [2, 3]],
    ['not_smaller', [1, 5], [5, 2]],
    ['not_smaller', [3, 5], [5, 8]],
  ];
  for (const [policy, sizes, image] of cases) {
    it(`${image.join(' × ')} to ${policy.replace('_', ' ')} than ${sizes.join(' × ')}`, async () => {
      const attributes = { keep_aspect_ratio_policy: policy, axes: [2, 3], mode: 'linear' };
      const nodes = [node('Resize', ['x', '', '', 'sizes'], ['result'], attributes)];
      await assertAsRuntime({ opset: 19, weights: [ints('sizes', sizes)], nodes }, [1, ...image]);
    });
  }
});
