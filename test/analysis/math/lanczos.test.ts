import assert from 'node:assert/strict';

import { lanczos, type SymmetricOperator } from '../../../src/analysis/math/lanczos';
import { seededRandom, unitVector } from '../../../src/analysis/math/random';
import { addScaled, dot, norm, type Vector } from '../../../src/analysis/math/vector';
import { assertClose } from '../../support/assertClose';

describe('lanczos', () => {
  const diagonal = (eigenvalues: ArrayLike<number>): SymmetricOperator => ({
    dimension: eigenvalues.length,
    apply: (v) => Promise.resolve(v.map((vi, i) => eigenvalues[i] * vi)),
  });
  const start = (dimension: number): (() => Vector) => {
    const random = seededRandom(1, 'lanczos');
    return () => unitVector(dimension, random);
  };
  const spectrum = Float64Array.from({ length: 30 }, (_, i) => 10 - i);

  it('finds the whole spectrum in as many steps as dimensions', async () => {
    const { values } = await lanczos(diagonal(spectrum), start(30), { steps: 30 });
    assertClose(values, spectrum, { atol: 1e-10 });
  });

  it('finds both ends of the spectrum first', async () => {
    const { values } = await lanczos(diagonal(spectrum), start(30), { steps: 20 });
    assertClose([values[0], values[19]], [10, -19], { rtol: 1e-3 });
  });

  it('gives unit Ritz vectors whose residual is ‖A y − θ y‖', async () => {
    const a = diagonal(spectrum);
    const { values, residuals, vector } = await lanczos(a, start(30), { steps: 12 });
    for (let i = 0; i < 12; i++) {
      const y = vector(i);
      assertClose([norm(y)], [1], { rtol: 1e-12 });
      assertClose([norm(addScaled(await a.apply(y), -values[i], y))], [residuals[i]], { rtol: 1e-8, atol: 1e-10 });
    }
  });

  it('has an eigenvalue within the residual of every Ritz value', async () => {
    const { values, residuals } = await lanczos(diagonal(spectrum), start(30), { steps: 12 });
    values.forEach((value, i) => {
      const nearest = Math.min(...spectrum.map((eigenvalue) => Math.abs(eigenvalue - value)));
      assert.ok(nearest <= residuals[i] + 1e-12);
    });
  });

  it('finds an eigenvalue as often as it occurs, though its Krylov space has one dimension', async () => {
    const { values } = await lanczos(diagonal(new Float64Array(8).fill(3)), start(8), { steps: 20 });
    assertClose(values, new Float64Array(8).fill(3));
    const zeros = await lanczos(diagonal(new Float64Array(5)), start(5), { steps: 20 });
    assertClose(zeros.values, new Float64Array(5));
  });

  it('keeps to the subspace of its start vectors and ends when that is exhausted', async () => {
    const random = seededRandom(2);
    const draw = (): Vector => {
      const v = unitVector(6, random);
      v[0] = 0;
      return v.map((vi) => vi / norm(v));
    };
    const { values, vector } = await lanczos(diagonal([100, 5, 4, 3, 2, 1]), draw, { steps: 20 });
    assertClose(values, [5, 4, 3, 2, 1], { atol: 1e-10 });
    assertClose([dot(vector(0), Float64Array.of(1, 0, 0, 0, 0, 0))], [0]);
  });

  it('ends after ten steps when those are enough', async () => {
    const { values } = await lanczos(diagonal(spectrum), start(30), { steps: 30, enough: () => true });
    assert.equal(values.length, 10);
  });
});
