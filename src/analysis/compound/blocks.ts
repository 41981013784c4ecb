import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** Whether the channels of a block run over its cells first and over the depth within each, or the other way round. */
export type ChannelOrder = 'block-first' | 'depth-first';

/** Channels of [n, C, H, W] as blocks of k × k pixels: [n, C/k², kH, kW]. */
export function depthToSpace(b: NetworkBuilder, x: Value, k: number, order: ChannelOrder): Value {
  const [n, channels, height, width] = x.shape;
  const depth = channels / k ** 2;
  const depthFirst = order === 'depth-first';
  const split = depthFirst ? [n, depth, k, k, height, width] : [n, k, k, depth, height, width];
  const perm = depthFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return b.reshape(b.transpose(b.reshape(x, split), perm), [n, depth, height * k, width * k]);
}

/** Blocks of k × k pixels of [n, C, H, W] as channels: [n, k²C, H/k, W/k]. */
export function spaceToDepth(b: NetworkBuilder, x: Value, k: number, order: ChannelOrder): Value {
  const [n, channels, height, width] = x.shape;
  const split = b.reshape(x, [n, channels, height / k, k, width / k, k]);
  const perm = order === 'depth-first' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return b.reshape(b.transpose(split, perm), [n, channels * k ** 2, height / k, width / k]);
}
