import assert from 'node:assert/strict';

import type { ImageItem, ImageSet } from '../../../src/analysis/images/dataset';
import { planPreprocessing } from '../../../src/analysis/images/preprocess';
import type { Vector } from '../../../src/analysis/math/vector';
import { preflight } from '../../../src/analysis/preflight/preflight';
import { doubtInWords } from '../../../src/reading/preflight';

const side = 8;
const count = 64;

/** Four classes: whether a grey image is above the middle on the whole, and whether its left half is the brighter one. */
const brightness = (x: Vector): Float64Array => {
  const half = (wanted: number) =>
    x.filter((_, i) => (2 * (i % side) < side ? 0 : 1) === wanted).reduce((sum, value) => sum + value, 0);
  const label = 2 * Number(half(0) + half(1) > 0) + Number(half(0) > half(1));
  return Float64Array.from({ length: 4 }, (_, k) => (k === label ? 5 : 0));
};

/** Dark and bright images of such classes, of which every second lies above the middle. */
function images(): { readonly set: ImageSet; readonly labels: readonly number[] } {
  const labels = Array.from({ length: count }, (_, i) => i % 4);
  const items = labels.map((label, i) => {
    const middle = label >= 2 ? 225 : 15;
    const data = Uint8Array.from({ length: side * side }, (_, j) => {
      const isLeft = 2 * (j % side) < side;
      return middle + (isLeft === (label % 2 === 1) ? 5 : -5);
    });
    const image = { height: side, width: side, channels: 1 as const, data };
    return { name: `${i}.png`, load: () => Promise.resolve(image) } as ImageItem;
  });
  return { set: { items, folderClasses: [], notes: [] }, labels };
}

const look = (scale: number, mean: number) => {
  const { set, labels } = images();
  const classes = ['0', '1', '2', '3'];
  const plan = planPreprocessing({
    ...{ inputShape: [1, side, side], layout: 'nchw', preprocessed: false },
    ...{ fromModel: null, besideModel: null, insideModel: null },
    sideFile: { preprocessing: { scale, mean }, source: 'boundary-lens.json' },
  });
  return preflight(
    {
      classifier: { logits: (x) => Promise.resolve(brightness(x)), classes: 4, dimension: side * side },
      ...{ inputShape: [1, side, side], layout: 'nchw', plan, stated: false, set, isClassifier: true, seed: 0 },
      labels: { labels, classes, source: 'a test', guessed: false, notes: [] },
      sideFile: { path: 'boundary-lens.json', text: null },
    },
    { signal: new AbortController().signal },
  );
};

describe('a look at what a model makes of its images', () => {
  it('finds that another preprocessing is better, though it cannot tell which of several', async () => {
    const found = await look(1 / 255, 0);
    const { doubts, proposal, current, candidates, labelled } = found;
    assert.deepEqual([current.right, labelled], [32, count]);
    assert.ok(candidates.filter(({ right }) => right === count).length > 1);
    assert.equal(proposal, null);
    assert.ok(doubts.includes('better'), doubts.join());
    assert.match(doubtInWords('better', found), /the one in use: with “.*” 64 of 64 right, with that 32\.$/);
  });

  it('finds nothing better than what is right', async () => {
    const { doubts, current } = await look(2 / 255, 1);
    assert.equal(current.right, count);
    assert.deepEqual(doubts, ['unstated']);
  });
});
