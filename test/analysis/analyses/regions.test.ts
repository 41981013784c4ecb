import assert from 'node:assert/strict';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { analysisError } from '../../support/analysisError';
import { AnalysisRuns } from '../../support/analysisRun';
import { assertClose } from '../../support/assertClose';
import { affine, annulus, FieldClassifier, twoSheets, zero } from '../../support/toyRegions';

const dimension = 4;
const gaussians = (n: number) =>
  Array.from({ length: n }, (_, i) => gaussianVector(dimension, seededRandom('points', i)));
/** Class 0 where x₀ < 1, class 1 beyond: both convex, with distance |1 − x₀|. */
const halfSpaces = new FieldClassifier(dimension, [zero(dimension), affine([1, 0, 0, 0], -1)]);
const onCircle = (angle: number, radius = 1) => [radius * Math.cos(angle), radius * Math.sin(angle), 0, 0];

describe('paths over many images', () => {
  it('are the straight segment of every pair in a convex region, in all three scenarios', async () => {
    const runs = new AnalysisRuns(halfSpaces, gaussians(40));
    const { items, closing } = await runs.run('paths', { pairs: 5 });
    assert.equal(items.length, 15);
    for (const { connected, straightInside, relativeLength, anchors, furthest } of items) {
      assert.deepEqual([connected, straightInside, anchors, furthest], [true, true, 0, null]);
      assertClose([relativeLength ?? NaN], [1], { rtol: 1e-12 });
    }
    assert.deepEqual(
      closing.summary.map(({ scenario, pairs, connected, straightInside }) => [
        scenario,
        pairs,
        connected,
        straightInside,
      ]),
      [
        [1, 5, 5, 5],
        [2, 5, 5, 5],
        [3, 5, 5, 5],
      ],
    );
  });

  it('bend around the hole of a ring, and take no straight line through it', async () => {
    const runs = new AnalysisRuns(annulus(dimension, 0.3), [onCircle(0), onCircle(1.6)]);
    const { items } = await runs.run('paths', { pairs: 1, scenarios: [1] });
    const [{ connected, straightInside, anchors, relativeLength, label }] = items;
    assert.deepEqual([connected, straightInside, label], [true, false, 0]);
    assert.ok(anchors >= 1 && relativeLength !== null && relativeLength > 1);
  });

  it('are not found between two sheets, with the furthest point reached', async () => {
    const runs = new AnalysisRuns(twoSheets(dimension), [
      [2, 0, 0, 0],
      [-2, 0, 0, 0],
    ]);
    const { items, closing } = await runs.run('paths', { pairs: 1, scenarios: [1] });
    assert.equal(items[0].connected, false);
    assert.equal(items[0].relativeLength, null);
    assert.ok(items[0].furthest !== null && items[0].furthest < 0.5);
    assert.deepEqual([closing.summary[0].connected, closing.summary[0].anchors], [0, null]);
  });

  it('are checked at the spacing asked for, which the report repeats', async () => {
    // A wall from .0007 to .0013: between two points .002 apart, across three that are .0002 apart.
    const walled = new FieldClassifier(dimension, [
      {
        value: ([x]) => Math.abs(x - 0.001) - 0.0003,
        gradient: ([x]) => Float64Array.of(Math.sign(x - 0.001), 0, 0, 0),
      },
      zero(dimension),
    ]);
    const ends = [
      [-1, 0, 0, 0],
      [1, 0, 0, 0],
    ];
    const runs = new AnalysisRuns(walled, ends);
    const coarse = await runs.run('paths', { pairs: 1, scenarios: [1], spacing: 1e-3 });
    const fine = await runs.run('paths', { pairs: 1, scenarios: [1] });
    assert.deepEqual([coarse.items[0].straightInside, coarse.closing.spacing], [true, 1e-3]);
    assert.deepEqual([fine.items[0].straightInside, fine.closing.spacing], [false, 1e-4]);
    assert.equal(coarse.items[0].forwards, 2 + 999);
  });

  it('do without a scenario for which the images give no pair, and say so', async () => {
    const inside = gaussians(6).map(([, ...rest]) => [-1, ...rest]);
    const runs = new AnalysisRuns(halfSpaces, inside);
    const { closing } = await runs.run('paths', { pairs: 20 });
    assert.deepEqual(
      closing.summary.map(({ scenario, pairs }) => [scenario, pairs]),
      [
        [1, 15],
        [3, 20],
      ],
    );
    assert.ok(runs.notes.some((note) => note.includes('scenario 1: 15 of 20')));
    assert.ok(runs.notes.some((note) => note.includes('scenario 2: 0 of 20')));
  });

  it('need two images of one class', async () => {
    await assert.rejects(
      new AnalysisRuns(halfSpaces, [onCircle(2)]).run('paths', { scenarios: [1, 2] }),
      analysisError('invalid-input', /two images/),
    );
  });

  it('are the same whatever runs beside each other', async () => {
    const [together, alone] = await Promise.all(
      [2 ** 26, 1].map((memory) => new AnalysisRuns(halfSpaces, gaussians(12), { memory }).run('paths', { pairs: 3 })),
    );
    assert.deepEqual(together, alone);
  });
});

