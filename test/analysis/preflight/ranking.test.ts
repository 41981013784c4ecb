import assert from 'node:assert/strict';

import { planPreprocessing, type PreprocessingPlan } from '../../../src/analysis/images/preprocess';
import { leadOf, ranked, type Tried } from '../../../src/analysis/preflight/ranking';
import { information, type Trial } from '../../../src/analysis/preflight/trial';
import { areTwins, usualPreprocessings } from '../../../src/analysis/preflight/usual';
import type { Preprocessing } from '../../../src/protocol/sideFile';
import { assertClose } from '../../support/assertClose';

const nothing = { fromModel: null, besideModel: null, insideModel: null, preprocessed: false };
const plan = (preprocessing: Preprocessing, channels = 1): PreprocessingPlan =>
  planPreprocessing({
    ...{ ...nothing, inputShape: [channels, 8, 8], layout: 'nchw' },
    sideFile: { preprocessing, source: 'option' },
  });

/** A trial on images whose softmax shares are given, right as given. */
function tried(name: string, shares: number[][], right: (boolean | null)[], more: Partial<Trial> = {}): Tried {
  const rows = shares.map((row) => Float64Array.from(row));
  const scale = 1 / (1 + name.charCodeAt(0));
  const trial = { plan: plan({ scale }), logits: rows, shares: rows, predicted: rows.map(() => 0), right, margin: 5 };
  return { name, preprocessing: { scale }, trial: { ...trial, ...more } };
}

const sure = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? [0.98, 0.02] : [0.02, 0.98]));
const unsure = Array.from({ length: 40 }, () => [0.55, 0.45]);
const rights = (n: number): boolean[] => Array.from({ length: 40 }, (_, i) => i < n);
const unlabelled = new Array<null>(40).fill(null);

describe('the ranking of preprocessings', () => {
  it('measures what predictions tell in nats: log 2 of two classes told surely, nothing of equal answers', () => {
    const certain = tried('a', [[1, 0], [0, 1]], []); // prettier-ignore
    assertClose([information(certain.trial), information(tried('b', unsure, []).trial)], [Math.LN2, 0], {
      rtol: 1e-12,
      atol: 1e-12,
    });
  });

  it('is by accuracy where labels are known, and proposes what leads by a paired test', () => {
    const order = ranked([tried('a', sure, rights(20)), tried('b', unsure, rights(38)), tried('c', sure, rights(30))]);
    assert.deepEqual(
      order.map(({ name }) => name),
      ['b', 'c', 'a'],
    );
    const lead = leadOf(order);
    assert.deepEqual([lead?.over?.name, lead?.images], ['c', 8]);
    assertClose([lead?.p ?? NaN], [2 / 2 ** 8], { rtol: 1e-12, atol: 0 });
  });

  it('cannot tell where the lead may be chance', () => {
    assert.equal(leadOf(ranked([tried('a', sure, rights(36)), tried('b', sure, rights(34))])), null);
  });

  it('is by how sure and varied predictions are where no label is known, behind which implausible logits stand', () => {
    const saturated = tried('s', sure.map(([a]) => [Math.round(a), 1 - Math.round(a)]), unlabelled, { margin: 600 }); // prettier-ignore
    const order = ranked([tried('a', unsure, unlabelled), saturated, tried('b', sure, unlabelled)]);
    assert.deepEqual(
      order.map(({ name }) => name),
      ['b', 'a', 's'],
    );
    const lead = leadOf(order);
    assert.deepEqual([lead?.over?.name, lead?.images, lead?.p], ['a', null, null]);
  });

  it('cannot tell from a few images without labels', () => {
    const few = (shares: number[][]): number[][] => shares.slice(0, 6);
    assert.equal(leadOf(ranked([tried('a', few(sure), [null]), tried('b', few(unsure), [null])])), null);
  });

  it('takes −1 to 1 and (x − 127) / 128 for one, and not other ranges, orders or sizes', () => {
    const usual = new Map(
      usualPreprocessings(3, { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] }).map(({ name, preprocessing }) => [name, plan(preprocessing, 3)]), // prettier-ignore
    );
    const twins = (a: string, b: string): boolean => areTwins(usual.get(a)!, usual.get(b)!);
    assert.equal(twins('−1 to 1', '(x − 127) / 128'), true);
    assert.equal(twins('−1 to 1', '0 to 1'), false);
    assert.equal(twins('0 to 1', '0 to 1, blue first'), false);
    assert.equal(twins('ImageNet’s mean and std', 'mean and std of these images'), false);
    const [whole, cropped] = [plan({ scale: 1 }), plan({ scale: 1, resize: { fit: 'crop' } })];
    assert.equal(areTwins(whole, cropped), false);
  });

  it('has Caffe’s means in both orders, each with the numbers of its channels', () => {
    const usual = usualPreprocessings(3, { mean: [0, 0, 0], std: [0, 0, 0] });
    const of = (name: string) => usual.find((one) => one.name === name)?.preprocessing;
    assert.deepEqual(of('Caffe’s means, blue first'), { scale: 1, mean: [103.939, 116.779, 123.68], channels: 'bgr' });
    assert.deepEqual(of('Caffe’s means'), { scale: 1, mean: [123.68, 116.779, 103.939], channels: 'rgb' });
    assert.equal(of('mean and std of these images'), undefined, 'nothing is divided by 0');
  });
});
