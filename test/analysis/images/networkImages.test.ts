import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import type { NetworkInput } from '../../../src/analysis/images/arrayImages';
import {
  byContent,
  imagesKey,
  type NetworkImage,
  networkImages,
  placesByContent,
} from '../../../src/analysis/images/networkImages';
import type { Pixels } from '../../../src/analysis/images/pixels';
import { planPreprocessing, type PreprocessingKnowledge } from '../../../src/analysis/images/preprocess';
import type { Failure } from '../../../src/protocol/failure';

type Load = () => Promise<Pixels | NetworkInput>;

const known: PreprocessingKnowledge = {
  ...{ inputShape: [1, 2, 2], layout: 'nchw', fromModel: null, sideFile: null, besideModel: null, insideModel: null },
  preprocessed: false,
};
const plan = planPreprocessing(known);
const otherPlan = planPreprocessing({
  ...known,
  fromModel: { preprocessing: { scale: 1, mean: [3], std: [2] }, source: 'the model' },
});

const grey = (height: number, width: number, ...values: number[]): Pixels => {
  return { height, width, channels: 1, data: Uint8Array.from(values) };
};
const square = grey(2, 2, 0, 50, 100, 255);

/** What becomes of a set, and what is told on the way. */
async function decoded(
  loads: Readonly<Record<string, Load>>,
  {
    labels = [] as (number | null)[],
    as = plan,
    signal = new AbortController().signal,
    after = (done: number): unknown => done,
  } = {},
) {
  const failures: Failure[] = [];
  const thumbnails: string[] = [];
  const progress: string[] = [];
  const items = Object.entries(loads).map(([name, load]) => ({ name, load, folderClass: null, label: null }));
  const images = await networkImages({ items, folderClasses: [], notes: [] }, labels, as, 'Reading', {
    sink: { fail: (failure) => failures.push(failure), thumbnail: (name) => thumbnails.push(name) },
    signal,
    progress: (stage, done, total) => {
      progress.push(`${stage} ${done} of ${total}`);
      after(done);
    },
  });
  return { images, failures, thumbnails, progress };
}

const of =
  (image: Pixels | NetworkInput): Load =>
  () =>
    Promise.resolve(image);

describe('images as the network sees them', () => {
  const damaged: Load = () => Promise.reject(new AnalysisError('invalid-input', 'damaged'));

  it('leave out one that cannot be read, which is recorded, and keep the places and labels of the rest', async () => {
    const set = { 'a.png': of(square), 'b.png': damaged, 'c.png': of(square) };
    const { images, failures, thumbnails, progress } = await decoded(set, { labels: [4, 5, null] });
    assert.deepEqual(
      images.map(({ index, name, trueLabel }) => [index, name, trueLabel]),
      [
        [0, 'a.png', 4],
        [2, 'c.png', null],
      ],
    );
    assert.deepEqual(failures, [{ name: 'b.png', code: 'invalid-input', message: 'damaged' }]);
    assert.deepEqual(thumbnails, ['a.png', 'c.png']);
    assert.equal(progress.at(-1), 'Reading 3 of 3');
  });

  it('are not read at all where something else goes wrong, or somebody stops', async () => {
    await assert.rejects(decoded({ 'a.png': () => Promise.reject(new Error('a mistake here')) }), /a mistake here/);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(decoded({ 'a.png': of(square) }, { signal: stopped }), /stopped/);
  });

  it('stand in the order of the set, and so do their thumbnails, whichever was read first', async () => {
    let release: () => void = () => undefined;
    const othersDone = new Promise<void>((resolve) => (release = resolve));
    const late: Load = async () => {
      await othersDone;
      return square;
    };
    const { images, thumbnails } = await decoded(
      { 'c.png': late, 'a.png': of(square), 'b.png': of(square) },
      {
        after: (done) => {
          if (done === 2) release();
        },
      },
    );
    assert.deepEqual(
      images.map(({ name }) => name),
      ['c.png', 'a.png', 'b.png'],
    );
    assert.deepEqual(thumbnails, ['c.png', 'a.png', 'b.png']);
  });

  it('have a content that depends on the picture alone, not on name, place or preprocessing', async () => {
    const [one, two] = (await decoded({ 'a.png': of(square), 'b.png': of(square) })).images;
    const [other] = (await decoded({ 'a.png': of(square) }, { as: otherPlan })).images;
    assert.equal(two.content, one.content);
    assert.equal(two.sha256, one.sha256);
    assert.equal(other.content, one.content);
    assert.notEqual(other.sha256, one.sha256);
  });

  it('have another content where a pixel or the size differs', async () => {
    const { images } = await decoded({
      'a.png': of(square),
      'b.png': of(grey(2, 2, 0, 50, 100, 254)),
      'c.png': of(grey(1, 4, 0, 50, 100, 255)),
      'd.png': of(grey(4, 1, 0, 50, 100, 255)),
    });
    assert.equal(new Set(images.map(({ content }) => content)).size, 4);
  });

  it('have no thumbnails where arrays are what the network sees', async () => {
    const array = Float32Array.of(0, -1, 2, 3);
    const set = { 'x.npy[0]': of({ shape: [1, 2, 2], array }) };
    const { images, thumbnails } = await decoded(set, { as: planPreprocessing({ ...known, preprocessed: true }) });
    assert.deepEqual(images[0].x, array);
    assert.deepEqual(thumbnails, []);
  });
});

describe('a list of images', () => {
  const image = (name: string, content: string): NetworkImage => {
    return { index: 0, name, content, x: new Float32Array(1), sha256: `of ${content}`, trueLabel: null };
  };
  const [p, q, r] = [image('p', 'β'), image('q', 'α'), image('r', 'β')];
  const orders = [
    [p, q, r],
    [p, r, q],
    [q, p, r],
    [q, r, p],
    [r, p, q],
    [r, q, p],
  ];

  it('in the order of contents, then names, is the same whatever order it came in', () => {
    for (const order of orders) {
      assert.deepEqual(byContent(order), [q, p, r]);
      assert.deepEqual(
        placesByContent(order).map((place) => order[place]),
        [q, p, r],
      );
    }
    assert.deepEqual(placesByContent([r, p, q]), [2, 1, 0]);
  });

  it('has a key that depends on names, inputs and their order, and on nothing else', () => {
    const key = imagesKey([p, q]);
    assert.equal(imagesKey([{ ...p, index: 7, trueLabel: 1, content: 'γ' }, { ...q }]), key);
    const others = [[q, p], [p], [{ ...p, name: 'other' }, q], [p, { ...q, sha256: 'other' }]].map(imagesKey);
    assert.equal(new Set([key, ...others]).size, 5);
  });
});
