import assert from 'node:assert/strict';

import { logisticScore, nonnegativeLogisticRegression } from '../../../src/analysis/math/logisticRegression';
import { assertClose } from '../../support/assertClose';

// prettier-ignore
const ROWS = [[0.13, 0.13, 0.64], [0.1, 0.54, 0.36], [1.3, -0.95, -0.7], [-1.27, 0.62, 0.04], [-2.33, 0.22, -1.25], [-0.73, 0.54, -0.32], [0.41, -1.04, -0.13], [1.37, 0.67, 0.35], [0.9, -0.09, -0.74], [-0.92, 0.46, 0.22], [-1.01, 0.21, -0.16], [0.54, -0.21, 0.36], [-0.65, 0.13, 0.78], [1.49, 1.26, 1.51], [1.35, -0.78, 0.26], [-0.31, -1.46, 1.96], [1.8, -1.32, 0.36], [-1.21, 0, 0.66], [-1.29, -0.4, 0.43], [0.7, 1.18, -0.66], [-0.44, 1.17, 1.74], [-0.5, -0.33, -0.26], [1.58, -1.32, 0.63], [-2.2, -0.05, 0.68]];
// prettier-ignore
const LABELS: (0 | 1)[] = [1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0];

describe('logistic regression with weights ≥ 0', () => {
  it("finds scipy's constrained minimum, with a weight at 0 where its sign would be negative", () => {
    // scipy 1.17.1, minimize(method='L-BFGS-B', bounds=(0, None)) on the standardised columns; unconstrained, the same
    // loss gives scikit-learn's LogisticRegression(C=1) weights (1.4346, .2518, −.3403).
    const strong = nonnegativeLogisticRegression(ROWS, LABELS, { ridge: 1 });
    assertClose([strong.intercept, ...strong.weights], [-0.25525405, 1.43605997, 0.23939023, 0], { atol: 2e-7 });
    const weak = nonnegativeLogisticRegression(ROWS, LABELS, { ridge: 0.01 });
    assertClose([weak.intercept, ...weak.weights], [-0.3386521, 2.18185721, 0.51974563, 0], { atol: 2e-6 });
  });

  it('gives weight 0 to a constant feature and keeps the others', () => {
    const model = nonnegativeLogisticRegression(
      ROWS.map((row) => [...row, 0.1]),
      LABELS,
    );
    assertClose([model.intercept, ...model.weights], [-0.25525405, 1.43605997, 0.23939023, 0, 0], { atol: 2e-7 });
    assert.ok(Number.isFinite(logisticScore(model, [1, 1, 1, 5])));
  });

  it('stays finite on classes that a plane separates', () => {
    const model = nonnegativeLogisticRegression([[-2], [-1], [1], [2]], [0, 0, 1, 1]);
    assert.ok(logisticScore(model, [1]) > 0 && logisticScore(model, [-1]) < 0);
  });

  it('is the log odds: at a balanced fit of nothing it is the log of the share', () => {
    const model = nonnegativeLogisticRegression([[1], [1], [1], [1]], [0, 1, 1, 1]);
    assertClose([logisticScore(model, [1])], [Math.log(3)], { rtol: 1e-7 });
  });

  it('refuses a missing class, rows of other lengths and features that are not numbers', () => {
    assert.throws(() => nonnegativeLogisticRegression([[1], [2]], [1, 1]), { code: 'invalid-input' });
    assert.throws(() => nonnegativeLogisticRegression([[1], [2, 3]], [0, 1]), { code: 'invalid-input' });
    assert.throws(() => nonnegativeLogisticRegression([[1], [NaN]], [0, 1]), /feature 0 of row 1 must be finite/);
    assert.throws(() => nonnegativeLogisticRegression([[1]], [0, 1]), { code: 'invalid-input' });
  });

  it('says when it has not converged', () => {
    assert.throws(() => nonnegativeLogisticRegression(ROWS, LABELS, { maxSteps: 1 }), { code: 'not-converged' });
  });
});
