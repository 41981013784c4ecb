import assert from 'node:assert/strict';

import { linearisation } from '../../../../src/analysis/geometry/deepfool';
import { predictedLabel } from '../../../../src/analysis/geometry/logits';
import type { OutsidePoint, SearchedImage } from '../../../../src/analysis/geometry/nearest/image';
import { afterCut, declined, efforts, type Schedule } from '../../../../src/analysis/geometry/nearest/levels';
import { starts } from '../../../../src/analysis/geometry/nearest/starts';
import { targetedSearches } from '../../../../src/analysis/geometry/nearest/targetedSearches';
import { distanceBetween, norm, type Vector } from '../../../../src/analysis/math/vector';
import type { Classifier } from '../../../../src/analysis/model/classifier';
import { assertClose } from '../../../support/assertClose';
import { affineLogit, ball, type ClosedForm, ClosedFormClassifier, twoClasses } from '../../../support/closedForm';

const schedule: Schedule = { steps: 12, turn: [1, 0.05], shrinkage: [0.2, 0.02], cuts: {} };
const distanceOf = ({ distance }: OutsidePoint): number => distance;

async function searched(classifier: Classifier, x: Vector, more: Partial<Schedule & SearchedImage> = {}) {
  const logits = await classifier.logits(x);
  const image = { point: x, logits, label: predictedLabel(logits), range: more.range };
  const first = await linearisation(classifier, x, image.label, logits, 10);
  return targetedSearches(classifier, image, starts(image, first, 'l2', 9), { ...schedule, ...more });
}

/** Class i > 0 lies beyond the plane x_i = distances[i − 1]. */
function planes(distances: readonly number[]): ClosedFormClassifier {
  const D = distances.length;
  const unit = (i: number) => Float64Array.from({ length: D }, (_, j) => Number(j === i));
  return new ClosedFormClassifier(D, [
    affineLogit(new Float64Array(D), 0),
    ...distances.map((distance, i) => affineLogit(unit(i), -distance)),
  ]);
}

