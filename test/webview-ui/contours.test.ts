import assert from 'node:assert/strict';

import { contour, levels, signedMargins, winner } from '../../webview-ui/figures/contours';
import { assertClose } from '../support/assertClose';

const size = 61;
const extent = [-2, 2, -1, 3] as const;
const at = (i: number, low: number, high: number) => low + ((high - low) * i) / (size - 1);
const grid = (f: (x: number, y: number) => number) =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => f(at(column, -2, 2), at(row, -1, 3))),
  );

describe('contours of a grid', () => {
  it('are exact lines for a linear function', () => {
    const segments = contour(
      grid((x, y) => 2 * x - y),
      extent,
      0.3,
    );
    assert.ok(segments.length >= size - 1);
    for (const [x1, y1, x2, y2] of segments) {
      assertClose([2 * x1 - y1], [0.3], { atol: 1e-9 });
      assertClose([2 * x2 - y2], [0.3], { atol: 1e-9 });
    }
  });

  it('close around a circle, at its radius and with its length', () => {
    const segments = contour(
      grid((x, y) => Math.hypot(x, y - 1)),
      extent,
      1.3,
    );
    let length = 0;
    const ends = new Map<string, number>();
    for (const [x1, y1, x2, y2] of segments) {
      assertClose([Math.hypot(x1, y1 - 1)], [1.3], { rtol: 1e-3 });
      length += Math.hypot(x2 - x1, y2 - y1);
      for (const end of [`${x1.toFixed(9)} ${y1.toFixed(9)}`, `${x2.toFixed(9)} ${y2.toFixed(9)}`]) {
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    }
    assertClose([length], [2 * Math.PI * 1.3], { rtol: 2e-3 });
    assert.ok(
      [...ends.values()].every((n) => n === 2),
      'every end must be the end of two segments',
    );
  });

  it('are none where the function stays on one side', () => {
    assert.deepEqual(
      contour(
        grid((x) => x),
        extent,
        5,
      ),
      [],
    );
  });

  it('of margins stand at round levels inside their range', () => {
    assert.deepEqual(levels([[0, 11.2]]), [5, 10]);
    assert.deepEqual(levels([[0, 0.07]]), [0.02, 0.04, 0.06]);
    assert.deepEqual(levels([[0, 0]]), []);
  });
});

describe('the winning class between grid points', () => {
  const logits = (x: number, y: number) => [x + 0.2 * y, 0.4 - x, 0.9 * y - 1.1];
  const sorted = (x: number, y: number) =>
    logits(x, y)
      .map((value, label) => ({ value, label }))
      .sort((a, b) => b.value - a.value);
  const labels = grid((x, y) => sorted(x, y)[0].label);
  const margins = grid((x, y) => sorted(x, y)[0].value - sorted(x, y)[1].value);

  it('is the class of the logits, away from where three classes meet', () => {
    let wrong = 0;
    for (let i = 0; i < 400; i++) {
      const [u, v] = [((i * 37) % 400) * 0.1499, ((i * 91) % 400) * 0.1499];
      if (winner(labels, margins, u, v) !== sorted(at(u, -2, 2), at(v, -1, 3))[0].label) wrong++;
    }
    assert.ok(wrong <= 2, `${wrong} of 400 points have the wrong class`);
  });

  it('changes on the contour of the signed margins', () => {
    for (const [x1, y1] of contour(signedMargins(labels, margins, 0), extent, 0)) {
      const [first, second] = sorted(x1, y1);
      assert.ok(first.value - second.value < 0.05, `margin ${first.value - second.value} at ${x1}, ${y1}`);
    }
  });
});
