import assert from 'node:assert/strict';

import type { LoadedModel } from '../../src/analysis/formats/format';
import { gradientNetwork } from '../../src/analysis/network/differentiate';
import { interpret, tensor } from './interpreter';

/** What a framework computed of a model, the numbers as base64 of float32. */
export interface FrameworkCase {
  /** Of an image. */
  readonly shape: readonly number[];
  readonly x: string;
  readonly cotangent: string;
  readonly logits: string;
  /** Of Σ cotangent · logits with respect to x. */
  readonly gradient: string;
}

/** Numbers as a fixture writes them. */
export function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** ‖actual − expected‖ / ‖expected‖. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [squares, all] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += (actual[i] - expected[i]) ** 2;
    all += expected[i] ** 2;
  }
  return Math.sqrt(squares / all);
}

/** Asserts that a model has the logits and gradients that its framework computed, of the first `images` or all of them. */
export function assertAsFramework(model: LoadedModel, expected: FrameworkCase, images?: number): void {
  const { shape } = expected;
  const [x, cotangent, logits, gradient] = [expected.x, expected.cotangent, expected.logits, expected.gradient].map(
    floats,
  );
  const size = shape.reduce((product, extent) => product * extent, 1);
  const all = x.length / size;
  const n = images ?? all;
  const classes = logits.length / all;
  const result = interpret(gradientNetwork(model.network, 1), {
    x: tensor([n, ...shape], x.subarray(0, n * size)),
    cotangent: tensor([n, 1, classes], cotangent.subarray(0, n * classes)),
  });
  // In float32 there, in float64 here.
  assert.ok(relativeDifference(result['logits'].data, logits.subarray(0, n * classes)) < 3e-6);
  assert.ok(relativeDifference(result['gradient'].data, gradient.subarray(0, n * size)) < 5e-6);
  assert.deepEqual(model.inputShape, shape);
}
