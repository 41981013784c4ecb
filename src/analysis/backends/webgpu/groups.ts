import type { NetworkBuilder } from '../../network/builder';
import type { NodeOf, Value } from '../../network/network';

/**
 * A ConvTranspose in groups of several channels without any such: for windows side by side products of matrices, else a sum
 * over the channels of a group, or the groups one by one, whichever are fewer: [n, g·m, …] from x [n, g·c, …] and the weight
 * [g·c, m, …kernel].
 */
export function groupedConvTranspose(
  b: NetworkBuilder,
  [x, weight]: readonly Value[],
  { attributes, label }: NodeOf<'ConvTranspose'>,
): Value {
  const { group, strides, pads, dilations } = attributes;
  const channels = x.shape[1] / group;
  const [, outputs, ...kernel] = weight.shape;
  const areSideBySide =
    strides.every((stride, i) => stride === kernel[i]) &&
    [...pads, ...dilations.map((d) => d - 1)].every((n) => n === 0);
  if (areSideBySide) return tiled(b, x, weight, attributes);

  if (channels <= group) {
    // Of each group the channel of that number: in groups of one they come out right.
    const inGroups = b.reshape(x, x.shape.toSpliced(1, 1, group, channels));
    const kernels = b.reshape(weight, [group, channels, outputs, ...kernel]);
    const summands = Array.from({ length: channels }, (_, c) => {
      const [of, by] = [b.slice(inGroups, [2], [c], [c + 1]), b.slice(kernels, [1], [c], [c + 1])];
      const inputs = [b.reshape(of, x.shape.with(1, group)), b.reshape(by, [group, outputs, ...kernel])];
      return b.add('ConvTranspose', inputs, attributes, label);
    });
    return summands.reduce((sum, summand) => b.plus(sum, summand));
  }
  const groups = Array.from({ length: group }, (_, g) => {
    const inputs = [
      b.slice(x, [1], [g * channels], [(g + 1) * channels]),
      b.slice(weight, [0], [g * channels], [(g + 1) * channels]),
    ];
    return b.add('ConvTranspose', inputs, { ...attributes, group: 1 }, label);
  });
  return b.concat(groups, 1);
}

/** Windows that touch and do not overlap: each cell of the result has one window, whose channels make it. */
function tiled(
  b: NetworkBuilder,
  x: Value,
  weight: Value,
  { group, outputPadding }: NodeOf<'ConvTranspose'>['attributes'],
): Value {
  const [images, all, ...extents] = x.shape;
  const [, outputs, ...kernel] = weight.shape;
  const channels = all / group;
  const product = (numbers: readonly number[]) => numbers.reduce((result, n) => result * n, 1);
  const [windows, made] = [product(extents), outputs * product(kernel)];
  const rows = b.transpose(b.reshape(x, [images, group, channels, windows]), [0, 1, 3, 2]);
  const matrices = b.reshape(weight, [group, channels, made]);
  const cells = b.reshape(isIdentity(matrices) ? rows : b.matMul(rows, matrices), [
    images,
    ...[group, ...extents],
    ...[outputs, ...kernel],
  ]);
  // [n, g, …extents, m, …kernel] to [n, g, m, extent 1, kernel 1, …].
  const rank = kernel.length;
  const pairs = kernel.flatMap((_, i) => [2 + i, 3 + rank + i]);
  const inPlace = b.transpose(cells, [0, 1, 2 + rank, ...pairs]);
  const result = b.reshape(inPlace, [images, group * outputs, ...extents.map((extent, i) => extent * kernel[i])]);
  return b.pad(result, [...Array<number>(rank + 4).fill(0), ...outputPadding]);
}

/** Whether every matrix of the stack is the identity, as those of max-pool's gradient are. */
function isIdentity(stack: Value): boolean {
  const [, rows, columns] = stack.shape;
  if (stack.op !== 'Constant' || rows !== columns) return false;
  return stack.data.every((entry, i) => entry === ((i % (rows * rows)) % (rows + 1) === 0 ? 1 : 0));
}
