import assert from 'node:assert/strict';

import type { Tensor } from '../../src/analysis/backends/backend';
import { caseModel, operatorCases } from '../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Network } from '../../src/analysis/network/network';
import { attentionModel, normal, residualModel } from './networks';

/** By title, every case of every operator, and two small whole networks; three logits each. */
export const smallModels: Readonly<Record<string, () => Network>> = {
  ...Object.fromEntries(
    Object.entries(operatorCases).flatMap(([op, cases]) =>
      cases.map((one) => [`${op} ${one.title}`, () => caseModel(new NetworkBuilder(), one)]),
    ),
  ),
  'a residual network': () => residualModel(new NetworkBuilder()),
  'a transformer block': () => attentionModel(new NetworkBuilder()),
};

/** Standard normal numbers that belong to a key, in single precision, so that every engine sees the same. */
export function single(shape: readonly number[], key: string): Tensor {
  return { shape, data: Float32Array.from(normal(shape, key).data) };
}

/** Output by output; the tolerance is relative to an output's largest entry, as float32 sums round. */
export function assertNear(
  actual: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
  tolerance: number,
): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, numbers] of Object.entries(expected)) {
    assert.equal(actual[name].length, numbers.length);
    const largest = Math.max(...Array.from(numbers, Math.abs));
    const error = Math.max(...Array.from(numbers, (entry, i) => Math.abs(entry - actual[name][i])));
    assert.ok(error <= tolerance * largest, `${name} is off by ${error} where the largest entry is ${largest}`);
  }
}
