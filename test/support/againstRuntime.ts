import { InferenceSession, Tensor } from 'onnxruntime-node';

import { bytesInMemory } from '../../src/analysis/files/bytes';
import { ModelFiles } from '../../src/analysis/files/modelFiles';
import { readOnnx } from '../../src/analysis/formats/onnx/onnx';
import { gradientNetwork } from '../../src/analysis/network/differentiate';
import { assertClose } from './assertClose';
import { centralDifferences } from './finiteDifferences';
import { frozenRounding } from './frozenRounding';
import { interpret, tensor } from './interpreter';
import { node, onnxFile, type OnnxParts } from './onnxFile';

/** Numbers with no pattern that an error could hide in. */
export const wave = (length: number): number[] => Array.from({ length }, (_, i) => 2 * Math.sin(3 * i + 1));

/**
 * Asserts that an operator of a batch x, flattened, has the numbers that onnxruntime computes from the same file, and gradients
 * that are their differences (rounding counts as a constant; no place may be a kink).
 */
export async function assertAsRuntime(
  parts: Omit<OnnxParts, 'shape' | 'result'>,
  image: readonly number[],
  images = 2,
): Promise<void> {
  const flatten = node('Flatten', ['result'], ['y'], { axis: 1 });
  const file = onnxFile({
    ...parts,
    nodes: [...parts.nodes, flatten],
    shape: ['n', ...image],
    result: ['n', 'numbers'],
  });
  const data = wave(images * image.reduce((product, extent) => product * extent, 1));
  const session = await InferenceSession.create(file);
  const expected = await session.run({ x: new Tensor('float32', Float32Array.from(data), [images, ...image]) });
  await session.release();
  const { network } = await readOnnx(new ModelFiles('model.onnx', bytesInMemory(file), 2 ** 24), {});
  const x = tensor([images, ...image], Float32Array.from(data));
  const logits = interpret(network, { x })['logits'];
  assertClose(logits.data, expected['y'].data as Float32Array, { rtol: 1e-5, atol: 1e-6 });
  const [, numbers] = logits.shape;
  const weights = wave(images * numbers);
  const { gradient } = interpret(gradientNetwork(network, 1), { x, cotangent: tensor([images, 1, numbers], weights) });
  const smooth = frozenRounding(network, x);
  const differences = centralDifferences(smooth.network, smooth.inputs, 'logits', tensor([images, numbers], weights));
  assertClose(gradient.data, differences.data, { rtol: 1e-6, atol: 1e-7 });
}
