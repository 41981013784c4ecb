import { AnalysisError } from '../base/errors';
import type { Shape } from '../network/network';

/** 128 MiB of float32, a colour image of 3344 × 3344 pixels. */
const LARGEST_IMAGE = 2 ** 25;

/**
 * The shape of an image, where it is one that a classifier takes.
 *
 * @throws AnalysisError 'limit-exceeded'
 */
export function boundedImage<S extends Shape>(shape: S): S {
  const numbers = shape.reduce((product, extent) => product * extent, 1);
  if (numbers <= LARGEST_IMAGE) return shape;
  throw new AnalysisError(
    'limit-exceeded',
    `An image must have at most ${LARGEST_IMAGE} numbers, the model's input is [n, ${shape.join(', ')}].`,
  );
}
