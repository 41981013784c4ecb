import { availableParallelism } from 'node:os';

import type { Tensor } from '../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../src/analysis/backends/onnxruntime/sessions';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { readModel } from '../../src/analysis/model/read';
import { networkOf } from '../../src/analysis/network/differentiate';
import type { Network } from '../../src/analysis/network/network';
import { fastest } from './fastest';

/* What gradients cost in forward passes of the same network. */

/** What is run, by name: logits alone, and one and nine gradients of them. */
export const works = [
  ['forward', 'logits', 0],
  ['gradient', 'gradients', 1],
  ['nine', 'gradients', 9],
] as const;

/** Networks of this repository of which others can measure the same. */
export const sampleModels = [
  'samples/relu/lenet-mnist.onnx',
  'samples/smooth/lenet-mnist-softplus.keras',
  'samples/photographs/nin-photographs.onnx',
];

/** Gaussian numbers for each input of a network. */
export function feedsOf(network: Network, images: number): Record<string, Tensor> {
  const feeds = Object.values(network.inputs).map((input) => {
    const shape = input.shape.map((dim) => (dim < 0 ? -dim * images : dim));
    const length = shape.reduce((product, extent) => product * extent, 1);
    const data = Float32Array.from(gaussianVector(length, seededRandom(5, input.name)));
    return [input.name, { data, shape }] as const;
  });
  return Object.fromEntries(feeds);
}

/** Model, batch, ms of a forward pass for an image, and how many of them one gradient takes and nine together. */
export async function gradientsInPasses(
  models: readonly string[] = sampleModels,
  batches: readonly number[] = [1, 16, 64],
): Promise<(string | number)[][]> {
  const backend = await onnxruntimeBackend({ threads: Math.min(2, availableParallelism()) });
  const rows: (string | number)[][] = [];
  for (const file of models) {
    const { network } = await readModel(file);
    const loaded = await Promise.all(
      works.map(async ([, kind, cotangents]) => {
        const made = networkOf(network, kind, cotangents);
        return { made, executable: await backend.load(made) };
      }),
    );
    for (const batch of batches) {
      const runs = loaded.map(({ made, executable }) => {
        const feeds = feedsOf(made, batch);
        return () => executable.run(feeds);
      });
      const [forward, one, nine] = await fastest(runs, 1000);
      const each = (forward / batch).toPrecision(2);
      rows.push([file, batch, each, (one / forward).toFixed(2), (nine / forward).toFixed(1)]);
    }
    for (const { executable } of loaded) await executable.dispose();
  }
  return rows;
}
