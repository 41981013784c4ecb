import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** A value as [n, K], where its further extents are 1; undefined where it holds something else. */
export function classScores(value: Value, builder: NetworkBuilder): Value | undefined {
  const [batch, classes = 1, ...rest] = value.shape;
  if (value.type !== 'float32' || batch !== -1) return undefined;
  const all = [classes, ...rest];
  const extended = all.filter((extent) => extent !== 1);
  return extended.length <= 1 ? builder.reshape(value, [-1, extended[0] ?? 1]) : undefined;
}
