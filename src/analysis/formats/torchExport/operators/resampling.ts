import {
  alongAxis,
  type Continuation,
  continued,
  copiedPixel,
  cubicKernel,
  linearKernel,
  weighedPixels,
} from '../../../compound/resampling';
import type { Value } from '../../../network/network';
import type { AtenNode, Translation } from '../node';
import { image } from './convolution';

type Mode = 'nearest' | 'nearest-exact' | 'linear' | 'cubic';

/** How one axis is resampled: the extents and how many pixels of the input a pixel of the result spans. */
interface Scaling {
  readonly from: number;
  readonly to: number;
  readonly span: number;
}

/** The input's weights in one pixel of the result. */
function pixelWeights(mode: Mode, aligned: boolean, antialias: boolean, { from, to, span }: Scaling, at: number) {
  if (mode === 'nearest') return copiedPixel(from, Math.floor(at * span));
  if (mode === 'nearest-exact') return copiedPixel(from, Math.floor((at + 0.5) * span));
  const corner = to > 1 ? (at * (from - 1)) / (to - 1) : 0;
  const x = aligned ? corner : (at + 0.5) * span - 0.5;
  // Antialiasing has a slope of its own.
  const kernel = mode === 'linear' ? linearKernel : cubicKernel(antialias ? -0.5 : -0.75);
  const stretch = antialias ? Math.max(1, span) : 1;
  return weighedPixels(from, x, kernel, { stretch, excludeOutside: antialias, normalised: antialias });
}

const resize =
  (mode: Mode, rank: number, antialias = false): Translation =>
  (node) => {
    const x = image(node, node.has('input') ? node.value('input') : node.value('self'), rank);
    const aligned = node.flag('align_corners', false);
    return scalings(node, x, rank).reduce((result, scaling, i) => {
      const { from, to } = scaling;
      if (from === to && (scaling.span === 1 || aligned)) return result;
      return alongAxis(node.builder, result, i + 2, to, (at) => pixelWeights(mode, aligned, antialias, scaling, at));
    }, x);
  };

/** By sizes or by factors; torch goes by the factors as they are written, not by the extents that they lead to. */
function scalings(node: AtenNode, x: Value, rank: number): Scaling[] {
  const sizes = node.has('output_size') ? node.spread('output_size', rank, []) : undefined;
  const names = rank === 1 ? ['scales'] : ['scales_d', 'scales_h', 'scales_w'].slice(-rank);
  const single = names.map((name) => node.number(name, undefined));
  const factors = node.has('scale_factors') ? node.spread('scale_factors', rank, []) : single;
  const shape = node.bounded(
    x.shape.map((dim, axis) => {
      if (axis < 2) return dim;
      return sizes?.[axis - 2] ?? Math.floor(node.fixedExtent(x.shape, axis) * (factors[axis - 2] ?? 1));
    }),
  );
  return shape.slice(2).map((to, i): Scaling => {
    const from = x.shape[i + 2];
    const factor = factors[i];
    return { from, to, span: factor !== undefined && factor > 0 ? 1 / factor : from / to };
  });
}

/** Pads that repeat the image, given from the last axis on: [left, right, top, bottom, …]. */
const padded =
  (how: Continuation): Translation =>
  (node) =>
    continuedImage(node, node.value('self'), node.numbers('padding', []), how);

function continuedImage(node: AtenNode, x: Value, pads: readonly number[], how: Continuation): Value {
  return perAxis(node, x, pads).reduce((result, [axis, begin, end]) => {
    node.fixedExtent(x.shape, axis);
    node.bounded([begin + x.shape[axis] + end]);
    const cropped = cut(node, result, axis, begin, end);
    return continued(node.builder, cropped, axis, [Math.max(0, begin), Math.max(0, end)], how);
  }, x);
}

function perAxis(node: AtenNode, x: Value, pads: readonly number[]): (readonly [number, number, number])[] {
  const axes = Math.floor(pads.length / 2);
  if (axes > x.shape.length || pads.length % 2 !== 0) throw node.unreadable('it has more pads than axes');
  return Array.from({ length: axes }, (_, i) => [x.shape.length - 1 - i, pads[2 * i], pads[2 * i + 1]]);
}

/** Negative pads crop. */
function cut(node: AtenNode, x: Value, axis: number, begin: number, end: number): Value {
  if (begin >= 0 && end >= 0) return x;
  return node.builder.slice(x, [axis], [Math.max(0, -begin)], [x.shape[axis] - Math.max(0, -end)]);
}

function filledPad(node: AtenNode, pads: readonly number[], value: number): Value {
  const x = node.value('self');
  const rank = x.shape.length;
  const added = new Array<number>(2 * rank).fill(0);
  const cropped = perAxis(node, x, pads).reduce((result, [axis, begin, end]) => {
    [added[axis], added[axis + rank]] = [Math.max(0, begin), Math.max(0, end)];
    return cut(node, result, axis, begin, end);
  }, x);
  node.bounded(cropped.shape.map((dim, axis) => (dim < 0 ? dim : dim + added[axis] + added[axis + rank])));
  return node.builder.add('Pad', [cropped], { pads: added, value }, node.label);
}

const CONTINUATIONS: Readonly<Record<string, Continuation>> = {
  reflect: 'reflect',
  replicate: 'edge',
  circular: 'wrap',
};

function pad(node: AtenNode): Value {
  const mode = node.text('mode', 'constant');
  const pads = node.numbers('pad', []);
  return Object.hasOwn(CONTINUATIONS, mode)
    ? continuedImage(node, node.value('self'), pads, CONTINUATIONS[mode])
    : filledPad(node, pads, node.number('value', 0));
}

/** Resizing and padding. */
export const resampling: Readonly<Record<string, Translation>> = {
  upsample_nearest1d: resize('nearest', 1),
  upsample_nearest2d: resize('nearest', 2),
  upsample_nearest3d: resize('nearest', 3),
  _upsample_nearest_exact1d: resize('nearest-exact', 1),
  _upsample_nearest_exact2d: resize('nearest-exact', 2),
  _upsample_nearest_exact3d: resize('nearest-exact', 3),
  upsample_linear1d: resize('linear', 1),
  upsample_bilinear2d: resize('linear', 2),
  upsample_trilinear3d: resize('linear', 3),
  upsample_bicubic2d: resize('cubic', 2),
  _upsample_bilinear2d_aa: resize('linear', 2, true),
  _upsample_bicubic2d_aa: resize('cubic', 2, true),
  constant_pad_nd: (node) => filledPad(node, node.numbers('pad', []), node.number('value', 0)),
  pad,
  reflection_pad1d: padded('reflect'),
  reflection_pad2d: padded('reflect'),
  reflection_pad3d: padded('reflect'),
  replication_pad1d: padded('edge'),
  replication_pad2d: padded('edge'),
  replication_pad3d: padded('edge'),
};
