import type { Shape, Value } from './network';
import type { OperatorAttributes } from './operators';
import { check, checkCount, checkTypes, FLOATS } from './shapeChecks';
import { dependsOnBatch, sameShape, type TensorType } from './shapes';

interface Window {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** Checks the image of a convolution or pool and returns its spatial extents. */
function spatialExtents(x: Value, kernel: readonly number[], { strides, pads, dilations }: Window): readonly number[] {
  const rank = x.shape.length - 2;
  check(rank >= 1 && rank <= 3, 'expected an image of 1, 2 or 3 spatial dimensions as [n, channels, …]');
  check(!dependsOnBatch(x.shape.slice(1)), 'the batch must be the first dimension');
  check(kernel.length === rank, `the kernel must have ${rank} spatial extents, got ${kernel.length}`);
  check(strides.length === rank && dilations.length === rank, `strides and dilations must have ${rank} entries`);
  check(pads.length === 2 * rank, `pads must have ${2 * rank} entries, got ${pads.length}`);
  check(
    [...kernel, ...strides, ...dilations].every((extent) => Number.isInteger(extent) && extent >= 1),
    'kernel, strides and dilations must be at least 1',
  );
  check(
    pads.every((pad) => Number.isInteger(pad) && pad >= 0),
    'pads must not be negative',
  );
  return x.shape.slice(2);
}

function windowed(extents: readonly number[], kernel: readonly number[], { strides, pads, dilations }: Window): Shape {
  return extents.map((extent, i) => {
    const room = extent + pads[i] + pads[i + extents.length] - dilations[i] * (kernel[i] - 1) - 1;
    check(room >= 0, `the window is larger than the padded image in spatial dimension ${i}`);
    return Math.floor(room / strides[i]) + 1;
  });
}

/** Of a pool: windows over every channel. */
export function pool(inputs: readonly Value[], attributes: OperatorAttributes['MaxPool']): TensorType {
  checkCount(inputs, 1);
  checkTypes(inputs, FLOATS);
  const { shape, type } = inputs[0];
  const extents = spatialExtents(inputs[0], attributes.kernel, attributes);
  return { shape: [shape[0], shape[1], ...windowed(extents, attributes.kernel, attributes)], type };
}

/** What Conv and ConvTranspose share: constant weights, and a bias for each output channel. */
function checkWeights(inputs: readonly Value[], group: number, outputs: (weight: Shape) => number): void {
  checkCount(inputs, 2, 3);
  checkTypes(inputs, FLOATS);
  const [x, weight, bias] = inputs;
  check(weight.op === 'Constant' && (inputs.length < 3 || bias.op === 'Constant'), 'weight and bias must be constant');
  check(weight.shape.length === x.shape.length, 'weight and image must be of one rank');
  check(
    Number.isInteger(group) && group >= 1 && weight.shape[0] % group === 0,
    `group must divide ${weight.shape[0]}, got ${group}`,
  );
  if (inputs.length === 3) {
    check(sameShape(bias.shape, [outputs(weight.shape)]), 'bias must have one entry per channel');
  }
}

/** Of a convolution: an image of the weight's output channels. */
export function conv(inputs: readonly Value[], attributes: OperatorAttributes['Conv']): TensorType {
  const { group } = attributes;
  checkWeights(inputs, group, (weight) => weight[0]);
  const [x, weight] = inputs;
  const kernel = weight.shape.slice(2);
  const extents = spatialExtents(x, kernel, attributes);
  check(x.shape[1] === weight.shape[1] * group, `the weight expects ${weight.shape[1] * group} channels`);
  return { shape: [x.shape[0], weight.shape[0], ...windowed(extents, kernel, attributes)], type: x.type };
}

/** Of a transposed convolution: all that the kernel reaches, and the room at the end, less the pads. */
export function convTranspose(inputs: readonly Value[], attributes: OperatorAttributes['ConvTranspose']): TensorType {
  const { group, strides, pads, dilations, outputPadding } = attributes;
  checkWeights(inputs, group, (weight) => weight[1] * group);
  const [x, weight] = inputs;
  const kernel = weight.shape.slice(2);
  const extents = spatialExtents(x, kernel, attributes);
  check(x.shape[1] === weight.shape[0], `the weight expects ${weight.shape[0]} channels`);
  check(outputPadding.length === extents.length, `outputPadding must have ${extents.length} entries`);
  const spatial = extents.map((extent, i) => {
    const full = (extent - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 + outputPadding[i];
    const result = full - pads[i] - pads[i + extents.length];
    check(result >= 1, `nothing is left of spatial dimension ${i}`);
    return result;
  });
  return { shape: [x.shape[0], weight.shape[1] * group, ...spatial], type: x.type };
}
