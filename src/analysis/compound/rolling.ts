import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** A value moved along an axis by so many places; what passes the end comes in at the front. The axis must not be the batch. */
export function rolled(b: NetworkBuilder, x: Value, axis: number, by: number): Value {
  const extent = x.shape[axis];
  const shift = extent === 0 ? 0 : ((by % extent) + extent) % extent;
  if (shift === 0) return x;
  const part = (from: number, to: number): Value => b.slice(x, [axis], [from], [to]);
  return b.concat([part(extent - shift, extent), part(0, extent - shift)], axis);
}
