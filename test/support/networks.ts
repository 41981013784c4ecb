import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { NetworkBuilder } from '../../src/analysis/network/builder';
import type { ConstantValue } from '../../src/analysis/network/network';
import { type Tensor, tensor } from './interpreter';

/** Standard normal numbers that belong to a key. */
export function normal(shape: readonly number[], ...key: readonly (string | number)[]): Tensor {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return tensor(shape, gaussianVector(length, seededRandom(...key)));
}

/** A constant of normal numbers scaled to keep the size of what it multiplies; the same for the same shape. */
export function randomConstant(b: NetworkBuilder, shape: readonly number[]): ConstantValue {
  const { data } = normal(shape, 'constant', ...shape);
  const fanIn = shape.length > 2 ? shape.slice(1).reduce((product, extent) => product * extent, 1) : (shape[0] ?? 1);
  return b.constant(
    Array.from(data, (entry) => entry / Math.sqrt(fanIn)),
    shape,
  );
}
