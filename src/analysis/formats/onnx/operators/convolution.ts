import { reach, transposedPads } from '../../../compound/windows';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';
import { largerEnd, windows } from './window';

/** Weight and, where there is one, bias of a convolution: constants. */
function weights(node: OnnxNode): Value[] {
  const weight = node.constant(1, 'the weight of a convolution');
  return node.has(2) ? [weight, node.constant(2, 'the bias of a convolution')] : [weight];
}

function conv(node: OnnxNode): Value {
  const x = node.value(0);
  const [weight, ...bias] = weights(node);
  const { strides, dilations, pads } = windows(node, weight.shape.slice(2), x.shape.slice(2));
  const group = node.int('group', 1);
  if (pads.every((pad) => pad >= 0)) {
    return node.builder.add('Conv', [x, weight, ...bias], { strides, dilations, pads, group }, node.label);
  }
  const rank = pads.length / 2;
  const axes = pads.slice(0, rank).map((_, i) => i + 2);
  const cropped = node.builder.slice(
    x,
    axes,
    axes.map((_, i) => Math.max(0, -pads[i])),
    axes.map((axis, i) => x.shape[axis] - Math.max(0, -pads[i + rank])),
  );
  const rest = pads.map((pad) => Math.max(0, pad));
  return node.builder.add('Conv', [cropped, weight, ...bias], { strides, dilations, pads: rest, group }, node.label);
}

function convTranspose(node: OnnxNode): Value {
  const x = node.value(0);
  const [weight, ...bias] = weights(node);
  const spatial = x.shape.slice(2);
  const kernel = weight.shape.slice(2);
  const window = windows(node, kernel, spatial);
  const { strides, dilations } = window;
  const outputPadding = node.ints(
    'output_padding',
    kernel.map(() => 0),
  );
  const same = node.string('auto_pad', 'NOTSET').startsWith('SAME');
  const full = same ? spatial.map((extent, i) => extent * strides[i]) : undefined;
  const wanted = node.ints('output_shape', full)?.slice(-spatial.length);
  // Of the extents wanted, the output padding is no part.
  const bare = wanted?.map((extent, i) => extent - outputPadding[i]);
  const fitted = bare && transposedPads(spatial, window, bare, largerEnd(node));
  return node.builder.add(
    'ConvTranspose',
    [x, weight, ...bias],
    {
      strides,
      dilations,
      group: node.int('group', 1),
      pads: fitted?.pads ?? window.pads,
      outputPadding: outputPadding.map((cells, i) => cells + (fitted?.outputPadding[i] ?? 0)),
    },
    node.label,
  );
}

/** Adds overlapping blocks into an image: a transposed convolution whose kernels each hold a single one. */
function columnsToImage(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const image = node.numbers(1, 'the image shape');
  const block = node.numbers(2, 'the block shape');
  const window = windows(node, block, image);
  const { strides, dilations, pads } = window;
  const rank = image.length;
  const cells = block.reduce((product, extent) => product * extent, 1);
  const channels = node.fixedExtent(x.shape, 1) / cells;
  const positions = image.map((extent, i) => {
    const room = extent + pads[i] + pads[i + rank] - reach(window, i);
    return Math.floor(room / strides[i]) + 1;
  });
  const outputPadding = image.map((extent, i) => {
    return extent + pads[i] + pads[i + rank] - (positions[i] - 1) * strides[i] - reach(window, i);
  });
  const kernels = new Float32Array(channels * cells * cells);
  for (let channel = 0; channel < channels; channel++) {
    for (let cell = 0; cell < cells; cell++) kernels[(channel * cells + cell) * cells + cell] = 1;
  }
  return builder.add(
    'ConvTranspose',
    [
      builder.reshape(x, [x.shape[0], channels * cells, ...positions]),
      builder.constant(kernels, [channels * cells, 1, ...block]),
    ],
    { strides, dilations, pads, outputPadding, group: channels },
    node.label,
  );
}

/** Convolutions. */
export const convolution: Readonly<Record<string, Translation>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Col2Im: columnsToImage,
};
