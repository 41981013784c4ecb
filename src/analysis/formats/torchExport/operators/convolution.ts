import { samePads } from '../../../compound/windows';
import type { Value } from '../../../network/network';
import type { AtenNode, Translation } from '../node';

/** Weight and, where there is one, bias of a convolution: constants. */
function weights(node: AtenNode): Value[] {
  const weight = node.constant('weight');
  return node.has('bias') ? [weight, node.constant('bias')] : [weight];
}

/** The image of a convolution or pool; one without a batch is none of a classifier that runs on batches. */
export function image(node: AtenNode, x: Value, rank: number): Value {
  if (x.shape.length === rank + 2) return x;
  throw node.unsupported(
    `its input has ${x.shape.length} axes where a batch of images has ${rank + 2}`,
    'Export the model with an example of shape [1, channels, height, width].',
  );
}

function pads(node: AtenNode, x: Value, kernel: readonly number[]): number[] {
  const rank = kernel.length;
  const zeros = new Array<number>(rank).fill(0);
  const ones = zeros.map(() => 1);
  // 'same' and 'valid' are an overload of their own.
  if (node.overload === 'padding') {
    const window = { kernel, strides: ones, dilations: node.spread('dilation', rank, [1]) };
    return node.text('padding', 'valid') === 'same' ? samePads(x.shape.slice(2), window, 'end') : [...zeros, ...zeros];
  }
  const padding = node.spread('padding', rank, [0]);
  return [...padding, ...padding];
}

function conv(node: AtenNode, inputs: readonly Value[]): Value {
  const [given, weight] = inputs;
  const kernel = weight.shape.slice(2);
  const rank = kernel.length;
  const x = image(node, given, rank);
  const attributes = {
    strides: node.spread('stride', rank, [1]),
    dilations: node.spread('dilation', rank, [1]),
    pads: pads(node, x, kernel),
    group: node.number('groups', 1),
  };
  return node.builder.add('Conv', [x, ...inputs.slice(1)], attributes, node.label);
}

function convTranspose(node: AtenNode, inputs: readonly Value[]): Value {
  const [given, weight] = inputs;
  const rank = weight.shape.length - 2;
  const x = image(node, given, rank);
  const attributes = {
    strides: node.spread('stride', rank, [1]),
    dilations: node.spread('dilation', rank, [1]),
    pads: pads(node, x, weight.shape.slice(2)),
    group: node.number('groups', 1),
    outputPadding: node.spread('output_padding', rank, [0]),
  };
  return node.builder.add('ConvTranspose', [x, ...inputs.slice(1)], attributes, node.label);
}

const plain: Translation = (node) => conv(node, [node.value('input'), ...weights(node)]);
const transposed: Translation = (node) => convTranspose(node, [node.value('input'), ...weights(node)]);

/** Convolutions. */
export const convolution: Readonly<Record<string, Translation>> = {
  conv1d: plain,
  conv2d: plain,
  conv3d: plain,
  convolution: (node) => (node.flag('transposed', false) ? transposed(node) : plain(node)),
  conv_transpose1d: transposed,
  conv_transpose2d: transposed,
  conv_transpose3d: transposed,
};
