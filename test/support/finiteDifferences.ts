import type { Network } from '../../src/analysis/network/network';
import { interpret, type Tensor, tensor } from './interpreter';

const STEP = 1e-5;

/**
 * ∇ₓ⟨cotangent, output⟩ by central differences in double precision, image by image, with an error of about 1e-10 of the
 * third derivative.
 */
export function centralDifferences(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  output: string,
  cotangent: Tensor,
): Tensor {
  const { x } = inputs;
  const images = x.shape[0];
  const dimension = x.data.length / images;
  const weights = cotangent.data.length / images;
  /** ⟨cotangent, output⟩ of every image, entry `moved` of each image changed. */
  const values = (moved: number, by: number): number[] => {
    const data = x.data.map((entry, i) => (i % dimension === moved ? entry + by : entry));
    const result = interpret(network, { ...inputs, x: tensor(x.shape, data) })[output].data;
    return Array.from({ length: images }, (_, image) =>
      result
        .subarray(image * weights, (image + 1) * weights)
        .reduce((sum, entry, i) => sum + entry * cotangent.data[image * weights + i], 0),
    );
  };
  const gradient = new Float64Array(x.data.length);
  for (let i = 0; i < dimension; i++) {
    const [ahead, behind] = [values(i, STEP), values(i, -STEP)];
    for (let image = 0; image < images; image++) {
      gradient[image * dimension + i] = (ahead[image] - behind[image]) / (2 * STEP);
    }
  }
  return tensor(x.shape, gradient);
}

/** The derivative of an output along a direction of x, by central differences in double precision. */
export function directionalDifference(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  output: string,
  direction: Tensor,
): Tensor {
  const { x } = inputs;
  const moved = (by: number): Tensor => {
    const data = x.data.map((entry, i) => entry + by * direction.data[i]);
    return interpret(network, { ...inputs, x: tensor(x.shape, data) })[output];
  };
  const [ahead, behind] = [moved(STEP), moved(-STEP)];
  return tensor(
    ahead.shape,
    ahead.data.map((entry, i) => (entry - behind.data[i]) / (2 * STEP)),
  );
}
