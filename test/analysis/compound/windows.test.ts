import assert from 'node:assert/strict';

import { averagePooled, globallyMaxPooled, imageCells, lpPooled } from '../../../src/analysis/compound/pooling';
import {
  alongAxis,
  continued,
  copiedPixel,
  cubicKernel,
  linearKernel,
  repeated,
  weighedPixels,
} from '../../../src/analysis/compound/resampling';
import { roundedUp, samePads, transposedPads } from '../../../src/analysis/compound/windows';
import { assertClose } from '../../support/assertClose';
import { computed } from '../../support/compound';

const window = { kernel: [3], strides: [2], dilations: [1] };

describe('windows', () => {
  it('of "same" padding have ⌈extent/stride⌉ places, with the odd cell at the end that is asked for', () => {
    assert.deepEqual(samePads([6, 6], { kernel: [3, 4], strides: [2, 1], dilations: [1, 1] }, 'end'), [0, 1, 1, 2]);
    assert.deepEqual(samePads([6, 6], { kernel: [3, 4], strides: [2, 1], dilations: [1, 1] }, 'begin'), [1, 2, 0, 1]);
    assert.deepEqual(samePads([5], { kernel: [1], strides: [2], dilations: [1] }, 'end'), [0, 0]);
    assert.deepEqual(samePads([7], { kernel: [3], strides: [1], dilations: [2] }, 'end'), [2, 2]);
  });

  it('that are transposed make the image asked for by cropping, or by output padding', () => {
    assert.deepEqual(transposedPads([4], window, [8], 'end'), { pads: [0, 1], outputPadding: [0] });
    assert.deepEqual(transposedPads([4], window, [8], 'begin'), { pads: [1, 0], outputPadding: [0] });
    assert.deepEqual(transposedPads([4], window, [11], 'end'), { pads: [0, 0], outputPadding: [2] });
  });

  it('rounded up in number cover the end of the image, but none starts behind it', () => {
    assert.deepEqual(roundedUp({ ...window, pads: [0, 0] }, [6]).pads, [0, 1]);
    assert.deepEqual(roundedUp({ kernel: [2], strides: [3], dilations: [1], pads: [0, 1] }, [6]).pads, [0, 1]);
  });
});

describe('a pool', () => {
  const padded = { ...window, pads: [1, 1] };

  it('of means counts the cells that it is told to', () => {
    const row = [3, 6, 9, 1];
    const pooled = (counted: readonly [number, number][]) =>
      computed((b, x) => averagePooled(b, x, padded, counted), [1, 1, 4], row);
    assertClose(pooled([[0, 4]]), [4.5, 16 / 3]);
    assertClose(pooled([[-1, 5]]), [3, 16 / 3]);
    assert.deepEqual(imageCells([4, 5]), [
      [0, 4],
      [0, 5],
    ]);
  });

  it('of p-norms adds what its windows hold, padding as 0', () => {
    assertClose(
      computed((b, x) => lpPooled(b, x, padded, 3), [1, 1, 4], [-1, 2, 0, 3]),
      [9 ** (1 / 3), 35 ** (1 / 3)],
    );
  });

  it('of the whole image finds the largest number of a channel', () => {
    assertClose(computed(globallyMaxPooled, [1, 2, 2, 2], [1, 5, 2, 3, -4, -2, -8, -9]), [5, -2]);
  });
});

describe('resampling', () => {
  const plain = { stretch: 1, excludeOutside: false, normalised: false };

  it('by lines weighs the two neighbours, and takes the edge for what lies beyond', () => {
    assertClose(weighedPixels(4, 1.25, linearKernel, plain), [0, 0.75, 0.25, 0]);
    assertClose(weighedPixels(4, -0.25, linearKernel, plain), [1, 0, 0, 0]);
    assert.deepEqual([...copiedPixel(3, 7)], [0, 0, 1]);
  });

  it('by the cubic kernel reproduces parabolas inside the image', () => {
    const row = weighedPixels(6, 2.3, cubicKernel(-0.5), plain);
    assertClose(
      [0, 1, 2].map((power) => row.reduce((sum, weight, i) => sum + weight * i ** power, 0)),
      [1, 2.3, 2.3 ** 2],
      { rtol: 1e-12 },
    );
  });

  it('without the pixels beyond the edge has weights that sum to 1', () => {
    const inner = weighedPixels(5, 0.2, cubicKernel(-0.75), { ...plain, excludeOutside: true, normalised: true });
    assertClose([inner.reduce((sum, weight) => sum + weight, 0)], [1], { rtol: 1e-12 });
  });

  it('with a stretched kernel averages the pixels that shrink into one', () => {
    const halved = weighedPixels(8, 3.5, linearKernel, { stretch: 2, excludeOutside: false, normalised: true });
    assertClose(halved, [0, 0, 1 / 8, 3 / 8, 3 / 8, 1 / 8, 0, 0]);
  });

  it('works along any axis', () => {
    const rows = [Float64Array.of(1, 2), Float64Array.of(0, 1), Float64Array.of(-1, 0)];
    const x = [1, 2, 3, 4];
    const along = (axis: number, shape: readonly number[]) =>
      computed((b, y) => alongAxis(b, y, axis, 3, (r) => rows[r]), shape, x);
    assertClose(along(3, [1, 1, 2, 2]), [5, 2, -1, 11, 4, -3]);
    assertClose(along(2, [1, 1, 2, 2]), [7, 10, 3, 4, -1, -2]);
    assertClose(along(1, [1, 2, 2, 1]), [7, 10, 3, 4, -1, -2]);
  });

  it('continues an image beyond its edges', () => {
    const row = [1, 2, 3];
    const beyond = (how: 'edge' | 'wrap' | 'reflect') =>
      computed((b, x) => continued(b, x, 1, [2, 1], how), [1, 3], row);
    assert.deepEqual(beyond('edge'), [1, 1, 1, 2, 3, 3]);
    assert.deepEqual(beyond('wrap'), [2, 3, 1, 2, 3, 1]);
    assert.deepEqual(beyond('reflect'), [3, 2, 1, 2, 3, 2]);
  });

  it('by repetition takes each place k times', () => {
    assert.deepEqual(
      computed((b, x) => repeated(b, x, 1, 2), [1, 2, 2], [1, 2, 3, 4]),
      [1, 2, 1, 2, 3, 4, 3, 4],
    );
  });
});
