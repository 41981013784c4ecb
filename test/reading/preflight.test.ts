import assert from 'node:assert/strict';

import { predictionsInWords } from '../../src/reading/preflight';
import { samplePreflight } from '../support/preflights';

describe('what a preflight says of predictions', () => {
  const whole = samplePreflight();

  it('counts what is right where labels are known, one image, too', () => {
    assert.equal(predictionsInWords(whole), '4 of 64 labelled images are classified correctly.');
    const one = { ...whole, labelled: 1, current: { ...whole.current, right: 1 } };
    assert.equal(predictionsInWords(one), '1 of 1 labelled image is classified correctly.');
  });

  it('counts the classes that are predicted where they are not, one image, too', () => {
    const unlabelled = { ...whole, labelled: 0, current: { ...whole.current, right: null } };
    assert.equal(predictionsInWords(unlabelled), '64 images are predicted as: moped (64).');
    const one = { ...unlabelled, sampled: 1, predictions: whole.predictions.slice(0, 1) };
    assert.equal(predictionsInWords(one), '1 image is predicted as: moped (1).');
  });

  it('says nothing where there are no images', () => {
    assert.equal(predictionsInWords({ ...whole, sampled: 0 }), '');
  });
});
