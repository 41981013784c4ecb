import { lifetimes } from './lifetimes';
import type { Network, Value } from './network';

const bytesOf = { float32: 4, int64: 8, bool: 1 };

/**
 * Bytes that the values of one image take at most at a time while the network runs, weights left out: each lives from
 * where it is made to where it is last needed. What a backend takes is a small multiple of it: onnxruntime's arena grows
 * in powers of two, and was seen to hold 1.0 (forward), 2.0 (nine cotangents) and 3.2 times as much (one cotangent).
 */
export function peakBytes(network: Network): number {
  const { order, gone, home } = lifetimes(network);
  let [live, peak] = [0, 0];
  order.forEach((value, at) => {
    if (!home.has(value)) live += bytes(value);
    peak = Math.max(peak, live);
    for (const value of gone[at]) live -= bytes(value);
  });
  return peak;
}

function bytes({ op, shape, type }: Value): number {
  if (op === 'Constant') return 0;
  return bytesOf[type] * Math.abs(shape.reduce((product, extent) => product * extent, 1));
}
