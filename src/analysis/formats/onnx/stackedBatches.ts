import type { Value } from '../../network/network';
import type { Extent } from '../batch/extents';
import type { OnnxNode } from './node';

/**
 * Batches of the same images one after another, [a·n, …] with the images of each together: what stacking an image's flips
 * along the batch makes.
 */
export function stackedBatches(node: OnnxNode, batches: readonly Value[], axis: number): Value {
  const { builder, reading } = node;
  const separate = batches.map((value) => {
    if (reading.merged.innerPart(value) !== 1) throw node.unsupported('images of a batch must not be mixed');
    const [before, behind] = [value.shape.slice(0, axis), value.shape.slice(axis + 1)];
    return builder.reshape(value, [...before, -value.shape[axis], -1, ...behind]);
  });
  const together = builder.concat(separate, axis);
  const [before, behind] = [together.shape.slice(0, axis), together.shape.slice(axis + 2)];
  const result = builder.reshape(together, [...before, -together.shape[axis], ...behind]);
  reading.merged.set(result, 1);
  return result;
}

/**
 * Batches `first` to `last` − 1 of stackedBatches.
 *
 * @throws AnalysisError 'unsupported-op' where the images of a batch are not together
 */
export function unstackedBatches(node: OnnxNode, x: Value, axis: number, first: number, last: number): Value {
  const { builder, reading } = node;
  const number = -x.shape[axis];
  const isWhole = [first, last].every((at) => Number.isInteger(at) && at >= 0 && at <= number) && first < last;
  if (reading.merged.innerPart(x) !== 1 || !isWhole) throw node.unsupported('it picks images out of the batch');
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const batches = builder.reshape(x, [...before, number, -1, ...behind]);
  const picked = builder.slice(batches, [axis], [first], [last]);
  const result = builder.reshape(picked, [...before, first - last, ...behind]);
  reading.merged.set(result, 1);
  return result;
}

/** A number of images in batches: k for k·n, or k·B in a file that fixes the batch at B; NaN for others. */
export function inBatches(node: OnnxNode, { fixed, perBatch }: Extent): number {
  const { fixedBatch } = node.reading;
  if (perBatch === 0) return fixed === 0 ? 0 : fixedBatch === null ? NaN : fixed / fixedBatch;
  return fixed === 0 ? perBatch : NaN;
}
