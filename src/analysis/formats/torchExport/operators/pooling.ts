import { adaptivelyAveraged, averagePooled, globallyMaxPooled, imageCells } from '../../../compound/pooling';
import { type PaddedWindow, roundedUp } from '../../../compound/windows';
import type { Value } from '../../../network/network';
import type { AtenNode, Translation } from '../node';
import { image } from './convolution';

interface PoolWindows {
  readonly x: Value;
  readonly exact: PaddedWindow;
  readonly padded: PaddedWindow;
}

function poolWindows(node: AtenNode, rank: number): PoolWindows {
  const x = image(node, node.value('self'), rank);
  const kernel = node.spread('kernel_size', rank, []);
  const padding = node.spread('padding', rank, [0]);
  // An empty list of strides is the kernel.
  const strides = (node.numbers('stride', undefined) ?? []).length === 0 ? kernel : node.spread('stride', rank, kernel);
  const exact = { kernel, strides, dilations: node.spread('dilation', rank, [1]), pads: [...padding, ...padding] };
  return { x, exact, padded: node.flag('ceil_mode', false) ? roundedUp(exact, x.shape.slice(2)) : exact };
}

const maxPool =
  (rank: number): Translation =>
  (node) => {
    const { x, padded } = poolWindows(node, rank);
    return [node.builder.add('MaxPool', [x], padded, node.label)];
  };

/** Padding counts in the mean unless the file says otherwise, and never that which `ceil_mode` adds. */
const averagePool =
  (rank: number): Translation =>
  (node) => {
    const { x, exact, padded } = poolWindows(node, rank);
    const { builder } = node;
    if (node.has('divisor_override')) {
      const mean = builder.add('AveragePool', [x], padded, node.label);
      const cells = padded.kernel.reduce((product, extent) => product * extent, 1);
      return builder.times(mean, builder.scalar(cells / node.required('divisor_override')));
    }
    const counted = imageCells(x.shape.slice(2)).map(([from, to], i): [number, number] =>
      node.flag('count_include_pad', true) ? [from - exact.pads[i], to + exact.pads[i]] : [from, to],
    );
    return averagePooled(builder, x, padded, counted, node.label);
  };

/** The extents wanted, where None keeps an extent. */
function wantedExtents(node: AtenNode, x: Value, rank: number): number[] {
  const given = node.spread('output_size', rank, []);
  return given.map((extent, i) => (extent < 0 ? x.shape[i + 2] : extent));
}

const adaptiveAverage =
  (rank: number): Translation =>
  (node) => {
    const x = image(node, node.value('self'), rank);
    return adaptivelyAveraged(node.builder, x, node.bounded(wantedExtents(node, x, rank)));
  };

const adaptiveMax =
  (rank: number): Translation =>
  (node) => {
    const x = image(node, node.value('self'), rank);
    const outputs = wantedExtents(node, x, rank);
    if (outputs.every((extent) => extent === 1)) return [globallyMaxPooled(node.builder, x, node.label)];
    const kernel = outputs.map((extent, i) => x.shape[i + 2] / extent);
    if (!kernel.every(Number.isInteger)) {
      throw node.unsupported(
        `windows of several sizes ([${x.shape.slice(2).join(', ')}] to [${outputs.join(', ')}]) are not followed`,
        'Choose an image size that the output size divides.',
      );
    }
    const ones = kernel.map(() => 1);
    const window = { kernel, strides: kernel, dilations: ones, pads: [...ones, ...ones].fill(0) };
    return [node.builder.add('MaxPool', [x], window, node.label)];
  };

/** Pools over windows and over the whole image. */
export const pooling: Readonly<Record<string, Translation>> = {
  max_pool1d: maxPool(1),
  max_pool2d: maxPool(2),
  max_pool3d: maxPool(3),
  max_pool1d_with_indices: maxPool(1),
  max_pool2d_with_indices: maxPool(2),
  max_pool3d_with_indices: maxPool(3),
  _low_memory_max_pool_with_offsets: maxPool(2),
  avg_pool1d: averagePool(1),
  avg_pool2d: averagePool(2),
  avg_pool3d: averagePool(3),
  adaptive_avg_pool1d: adaptiveAverage(1),
  adaptive_avg_pool2d: adaptiveAverage(2),
  adaptive_avg_pool3d: adaptiveAverage(3),
  _adaptive_avg_pool2d: adaptiveAverage(2),
  _adaptive_avg_pool3d: adaptiveAverage(3),
  adaptive_max_pool1d: adaptiveMax(1),
  adaptive_max_pool2d: adaptiveMax(2),
  adaptive_max_pool3d: adaptiveMax(3),
};
