import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';

/**
 * Values one after another along an axis. The batch of a file with a fixed one may meet constants of batch 1 there, such as
 * class tokens, which are repeated; empty vectors are left out.
 */
export function concatenated(b: NetworkBuilder, values: readonly Value[], axis: number, label?: string): Value {
  const batch = values.find(({ shape }) => shape.some((dim) => dim < 0))?.shape;
  const fitting = values.map((value) => {
    const shape = value.shape.map((dim, i) => (i !== axis && dim === 1 && batch && batch[i] < 0 ? batch[i] : dim));
    return b.expand(value, shape);
  });
  const filled = fitting.filter(({ shape }) => shape.length !== 1 || shape[0] !== 0);
  return b.add('Concat', filled.length > 0 ? filled : fitting, { axis }, label);
}
