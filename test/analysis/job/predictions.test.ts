import assert from 'node:assert/strict';

import { predictionsInWords } from '../../../src/analysis/job/predictions';
import { images } from '../../support/analysisRun';
import { affineLogit, ClosedFormClassifier } from '../../support/closedForm';

/** f(x) = x in seven dimensions: the largest coordinate is the label. */
const classifier = () => {
  const unit = (k: number) => Array.from({ length: 7 }, (_, i) => Number(i === k));
  return new ClosedFormClassifier(
    7,
    Array.from({ length: 7 }, (_, k) => affineLogit(unit(k), 0)),
  );
};
const predicted = (...labels: number[]) =>
  images(labels.map((label) => Array.from({ length: 7 }, (_, i) => Number(i === label))));
const names = ['cat', 'dog'];

describe('what the network says about some images', () => {
  it('is the accuracy over those whose labels are known', async () => {
    const truth = [0, 1, 1, null];
    const labelled = predicted(0, 0, 1, 1).map((image, i) => ({ ...image, trueLabel: truth[i] }));
    assert.equal(
      await predictionsInWords(classifier(), labelled, names),
      'With it 2 of 3 labelled images are classified correctly.',
    );
  });

  it('is asked of the first 64 alone, and says so', async () => {
    const asked = classifier();
    const many = predicted(...new Array<number>(65).fill(1)).map((image) => ({ ...image, trueLabel: 1 }));
    assert.equal(
      await predictionsInWords(asked, many, names),
      'With it 64 of the first 64 labelled images are classified correctly.',
    );
    assert.equal(asked.forwards, 64);
  });

  it('is how predictions spread where no label is known, the most frequent first, by name where there is one', async () => {
    assert.equal(
      await predictionsInWords(classifier(), predicted(0, 5, 1, 5, 1, 5), names),
      'With it 6 images are predicted as: 5 (3), dog (2), cat (1).',
    );
  });

  it('names no more than five classes', async () => {
    assert.equal(
      await predictionsInWords(classifier(), predicted(6, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4), names),
      'With it 11 images are predicted as: cat (2), dog (2), 2 (2), 3 (2), 4 (2).',
    );
  });

  it('is nothing where there are no images', async () => {
    assert.equal(await predictionsInWords(classifier(), [], names), '');
  });
});