describe('convex combinations over many images', () => {
  it('all keep the label in half spaces', async () => {
    const { items, closing } = await new AnalysisRuns(halfSpaces, gaussians(40)).run('convexity', { combinations: 50 });
    assert.ok(items.length >= 5 && items.every(({ rate, total }) => rate === 1 && total === 50));
    assert.equal(closing.classes, 2);
  });

  it('leave a ring, the more of them the more images are mixed', async () => {
    const ring = Array.from({ length: 24 }, (_, i) => onCircle((i * Math.PI) / 12));
    const { items } = await new AnalysisRuns(annulus(dimension, 0.3), ring).run('convexity', { members: [2, 20] });
    assert.deepEqual(
      items.map(({ m }) => m),
      [2, 20],
    );
    // 0.707 is the share of 200,000 pairs drawn by another program; four standard errors of 500.
    assertClose([items[0].rate], [0.707], { atol: 0.081 });
    assert.equal(items[1].rate, 0);
  });

  it('take no more images than the largest class has, and say so', async () => {
    const runs = new AnalysisRuns(annulus(dimension, 0.3), [onCircle(0), onCircle(1), onCircle(2)]);
    const { items } = await runs.run('convexity', { members: [2, 3, 4, 5] });
    assert.deepEqual(
      items.map(({ m }) => m),
      [2, 3],
    );
    assert.ok(runs.notes.some((note) => note.includes('4, 5')));
    await assert.rejects(
      runs.run('convexity', { members: [7] }),
      analysisError('invalid-input', /at least 7 images, got 3/),
    );
  });
});

describe('slices', () => {
  const points = [
    [0, 0, 0, 0],
    [0, 3, 0, 0],
    [4, 0, 0, 0],
  ];

  it('lie in the plane of x₂ − x₁ and r(x₁), with x₁ at the origin', async () => {
    const { closing } = await new AnalysisRuns(halfSpaces, points).run('slice', { resolution: 9 });
    const { anchors, extent, labels, margins } = closing;
    const [first, second, boundary] = anchors;
    assert.deepEqual([first.name, second.name, boundary.name], ['0', '1', 'boundary']);
    assert.deepEqual([first.onPath, second.onPath, boundary.onPath], [true, true, false]);
    assertClose([first.x, first.y, second.x, second.y, boundary.x, boundary.y], [0, 0, 3, 0, 0, 1], { atol: 1e-5 });
    // f₁ − f₀ = x₀ − 1, and the vertical axis is x₀.
    const [, , bottom, top] = extent;
    labels.forEach((row, i) => {
      const x0 = bottom + (i / 8) * (top - bottom);
      assert.ok(row.every((label) => label === (x0 > 1 ? 1 : 0)));
      assertClose(
        margins[i],
        row.map(() => Math.abs(x0 - 1)),
        { rtol: 1e-4, atol: 1e-5 },
      );
    });
  });

  it('show each segment of a bent path', async () => {
    const runs = new AnalysisRuns(annulus(dimension, 0.3), [onCircle(0, 1.1), onCircle(2.2, 1.1)]);
    const { items, closing } = await runs.run('slice', { resolution: 8, pair: ['0', '1'] });
    const bends = closing.anchors.filter(({ name }) => name.startsWith('p')).length;
    assert.ok(bends >= 1);
    assert.match(closing.title ?? '', /^From 0 to 1$/);
    assert.deepEqual(
      items.map(({ title }) => title),
      Array.from({ length: bends + 1 }, (_, i) => `Segment ${i + 1} of the path from 0 to 1`),
    );
    const [from, to] = items[0].anchors;
    assertClose([from.x, from.y, to.y], [0, 0, 0], { atol: 1e-9 });
    assert.ok(to.x > 0);
  });

  it('go through any three images', async () => {
    const runs = new AnalysisRuns(halfSpaces, points);
    const { items, closing } = await runs.run('slice', { plane: ['0', '1', '2'], resolution: 8 });
    assert.deepEqual(items, [], 'the only plane closes the analysis');
    const places = closing.anchors.map(({ x, y }) => [x, y]);
    assertClose(places.flat(), [0, 0, 3, 0, 0, 4], { atol: 1e-12 });
  });

  it('refuse images that are not there, pairs of two classes, and three images on a line', async () => {
    const runs = new AnalysisRuns(halfSpaces, [...points, [0, 6, 0, 0]]);
    await assert.rejects(runs.run('slice', { pair: ['0', '9'] }), analysisError('invalid-input', /named 9, got none/));
    await assert.rejects(runs.run('slice', { pair: ['0', '2'] }), analysisError('invalid-input', /classes 0 and 1/));
    await assert.rejects(runs.run('slice', { plane: ['0', '1', '3'] }), analysisError('invalid-input', /parallel/));
  });

  it('need a boundary and two images of one class', async () => {
    const constant = new FieldClassifier(dimension, [affine([0, 0, 0, 0], 1), zero(dimension)]);
    await assert.rejects(
      new AnalysisRuns(constant, points).run('slice'),
      analysisError('no-boundary', /boundary point/),
    );
    await assert.rejects(
      new AnalysisRuns(halfSpaces, points.slice(1)).run('slice'),
      analysisError('invalid-input', /two images of one predicted class/),
    );
  });
});
