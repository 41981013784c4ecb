import assert from 'node:assert/strict';

import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import { loadModel } from '../../../src/analysis/formats/load';
import { analysisError } from '../../support/analysisError';
import { archive, denseWeights, type KerasLayer, sequential } from '../../support/kerasArchive';
import { floats, ints, node, onnxFile, type OnnxParts } from '../../support/onnxFile';

const sizes = [2 ** 20, 2 ** 31, 2 ** 53];

async function assertRefused(name: string, bytes: Uint8Array): Promise<void> {
  const [before, start] = [process.memoryUsage(), process.cpuUsage()];
  await assert.rejects(
    loadModel(new ModelFiles(name, bytesInMemory(bytes))),
    analysisError('limit-exceeded', /at most/),
  );
  const after = process.memoryUsage();
  const taken = after.arrayBuffers + after.heapTotal - before.arrayBuffers - before.heapTotal;
  assert.ok(taken < 2 ** 28, `${name} takes ${taken} bytes`);
  assert.ok(process.cpuUsage(start).user < 5_000_000, `${name} takes its time`);
}

describe('a size that no classifier has is refused before memory is taken for it:', () => {
  const images: readonly (readonly [what: string, layer: (n: number) => KerasLayer])[] = [
    ['upsampling', (n) => ({ class_name: 'UpSampling2D', config: { size: [n, n], interpolation: 'nearest' } })],
    ['smooth upsampling', (n) => ({ class_name: 'UpSampling2D', config: { size: [n, n], interpolation: 'bilinear' } })],
    ['padding', (n) => ({ class_name: 'ZeroPadding2D', config: { padding: n } })],
    ['resizing', (n) => ({ class_name: 'Resizing', config: { height: n, width: 4, interpolation: 'bicubic' } })],
  ];
  for (const [what, layer] of images) {
    it(`a layer's, ${what}`, async () => {
      const weights = await denseWeights(new Float32Array(6), [3, 2]);
      const dense = { class_name: 'Dense', config: { name: 'dense', units: 2, use_bias: false, activation: 'linear' } };
      for (const n of sizes) {
        const layers = [layer(n), { class_name: 'GlobalAveragePooling2D', config: {} }, dense];
        await assertRefused(`${what} ${n}.keras`, archive(sequential([4, 4, 3], layers), weights));
      }
    });
  }

  type Nodes = Pick<OnnxParts, 'nodes' | 'weights'>;
  const ofConstants = (n: Nodes['nodes'], weights: Nodes['weights'] = []): Nodes => ({
    nodes: [...n, node('ReduceSum', ['made'], ['sum'], { keepdims: 0 }), node('Add', ['x', 'sum'], ['t'])],
    weights,
  });
  const kernel = floats('kernel', [2, 2, 1, 1], [1, 2, 3, 4]);
  const nodes: readonly (readonly [what: string, parts: (n: number) => Nodes])[] = [
    ['Tile', (n) => ({ nodes: [node('Tile', ['x', 'r'], ['t'])], weights: [ints('r', [1, 1, n, n])] })],
    ['Pad', (n) => ({ nodes: [node('Pad', ['x', 'r'], ['t'])], weights: [ints('r', [0, 0, n, n, 0, 0, n, n])] })],
    ['Pad by mirror images', (n) => ({ nodes: [node('Pad', ['x', 'r'], ['t'], { mode: 'wrap' })], weights: [ints('r', [0, 0, n, 0, 0, 0, 0, 0])] })],
    ['Resize', (n) => ({ nodes: [node('Resize', ['x', '', '', 'r'], ['t'])], weights: [ints('r', [1, 2, n, n])] })],
    ['Conv', (n) => ({ nodes: [node('Conv', ['x', 'kernel'], ['t'], { pads: [n, n, n, n] })], weights: [kernel] })],
    ['ConvTranspose', (n) => ({ nodes: [node('ConvTranspose', ['x', 'kernel'], ['t'], { strides: [n, n] })], weights: [kernel] })],
    ['ConstantOfShape', (n) => ofConstants([node('ConstantOfShape', ['r'], ['made'])], [ints('r', [n, 128])])],
    ['Range', (n) => ofConstants([node('Range', ['from', 'to', 'step'], ['made'], {})], [{ ...ints('from', [0]), dims: [] }, { ...ints('to', [128 * n]), dims: [] }, { ...ints('step', [1]), dims: [] }])],
    ['Expand of a constant', (n) => ofConstants([node('Expand', ['c', 'r'], ['made'])], [floats('c', [1], [1]), ints('r', [n, 128])])],
    ['Pad of a constant', (n) => ofConstants([node('Pad', ['c', 'r'], ['made'])], [floats('c', [1, 128], [...new Array<number>(128).fill(1)]), ints('r', [n, 0, n, 0])])],
    ['a product of constants', (n) => ofConstants([node('Expand', ['c', 'r'], ['wide']), node('Reshape', ['wide', 'u'], ['high']), node('MatMul', ['high', 'wide'], ['made'])], [floats('c', [1, 1], [1]), ints('r', [1, Math.min(n, 2 ** 20)]), ints('u', [Math.min(n, 2 ** 20), 1])])],
    ['a sequence', (n) => ({ nodes: [node('Pad', ['x', 'r'], ['wide']), node('SplitToSequence', ['wide'], ['s'], { axis: 3, keepdims: 1 }), node('ConcatFromSequence', ['s'], ['t'], { axis: 3 })], weights: [ints('r', [0, 0, 0, 0, 0, 0, 0, Math.min(n, 2 ** 26)])] })],
['a number of pieces', (n) => ({ nodes: [node('Split', ['x'], ['t'], { axis: 3, num_outputs: n })] })],
  ]; // prettier-ignore
  for (const [what, parts] of nodes) {
    it(`an operator's, ${what}`, async () => {
      for (const n of sizes) {
        const { nodes: own, weights = [] } = parts(n);
        const closing = [node('GlobalAveragePool', ['t'], ['g']), node('Flatten', ['g'], ['y'])];
        await assertRefused(
          `${what} ${n}.onnx`,
          onnxFile({ shape: ['n', 2, 4, 4], nodes: [...own, ...closing], weights }),
        );
      }
    });
  }
});
