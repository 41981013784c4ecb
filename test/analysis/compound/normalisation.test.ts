import assert from 'node:assert/strict';

import {
  batchNormalisation,
  deviation,
  groupsStandardised,
  localResponseNormalised,
  rmsNormalised,
  standardised,
  unitLength,
} from '../../../src/analysis/compound/normalisation';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { assertClose } from '../../support/assertClose';
import { computed } from '../../support/compound';

const shape = [2, 6, 2, 2];
const data = Array.from({ length: 48 }, (_, i) => 3 * Math.sin(i * i) + Math.cos(i));
const tolerance = { rtol: 1e-6, atol: 1e-7 };

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const rms = (xs: readonly number[], epsilon: number): number => Math.sqrt(mean(xs.map((x) => x * x)) + epsilon);
const centred = (xs: readonly number[]): number[] => xs.map((x) => x - mean(xs));

/** f of each run of consecutive numbers. */
function inRuns(length: number, f: (run: readonly number[]) => readonly number[]): number[] {
  return Array.from({ length: data.length / length }, (_, i) => f(data.slice(i * length, (i + 1) * length))).flat();
}

describe('a normalisation', () => {
  it('by batch statistics is γ (x − mean)/√(variance + ε) + β, with γ = 1 and β = 0 where there are none', () => {
    const statistics = { mean: [1, -2], variance: [4, 0.25], epsilon: 1e-3 };
    const full = batchNormalisation({ ...statistics, gamma: [3, 0.5], beta: [0.1, -7] });
    const x = 1.7;
    assertClose(
      full.scale.map((scale, c) => x * scale + full.shift[c]),
      [(3 * (x - 1)) / Math.sqrt(4.001) + 0.1, (0.5 * (x + 2)) / Math.sqrt(0.251) - 7],
      tolerance,
    );
    const plain = batchNormalisation(statistics);
    assertClose(plain.scale, [1 / Math.sqrt(4.001), 1 / Math.sqrt(0.251)], tolerance);
    assertClose(plain.shift, [-1 / Math.sqrt(4.001), 2 / Math.sqrt(0.251)], tolerance);
  });

  it('of an instance standardises each channel of each image', () => {
    const expected = inRuns(4, (run) => centred(run).map((x) => x / rms(centred(run), 1e-3)));
    assertClose(
      computed((b, x) => standardised(b, x, [2, 3], 1e-3), shape, data),
      expected,
      tolerance,
    );
  });

  it('of groups standardises the channels of a group together', () => {
    const expected = inRuns(8, (run) => centred(run).map((x) => x / rms(centred(run), 1e-5)));
    assertClose(
      computed((b, x) => groupsStandardised(b, x, 3, 1e-5), shape, data),
      expected,
      tolerance,
    );
  });

  it('by the root mean square leaves the mean in, and the deviation takes it out', () => {
    assertClose(
      computed((b, x) => rmsNormalised(b, x, [1, 2, 3], 1e-2), shape, data),
      inRuns(24, (run) => run.map((x) => x / rms(run, 1e-2))),
      tolerance,
    );
    assertClose(
      computed((b, x) => deviation(b, x, [1, 2, 3], 1e-2), shape, data),
      inRuns(24, (run) => [rms(centred(run), 1e-2)]),
      tolerance,
    );
  });

  it('to unit length divides by the norm, and by √least where that is larger', () => {
    const flat = [3, 4, 1e-8, 0];
    assertClose(
      computed((b, x) => unitLength(b, x, [1], 1e-12), [2, 2], flat),
      [0.6, 0.8, 0.01, 0],
      tolerance,
    );
    assertClose(
      computed((b, x) => unitLength(b, x, [1], null), [2, 2], flat),
      [0.6, 0.8, 1, 0],
      tolerance,
    );
  });

  it('by local responses divides by a power of the squares in the neighbouring channels', () => {
    const settings = { size: 3, alpha: 0.3, beta: 0.75, bias: 2 };
    const expected = data.map((x, i) => {
      const channel = Math.floor(i / 4) % 6;
      const near = [-1, 0, 1]
        .filter((step) => channel + step >= 0 && channel + step < 6)
        .map((step) => data[i + 4 * step]);
      return x / (2 + (0.3 / 3) * near.reduce((sum, y) => sum + y * y, 0)) ** 0.75;
    });
    assertClose(
      computed((b, x) => localResponseNormalised(b, x, settings), shape, data),
      expected,
      tolerance,
    );
  });

  it('shares its nodes with another of the same input', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 8]);
    const standard = standardised(b, x, [1], 1e-5);
    assert.ok('inputs' in standard);
    assert.equal(standard.inputs[1], deviation(b, x, [1], 1e-5));
  });
});
