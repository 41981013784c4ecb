import assert from 'node:assert/strict';

import type { Pixels } from '../../../src/analysis/images/pixels';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { chanceAgreement, standing } from '../../../src/analysis/preflight/chance';
import { misfitOf } from '../../../src/analysis/preflight/misfit';
import { looksLikeRegression } from '../../../src/analysis/preflight/outputs';
import type { Sampled } from '../../../src/analysis/preflight/sample';
import type { Trial } from '../../../src/analysis/preflight/trial';

const pixel: Pixels = { height: 1, width: 1, channels: 1, data: Uint8Array.of(0) };
const labelled = (...labels: (number | null)[]): Sampled[] =>
  labels.map((label, i) => ({ name: String(i), label, image: pixel }));
const predicting = (...predicted: number[]) => ({ predicted }) as unknown as Trial;

describe('whether accuracy is at chance', () => {
  it('is measured against what labels and predictions would agree on by themselves', () => {
    assert.equal(chanceAgreement(labelled(0, 1, 0, 1), predicting(0, 1, 1, 0), 2), 0.5);
    // Always the same answer is at chance, however common that class is.
    assert.equal(chanceAgreement(labelled(0, 0, 0, 1), predicting(0, 0, 0, 0), 2), 0.75);
    assert.equal(chanceAgreement(labelled(3, 3), predicting(3, 3), 10), 0.1);
    assert.equal(chanceAgreement(labelled(null), predicting(1), 10), null);
  });

  it('is said of 7 % right with ten classes, and of coins, and not of a network that works', () => {
    assert.equal(standing(5, 64, 0.1), 'chance');
    assert.equal(standing(35, 64, 0.5), 'chance');
    assert.equal(standing(8, 64, 0.001), 'chance');
    assert.equal(standing(30, 64, 0.1), 'above');
    assert.equal(standing(50, 50, 0.1), 'above');
  });

  it('is left open where images are too few to tell', () => {
    assert.equal(standing(0, 1, 0.1), 'undecided');
    assert.equal(standing(1, 2, 0.5), 'undecided');
    assert.equal(standing(0, 6, 0.1), 'chance');
    // Of two classes, ten and a thousand: all wrong, and one image less.
    const fewest = [0.5, 0.1, 0.001].map((chance) => [3, 5, 6].map((n) => standing(0, n, chance)));
    assert.deepEqual(fewest, [
      ['chance', 'chance', 'chance'],
      ['undecided', 'chance', 'chance'],
      ['undecided', 'undecided', 'chance'],
    ]);
    assert.equal(standing(0, 2, 0.5), 'undecided');
    assert.equal(standing(0, 4, 0.1), 'undecided');
  });

  it('is said of a network that works, halfway from chance to perfect, in 2.5 % of samples at most', () => {
    const chances = [0.001, 0.1, 0.25, 0.5, 0.8];
    for (const chance of chances) {
      const accuracy = (1 + chance) / 2;
      for (let n = 1; n <= 64; n++) {
        let [term, stopped] = [(1 - accuracy) ** n, 0];
        for (let right = 0; right <= n; right++) {
          if (standing(right, n, chance) === 'chance') stopped += term;
          term *= ((n - right) / (right + 1)) * (accuracy / (1 - accuracy));
        }
        assert.ok(stopped <= 0.025, `${stopped} of samples of ${n} at chance ${chance}`);
      }
    }
  });

  it('is never said where all are right, however the classes are spread', () => {
    for (let n = 1; n <= 10; n++) {
      for (let second = 0; second < n; second++) {
        const classes = Array.from({ length: n }, (_, i) => Number(i < second));
        const chance = chanceAgreement(labelled(...classes), predicting(...classes), 2) ?? NaN;
        assert.notEqual(standing(n, n, chance), 'chance');
      }
    }
  });
});

describe('whether two outputs are two quantities', () => {
  const random = seededRandom('outputs');
  const logits = (of: (a: number, b: number) => [number, number]) =>
    Array.from({ length: 40 }, () => {
      const [a, b] = gaussianVector(2, random);
      return Float64Array.from(of(a, b));
    });

  it('is so where they move independently, or together', () => {
    assert.equal(looksLikeRegression(logits((a, b) => [a, b])), true);
    assert.equal(looksLikeRegression(logits((a, b) => [a, a + 0.1 * b])), true);
  });

  it('is not so where one rises as the other falls, as a softmax trains them, or one is constant', () => {
    assert.equal(looksLikeRegression(logits((a, b) => [a + 0.2 * b, -a + 0.2 * b])), false);
    assert.equal(looksLikeRegression(logits((a) => [0, a])), false);
  });

  it('is never said of a few inputs, or of three outputs', () => {
    assert.equal(looksLikeRegression(logits((a, b) => [a, b]).slice(0, 5)), false);
    assert.equal(looksLikeRegression(logits((a, b) => [a, b]).map(([a, b]) => Float64Array.of(a, b, 0))), false);
  });
});

describe('whether images can be the model’s', () => {
  const digits = { height: 28, width: 28, channels: 1 } as const;
  const photograph: Pixels = {
    ...{ height: 480, width: 640, channels: 3 },
    data: Uint8Array.from({ length: 480 * 640 * 3 }, (_, i) => (i % 3 === 0 ? 200 : i % 97)),
  };
  const grey = (side: number): Pixels => ({
    ...{ height: side, width: side, channels: 1 },
    data: Uint8Array.from({ length: side * side }, (_, i) => i % 251),
  });
  const sample = (...images: Pixels[]): Sampled[] =>
    images.map((image, i) => ({ name: `${i}.png`, label: null, image }));

  it('is doubted of a photograph that a digit net would see in grey and shrunk, with both sizes', () => {
    const said = misfitOf(sample(photograph), digits) ?? '';
    assert.match(said, /0\.png is 640 × 480, and the network sees 28 × 28 in grey/);
  });

  it('is doubted of what is much larger, much smaller, or one colour all over', () => {
    assert.match(misfitOf(sample(grey(300)), digits) ?? '', /little of it is left/);
    assert.match(misfitOf(sample(grey(28)), { height: 224, width: 224, channels: 3 }) ?? '', /enlarged that much/);
    const blank: Pixels = { ...grey(28), data: new Uint8Array(28 * 28).fill(7) };
    assert.match(misfitOf(sample(blank), digits) ?? '', /nothing in it/);
  });

  it('is not doubted of images of the network’s size, of photographs for a network of photographs, or for single ones', () => {
    assert.equal(misfitOf(sample(grey(28), grey(32)), digits), null);
    assert.equal(misfitOf(sample(photograph), { height: 224, width: 224, channels: 3 }), null);
    assert.equal(misfitOf(sample(photograph, grey(28), grey(28)), digits), null);
  });
});
