import { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Value } from '../../src/analysis/network/network';
import { interpret, tensor } from './interpreter';

/** What a compound operator makes of a batch, in double precision; its constants are float32. */
export function computed(
  f: (b: NetworkBuilder, x: Value) => Value,
  shape: readonly number[],
  data: readonly number[],
): number[] {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, ...shape.slice(1)]);
  return [...interpret({ inputs: { x }, outputs: { y: f(b, x) } }, { x: tensor(shape, data) })['y'].data];
}