describe('targeted searches', () => {
  it('end within the last shrinkage of the planes that they aim at', async () => {
    const distances = [2, 0.5, 1, 3];
    const found = (await searched(planes(distances), new Float64Array(4))).map(distanceOf);
    [0.5, 1, 2, 3].forEach((distance, i) => {
      assert.ok(found[i] >= distance && found[i] <= 1.05 * distance, `${found[i]} for ${distance}`);
    });
  });

  it('begin beyond the linearised boundary, the nearest class first', async () => {
    const classifier = planes([2, 0.5, 1, 3]);
    const x = new Float64Array(4);
    const first = await linearisation(classifier, x, 0, await classifier.logits(x), 10);
    const begun = starts({ point: x, label: 0, range: undefined }, first, 'l2', 3);
    assert.deepEqual(
      begun.map(({ target }) => target),
      [2, 3, 1],
    );
    assertClose(
      begun.map(({ r }) => norm(r)),
      [0.51, 1.02, 2.04],
    );
  });

  it('turn towards the foot point of an ellipse, away from the first gradient', async () => {
    const ellipse: ClosedForm = {
      value: (x) => 4 - (x[0] - 3) ** 2 - 2 * (x[1] - 1) ** 2,
      gradient: (x) => Float64Array.of(-2 * (x[0] - 3), -4 * (x[1] - 1)),
      hessianProduct: (_, v) => Float64Array.of(-2 * v[0], -4 * v[1]),
    };
    const [point] = await searched(twoClasses(2, ellipse), new Float64Array(2), { steps: 40, shrinkage: [0.1, 0.001] });
    // (3 + 2 cos t, 1 + √2 sin t), sampled.
    const exact = Math.min(
      ...Array.from({ length: 1e5 }, (_, i) => {
        const t = (2 * Math.PI * i) / 1e5;
        return Math.hypot(3 + 2 * Math.cos(t), 1 + Math.SQRT2 * Math.sin(t));
      }),
    );
    assertClose([point.distance], [exact], { rtol: 3e-3 });
  });

  it('ask for one gradient a step of each that still runs after the cuts', async () => {
    const classifier = planes([2, 0.5, 1, 3]);
    await searched(classifier, new Float64Array(4), {
      cuts: { 3: { most: 3, ratio: 10 }, 6: { most: 3, ratio: 2.5 } },
    });
    assert.deepEqual(classifier.gradientCalls, [4, ...Array.from({ length: 3 * 4 + 3 * 3 + 6 * 2 }, () => 1)]);
  });

  it('with scatter take each gradient so far beside the point, and the label at the point', async () => {
    const field = ball(3, 1.3);
    const [logits, gradients]: [Vector[], Vector[]] = [[], []];
    const classifier: Classifier = {
      ...{ dimension: 3, classes: 2, smoothness: 'smooth' },
      logits: (x) => {
        logits.push(x.slice());
        return field.logits(x);
      },
      gradients: (x, cotangents) => {
        gradients.push(x.slice());
        return field.gradients(x, cotangents);
      },
      hessianProduct: (x, cotangent, v) => field.hessianProduct(x, cotangent, v),
    };
    const x = Float64Array.of(0.5, 0.1, 0.1);
    const [found] = await searched(classifier, x, { scatter: [0.6, 0.1] });
    // First what the image and its linearisation asked for.
    const [points, beside] = [logits.slice(1), gradients.slice(1)];
    assert.equal(points.length, schedule.steps);
    assertClose(
      points.map((point, step) => distanceBetween(point, beside[step]) / distanceBetween(point, x)),
      points.map((_, step) => declined([0.6, 0.1], step, schedule.steps)),
      { rtol: 1e-5 },
    );
    const outside = points.filter((point) => norm(point) > 1.3).map((point) => distanceBetween(point, x));
    assert.equal(found.distance, Math.min(...outside));
  });

  it('find nothing where the label never changes, and go nowhere where gradients vanish', async () => {
    const never: ClosedForm = {
      value: (x) => -Math.exp(x[0]),
      gradient: (x) => Float64Array.of(-Math.exp(x[0]), 0),
      hessianProduct: (x, v) => Float64Array.of(-Math.exp(x[0]) * v[0], 0),
    };
    assert.deepEqual(await searched(twoClasses(2, never), new Float64Array(2)), []);
    assert.deepEqual(await searched(twoClasses(2, affineLogit([0, 0], -1)), new Float64Array(2)), []);
  });

  it('keep inside the range, all of whose points are float32 numbers', async () => {
    const range = { lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(1) };
    const found = await searched(ball(3, 1.3), Float64Array.of(0.9, 0.1, 0.1), { range });
    assert.equal(found.length, 1);
    assert.ok(found[0].point.every((value) => Math.abs(value) <= 1 && Math.fround(value) === value));
  });
});

describe('the schedule of a search', () => {
  it('declines along half a cosine from the first value to the last', () => {
    assertClose(
      [0, 5, 10].map((step) => declined([1, 0.2], step, 10)),
      [1, 0.6, 0.2],
    );
  });

  it('cuts by number and by ratio, the nearest first', () => {
    const numbers = [5, 1, 3, 1.5, 2];
    assert.deepEqual(
      afterCut(numbers, { most: 3, ratio: 9 }, (n) => n),
      [1, 1.5, 2],
    );
    assert.deepEqual(
      afterCut(numbers, { most: 5, ratio: 2 }, (n) => n),
      [1, 1.5, 2],
    );
    assert.deepEqual(
      afterCut([], { most: 5, ratio: 2 }, (n: number) => n),
      [],
    );
  });

  it('takes at most so many gradients in L2 and in the largest change of a value, more from level to level', () => {
    const most = (begun: number, { steps, cuts }: Schedule): number => {
      let [running, sum] = [begun, 0];
      for (let step = 1; step <= steps; step++) {
        sum += running;
        running = Math.min(running, cuts[step]?.most ?? Infinity);
      }
      return sum;
    };
    const gradients = Object.values(efforts).map(({ towards, again, maximumNorm }) => {
      const first = towards.reduce((sum, one) => sum + most(one.classes, one), 0);
      const inL2 = again.reduce((sum, one) => sum + most(one.most, one), first);
      return [inL2, most(maximumNorm.classes, maximumNorm)];
    });
    assert.deepEqual(gradients, [
      [20, 36],
      [89, 88],
      [470, 230],
    ]);
  });
});
