import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { classifierOf } from '../../../src/analysis/model/networkClassifier';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { single, smallModels } from '../../support/backendRuns';

const network = smallModels['a residual network']();
const [, ...image] = network.inputs['x'].shape;

describe('a classifier of a network', () => {
  let trusted: Backend;
  before(async () => {
    trusted = await onnxruntimeBackend({ threads: 1 });
  });

  /** How many images its batches have, of four that are asked together: with so many bytes, of a network that takes so many. */
  async function batches(memory: number, fewest: number): Promise<number[]> {
    const given: number[] = [];
    const backend: Backend = {
      ...trusted,
      fewestImages: () => fewest,
      load: async (one) => {
        const executable = await trusted.load(one);
        return {
          ...executable,
          run: (feeds, results) => {
            given.push(feeds['x'].shape[0]);
            return executable.run(feeds, results);
          },
        };
      },
    };
    const { classifier, dispose } = classifierOf(network, { classes: 3, smoothness: smoothness(network) }, backend, {
      memory,
    });
    const points = Array.from({ length: 4 }, (_, i) => Float64Array.from(single(image, `image ${i}`).data));
    await Promise.all(points.map((x) => classifier.logits(x)));
    await dispose();
    return given;
  }

  it('gives its backend what memory allows, and where that does not hold the smallest batch no more than it has to', async () => {
    assert.deepEqual(await batches(2 ** 28, 2), [4]);
    assert.deepEqual(await batches(1, 2), [2, 2]);
    assert.deepEqual(await batches(1, 1), [1, 1, 1, 1]);
  });
});
