import { disagreement, noisy } from '../backends/agreement';
import type { Backend, Executable, Memory, Tensor } from '../backends/backend';
import { imagesOf, mapped, rows, type Tensors } from '../backends/session';
import { AnalysisError } from '../base/errors';
import { once } from '../base/once';
import { areFinite } from '../math/vector';
import type { Network } from '../network/network';

/**
 * A backend whose plans are tried: what prepares itself anew for another size of a batch computes with other kernels than those
 * that answered before, so that some images of the first batch of each size are held against the reference, and the batch is
 * answered once they agree. Where they do not, the device counts as lost: what it had ready is made once more, and tried again.
 */
export function withPlansTried(backend: Backend, reference: Backend): Backend {
  if (backend.allowances.keepsSize !== true) return backend;
  return {
    ...backend,
    load: async (network) => triedPlans(network, await backend.load(network), reference),
  };
}

function triedPlans(network: Network, executable: Executable, reference: Backend): Executable {
  /** Of the last batch, and what the first of that size came to. */
  let size = 0;
  let verdict = Promise.resolve();
  const run = async (feeds: Tensors, memory?: Memory): Promise<Record<string, Float32Array>> => {
    const answering = executable.run(feeds, memory);
    if (imagesOf(feeds) !== size) {
      size = imagesOf(feeds);
      verdict = answering.then((results) => tryPlan(network, feeds, results, reference));
    }
    // Another batch may change it before this one is answered.
    const ofThisSize = verdict;
    ofThisSize.catch(() => undefined);
    const results = await answering.catch((error: unknown) => {
      // It is tried when it answers, for lack of memory or whatever it was.
      size = 0;
      throw error;
    });
    await ofThisSize;
    return results;
  };
  return { run, dispose: () => executable.dispose() };
}

/** @throws AnalysisError 'device-lost' where what some image came to is not what the reference makes of it */
async function tryPlan(
  network: Network,
  feeds: Tensors,
  results: Readonly<Record<string, Float32Array>>,
  reference: Backend,
): Promise<void> {
  const images = imagesOf(feeds);
  const trusted = await reference.load(network);
  try {
    for (const i of new Set([0, Math.floor(images / 2), images - 1])) {
      const own = mapped(feeds, (feed) => rows(feed, i, i + 1));
      const around = once(() =>
        Promise.all(noisy(Float64Array.from(own['x'].data)).map((x) => trusted.run({ ...own, x: at(own['x'], x) }))),
      );
      for (const [name, right] of Object.entries(await trusted.run(own))) {
        // What is no number there either is the network's own.
        if (!areFinite(right)) continue;
        const answer = results[name].subarray(i * right.length, (i + 1) * right.length);
        const error = await disagreement([answer], [right], async () => (await around()).map((other) => [other[name]]));
        if (error === null) continue;
        throw new AnalysisError(
          'device-lost',
          `prepared for batches of ${images}, it is ${error.toExponential(0)} of the largest entry off the processor’s ${name}`,
        );
      }
    }
  } finally {
    await trusted.dispose();
  }
}

function at({ shape }: Tensor, x: Float64Array): Tensor {
  return { shape, data: Float32Array.from(x) };
}
