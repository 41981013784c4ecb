import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { mapped } from '../../../src/analysis/backends/session';
import type { Classifier } from '../../../src/analysis/model/classifier';
import { classifierOf } from '../../../src/analysis/model/networkClassifier';
import { networkOf } from '../../../src/analysis/network/differentiate';
import { peakBytes } from '../../../src/analysis/network/peakMemory';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { single, smallModels } from '../../support/backendRuns';

const network = smallModels['a residual network']();
const [, ...image] = network.inputs['x'].shape;

describe('a classifier of a network', () => {
  let trusted: Backend;
  before(async () => {
    trusted = await onnxruntimeBackend({ threads: 1 });
  });

  const points = Array.from({ length: 4 }, (_, i) => Float64Array.from(single(image, `image ${i}`).data));

  /** The shapes of all that is given to a backend, by input, with so many bytes, where a batch has so many images at least. */
  async function given(
    { memory, fewest }: { readonly memory: number; readonly fewest: number },
    ask: (classifier: Classifier) => Promise<unknown>,
  ): Promise<Record<string, readonly number[]>[]> {
    const shapes: Record<string, readonly number[]>[] = [];
    const backend: Backend = {
      ...trusted,
      fewestImages: () => fewest,
      load: async (one) => {
        const executable = await trusted.load(one);
        return {
          ...executable,
          run: (feeds, results) => {
            shapes.push(mapped(feeds, ({ shape }) => shape));
            return executable.run(feeds, results);
          },
        };
      },
    };
    const { classifier, dispose } = classifierOf(network, { classes: 3, smoothness: smoothness(network) }, backend, {
      memory,
    });
    await ask(classifier);
    await dispose();
    return shapes;
  }

  it('gives its backend what memory allows, and where that does not hold the smallest batch no more than it has to', async () => {
    const batches = async (memory: number, fewest: number): Promise<number[]> => {
      const shapes = await given({ memory, fewest }, (classifier) =>
        Promise.all(points.map((x) => classifier.logits(x))),
      );
      return shapes.map(({ x }) => x[0]);
    };
    assert.deepEqual(await batches(2 ** 28, 2), [4]);
    assert.deepEqual(await batches(1, 2), [2, 2]);
    assert.deepEqual(await batches(1, 1), [1, 1, 1, 1]);
  });

  it('asks for as many gradients of an image together as memory allows, rather than for two images', async () => {
    const cotangents = [0, 1, 2].map((k) => Float64Array.from({ length: 3 }, (_, i) => Number(i === k)));
    const { held } = trusted.allowances;
    const runs = async (memory: number, fewest: number): Promise<number[]> => {
      const shapes = await given({ memory, fewest }, (classifier) => classifier.gradients(points[0], cotangents));
      return shapes.map(({ cotangent }) => cotangent[1]);
    };
    const three = held(peakBytes(networkOf(network, 'gradients', 3)));
    assert.deepEqual(await runs(2 * three, 2), [3]);
    assert.deepEqual(await runs(2 * three - 1, 2), [2, 1]);
    assert.deepEqual(await runs(three, 1), [3]);
    assert.deepEqual(await runs(1, 1), [1, 1, 1]);
  });
});
