import type { ConstantValue, OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import { type Pullback, type Rule } from './pullback';

/** Rules of convolutions and matrix products. */
export const linearRules = {
  Conv: (pull, y, cotangent) => {
    const { strides, group } = y.attributes;
    // Measured on onnxruntime: a Conv with the turned kernel beats ConvTranspose at stride 1, but neither with strides,
    // where it would see mostly zeros, nor depthwise.
    const depthwise = group > 1 && weightOf(y).shape[1] === 1;
    return strides.every((stride) => stride === 1) && !depthwise
      ? turnedConv(pull, y, cotangent)
      : transposedConv(pull, y, cotangent);
  },
  ConvTranspose: (pull, y, cotangent) => {
    const { builder } = pull;
    const [x] = y.inputs;
    const { outputPadding, ...attributes } = y.attributes;
    const rank = x.shape.length - 2;
    // Output padding is room at the end that the end pad would have cut off.
    const end = outputPadding.map((room, i) => attributes.pads[rank + i] - room);
    const cropped = crop(pull, cotangent, [...end.map(() => 0), ...end.map((pad) => Math.max(0, -pad))]);
    const pads = [...attributes.pads.slice(0, rank), ...end.map((pad) => Math.max(0, pad))];
    return builder.add('Conv', [cropped, weightOf(y)], { ...attributes, pads });
  },
  MatMul: (pull, y, cotangent, index) => {
    const { builder } = pull;
    const [a, b] = y.inputs;
    const product =
      index === 0
        ? pull.combine(cotangent, matrixTranspose(pull, b), (dy, bT) => builder.matMul(dy, bT))
        : pull.combine(cotangent, matrixTranspose(pull, a), (dy, aT) => builder.matMul(aT, dy));
    return pull.sumTo(product, y.inputs[index].shape);
  },
} satisfies { [O in Operator]?: Rule<O> };

function weightOf(y: OperatorValue<'Conv' | 'ConvTranspose'>): ConstantValue {
  const [, weight] = y.inputs;
  if (weight.op !== 'Constant') throw new Error(`${y.op} takes constant weights`);
  return weight;
}

function matrixTranspose({ builder }: Pullback, x: Value): Value {
  const last = x.shape.length - 1;
  return builder.transpose(x, [...x.shape.keys()].with(last, last - 1).with(last - 1, last));
}

/** Cuts entries off the spatial axes at [begin…, end…]. */
function crop({ builder }: Pullback, x: Value, amounts: readonly number[]): Value {
  const rank = x.shape.length - 2;
  const axes = Array.from({ length: rank }, (_, i) => i + 2);
  return builder.slice(
    x,
    axes,
    axes.map((_, i) => amounts[i]),
    axes.map((axis, i) => x.shape[axis] - amounts[rank + i]),
  );
}

/** The adjoint of a Conv by the transposed convolution: any stride, any group. */
function transposedConv(pull: Pullback, y: OperatorValue<'Conv'>, cotangent: Value): Value {
  const { shape } = y.inputs[0];
  const weight = weightOf(y);
  const { strides, pads, dilations } = y.attributes;
  const rank = strides.length;
  // What the stride left over at the end of the image.
  const outputPadding = strides.map((stride, i) => {
    const padded = shape[i + 2] + pads[i] + pads[i + rank];
    return padded - ((y.shape[i + 2] - 1) * stride + dilations[i] * (weight.shape[i + 2] - 1) + 1);
  });
  return pull.builder.add('ConvTranspose', [cotangent, weight], { ...y.attributes, outputPadding });
}

/** The adjoint of a Conv of stride 1: a Conv with the kernel turned in space and transposed in the channels. */
function turnedConv(pull: Pullback, y: OperatorValue<'Conv'>, cotangent: Value): Value {
  const { builder } = pull;
  const weight = weightOf(y);
  const { strides, pads, dilations, group } = y.attributes;
  const [outputs, inputsPerGroup, ...kernel] = weight.shape;
  const spatial = kernel.map((_, i) => i);

  const grouped = builder.reshape(weight, [group, outputs / group, inputsPerGroup, ...kernel]);
  const exchanged = builder.transpose(grouped, [0, 2, 1, ...spatial.map((i) => i + 3)]);
  const transposed = builder.reshape(exchanged, [group * inputsPerGroup, outputs / group, ...kernel]);
  const turned = builder.slice(
    transposed,
    spatial.map((i) => i + 2),
    kernel.map((extent) => extent - 1),
    kernel.map(() => -1),
    kernel.map(() => -1),
  );

  // Beyond the kernel's reach the padding made outputs that no pixel has a part in: they are cut off.
  const reach = [...kernel, ...kernel].map((extent, i) => dilations[i % kernel.length] * (extent - 1) - pads[i]);
  const cropped = crop(
    pull,
    cotangent,
    reach.map((pad) => Math.max(0, -pad)),
  );
  const turnedPads = reach.map((pad) => Math.max(0, pad));
  return builder.add('Conv', [cropped, turned], { strides, pads: turnedPads, dilations, group });
}
