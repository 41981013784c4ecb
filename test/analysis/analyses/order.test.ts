import assert from 'node:assert/strict';

import { defaultParams } from '../../../src/analysis/job/presets';
import { gaussianVector, seededRandom, shuffled } from '../../../src/analysis/math/random';
import type { AnalysisName, Params } from '../../../src/protocol/analyses';
import { AnalysisRuns, images } from '../../support/analysisRun';
import { SoftplusNetwork } from '../../support/toyRegions';

const network = SoftplusNetwork.random(6, 8, 3, seededRandom('order'));
const listed = images(
  Array.from({ length: 60 }, (_, i) => gaussianVector(6, seededRandom('ordered points', i))),
  (i) => `image ${i}`,
);
const reordered = shuffled(listed, seededRandom('another order')).map((image, index) => ({ ...image, index }));

/** What an analysis says of each image, by name. */
async function itemsByName<K extends AnalysisName>(
  name: K,
  order: typeof listed,
  params: Params<K>,
): Promise<Map<unknown, unknown>> {
  const { items } = await new AnalysisRuns(network, [], { images: order }).run(name, params);
  return new Map(items.map((item) => [(item as { name?: string }).name, item]));
}

describe('the order of the images', () => {
  it('changes nothing of what is said of one, however random it is', async () => {
    for (const name of ['curvature', 'detect'] as const) {
      const [first, second] = [
        await itemsByName(name, listed, defaultParams(name)),
        await itemsByName(name, reordered, defaultParams(name)),
      ];
      assert.equal(first.size, 60);
      for (const [image, item] of first) assert.deepEqual(second.get(image), item);
    }
  });

  it('changes no p-value, and nothing of what was calibrated', async () => {
    const judge = async (order: typeof listed) => {
      const runs = new AnalysisRuns(network, [], { images: order });
      const { closing } = await runs.run('calibration', { attacks: true });
      const { items } = await runs.run('detect');
      return { closing, pValues: new Map(items.map(({ name, pValue }) => [name, pValue])) };
    };
    const [first, second] = [await judge(listed), await judge(reordered)];
    assert.deepEqual(second.closing, first.closing);
    for (const [name, pValue] of first.pValues) assert.equal(second.pValues.get(name), pValue);
  });

  it('changes no pair, no plane, no mixture and no shared direction', async () => {
    const drawn = async (order: typeof listed) => {
      const runs = new AnalysisRuns(network, [], { images: order });
      return [
        await runs.run('paths', { pairs: 1 }),
        await runs.run('slice', { resolution: 9 }),
        await runs.run('convexity', { combinations: 50 }),
        await runs.run('subspace', { directions: 2 }),
      ];
    };
    assert.deepEqual(await drawn(reordered), await drawn(listed));
  });

  it('gives an image that stands twice in the list the same numbers twice', async () => {
    const twice = [...listed.slice(0, 3), { ...listed[0], name: 'again', index: 3 }];
    const items = await itemsByName('detect', twice, defaultParams('detect'));
    assert.deepEqual({ ...(items.get('again') as object), name: 'image 0' }, items.get('image 0'));
  });
});
