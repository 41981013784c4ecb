import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../../network/builder';
import type { NodeOf, Value } from '../../network/network';
import { nodeName } from '../../network/shapes';
import type { Lowerings } from '../lowered';
import { pools, spelledOut } from '../onnxruntime/lowering';
import { groupedConvTranspose } from './groups';

/**
 * Convolutions of 6, 9, 18, … channels (multiples of 3, but not of 4) come out wrong, without a message: zeros make them a
 * multiple of 4. So do those in groups where two or four outputs that are computed at once belong to two groups.
 */
function conv(b: NetworkBuilder, inputs: readonly Value[], { attributes, label }: NodeOf<'Conv'>): Value {
  const { group } = attributes;
  const [x, weight, ...bias] = inputs;
  const [channels, outputs] = [x.shape[1], weight.shape[0]];
  const atOnce = [4, 2, 1].find((n) => outputs % n === 0) ?? 1;
  const perGroup = outputs / group;
  if (group > 1 && perGroup >= 4 && perGroup % atOnce !== 0) return withMoreOutputs(b, inputs, attributes, label);
  const isRight = group > 1 || channels <= 3 || channels % 3 !== 0 || channels % 4 === 0;
  if (isRight) return b.add('Conv', inputs, attributes, label);
  const [wideX, wideWeight] = [x, weight].map((value) => withZeros(b, value, 1, 4 - (channels % 4)));
  return b.add('Conv', [wideX, wideWeight, ...bias], attributes, label);
}

/** With zeros for further outputs, which make those of a group a multiple of 4, and are cut off. */
function withMoreOutputs(
  b: NetworkBuilder,
  [x, weight, ...bias]: readonly Value[],
  attributes: NodeOf<'Conv'>['attributes'],
  label: string | undefined,
): Value {
  const { group } = attributes;
  const perGroup = weight.shape[0] / group;
  const room = 4 - (perGroup % 4);
  const [wideWeight, ...wideBias] = [weight, ...bias].map((value) => {
    const rest = value.shape.slice(1);
    const wide = withZeros(b, b.reshape(value, [group, perGroup, ...rest]), 1, room);
    return b.reshape(wide, [group * (perGroup + room), ...rest]);
  });
  const result = b.add('Conv', [x, wideWeight, ...wideBias], attributes, label);
  const grouped = b.reshape(result, result.shape.toSpliced(1, 1, group, perGroup + room));
  return b.reshape(b.slice(grouped, [2], [0], [perGroup]), result.shape.with(1, group * perGroup));
}

function withZeros(b: NetworkBuilder, x: Value, axis: number, room: number): Value {
  const rank = x.shape.length;
  return b.pad(
    x,
    Array<number>(2 * rank)
      .fill(0)
      .with(rank + axis, room),
  );
}

/** In groups of more than one channel they come out wrong, without a message; of volumes there are none. */
function convTranspose(b: NetworkBuilder, inputs: readonly Value[], node: NodeOf<'ConvTranspose'>): Value {
  const { attributes, label } = node;
  const [x] = inputs;
  if (x.shape.length > 4) {
    throw new AnalysisError(
      'unsupported-op',
      `${nodeName('ConvTranspose', label)} is of a volume (a gradient of strided convolutions and overlapping max-pools is, too), which onnxruntime does not run on WebGPU; take --backend onnxruntime.`,
    );
  }
  const isWrong = attributes.group > 1 && x.shape[1] > attributes.group;
  return isWrong ? groupedConvTranspose(b, inputs, node) : b.add('ConvTranspose', inputs, attributes, label);
}

/** Slices backwards with steps come out wrong, without a message: what they take is gathered. */
function slice(b: NetworkBuilder, [x]: readonly Value[], { attributes, label }: NodeOf<'Slice'>): Value {
  const { axes, starts, ends, steps } = attributes;
  const places = [...axes.keys()];
  const forwards = places.filter((place) => steps[place] > 0);
  if (forwards.length === places.length) return b.add('Slice', [x], attributes, label);
  const kept = [axes, starts, ends, steps].map((numbers) => forwards.map((place) => numbers[place]));
  const taken = forwards.length === 0 ? x : b.slice(x, kept[0], kept[1], kept[2], kept[3]);
  return places
    .filter((place) => steps[place] < 0)
    .reduce<Value>((rest, place) => {
      const indices: number[] = [];
      for (let index = starts[place]; index > ends[place]; index += steps[place]) indices.push(index);
      return b.add('Gather', [rest, b.integers(indices)], { axis: axes[place] });
    }, taken);
}

/**
 * Operators of which onnxruntime's WebGPU kernels (1.30) are wrong or not precise: Sin and Cos are as exact as the graphics
 * card's, to 1e-4 only.
 */
export const lowerings: Lowerings = {
  ...spelledOut,
  ...pools,
  Conv: conv,
  ConvTranspose: convTranspose,
  Slice: slice,
};
