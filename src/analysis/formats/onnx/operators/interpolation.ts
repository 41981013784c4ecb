import {
  alongAxis,
  continued,
  copiedPixel,
  cubicKernel,
  linearKernel,
  weighedPixels,
} from '../../../compound/resampling';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** How Resize places and weighs the pixels it reads. */
interface Interpolation {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly antialias: boolean;
  readonly excludeOutside: boolean;
}

/** One axis of a Resize. */
interface Scaling {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The region of tf_crop_and_resize, in fractions of the extent. */
  readonly region: readonly [number, number];
}

/** The place in the input, in pixels, of a pixel of the result. */
function sourceCoordinate(node: OnnxNode, mode: string, { from, to, scale, region }: Scaling, at: number): number {
  switch (mode) {
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (at + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      if (Math.abs(from * scale - to) > 1e-3) {
        throw node.unsupported(
          `aligned corners of ${from} · ${scale} pixels, which is no whole number, are not the same everywhere`,
          'Export with the sizes of the result in place of scales.',
        );
      }
      return to > 1 ? (at * (from - 1)) / (to - 1) : 0;
    case 'asymmetric':
      return at / scale;
    case 'tf_half_pixel_for_nn':
      return (at + 0.5) / scale;
    case 'tf_crop_and_resize':
      return to > 1
        ? region[0] * (from - 1) + (at * (region[1] - region[0]) * (from - 1)) / (to - 1)
        : 0.5 * (region[0] + region[1]) * (from - 1);
    default:
      throw node.unsupported(`the coordinate mode ${mode} is not known`);
  }
}

function nearestPixel(mode: string, x: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** The weights of the input's pixels in one pixel of the result. */
function pixelWeights(node: OnnxNode, how: Interpolation, scaling: Scaling, at: number): Float64Array {
  const { from, scale } = scaling;
  const x = sourceCoordinate(node, how.coordinates, scaling, at);
  if (how.coordinates === 'tf_crop_and_resize' && (x < 0 || x > from - 1)) {
    throw node.unsupported('its region reaches beyond the image');
  }
  if (how.mode === 'nearest') return copiedPixel(from, nearestPixel(how.nearest, x));
  const { antialias, excludeOutside } = how;
  return weighedPixels(from, x, how.mode === 'linear' ? linearKernel : cubicKernel(how.cubic), {
    stretch: antialias && scale < 1 ? 1 / scale : 1,
    excludeOutside,
    normalised: excludeOutside || antialias,
  });
}

function resized(node: OnnxNode, x: Value, how: Interpolation, scalings: readonly (Scaling | undefined)[]): Value {
  return scalings.reduce<Value>((result, scaling, axis) => {
    if (
      scaling === undefined ||
      (scaling.from === scaling.to && scaling.scale === 1 && how.coordinates !== 'tf_crop_and_resize')
    ) {
      return result;
    }
    return alongAxis(node.builder, result, axis, scaling.to, (at) => pixelWeights(node, how, scaling, at));
  }, x);
}

/** By how much an axis grows: a fraction, so that products with whole numbers leave a half a half. */
interface Ratio {
  readonly to: number;
  readonly from: number;
}

/** Extents of the result, from sizes or scales, with what `keep_aspect_ratio_policy` makes of sizes. */
function resizeScalings(node: OnnxNode, x: Value): (Scaling | undefined)[] {
  const rank = x.shape.length;
  const axes = node.axes(
    node.ints(
      'axes',
      x.shape.map((_, axis) => axis),
    ),
    rank,
  );
  const [scalesAt, sizesAt] = node.opset < 11 ? [1, 3] : [2, 3];
  const given = node.has(sizesAt) ? node.extents(sizesAt, 'the sizes').elements : [];
  const sizes = given.length > 0 ? given : undefined;
  const scales = sizes ? undefined : node.numbers(scalesAt, 'the scales');
  const roi = node.opset >= 11 && node.has(1) ? node.numbers(1, 'the region') : [];
  const ratios = axes.map((axis, i): Ratio => {
    if (scales) return { to: scales[i], from: 1 };
    const wanted = sizes?.[i];
    return x.shape[axis] > 0 && wanted?.perBatch === 0 ? { to: wanted.fixed, from: x.shape[axis] } : { to: 1, from: 1 };
  });
  const kept = sizes && keptRatio(node.string('keep_aspect_ratio_policy', 'stretch'), ratios);
  const scalings = new Array<Scaling | undefined>(rank).fill(undefined);
  axes.forEach((axis, i) => {
    const from = x.shape[axis];
    const ratio = kept ?? ratios[i];
    const scale = ratio.to / ratio.from;
    if (from < 0) {
      if (ratios[i].to !== ratios[i].from) throw node.unsupported('it resizes the batch');
      return;
    }
    // With a kept ratio, halves go up.
    const to = kept ? Math.round((kept.to * from) / kept.from) : (sizes?.[i].fixed ?? Math.floor(scale * from));
    scalings[axis] = { from, to, scale, region: [roi[i] ?? 0, roi[i + axes.length] ?? 1] };
  });
  return scalings;
}

/** The one ratio of all axes that a policy chooses; undefined where each keeps its own. */
function keptRatio(policy: string, ratios: readonly Ratio[]): Ratio | undefined {
  if (policy !== 'not_larger' && policy !== 'not_smaller') return undefined;
  const sign = policy === 'not_larger' ? 1 : -1;
  return ratios.reduce((kept, ratio) => (sign * ratio.to * kept.from < sign * kept.to * ratio.from ? ratio : kept));
}

function resize(node: OnnxNode): Value {
  const how: Interpolation = {
    mode: node.string('mode', 'nearest'),
    coordinates: node.string('coordinate_transformation_mode', node.opset < 11 ? 'asymmetric' : 'half_pixel'),
    nearest: node.string('nearest_mode', node.opset < 11 ? 'floor' : 'round_prefer_floor'),
    cubic: node.float('cubic_coeff_a', -0.75),
    antialias: node.int('antialias', 0) === 1,
    excludeOutside: node.int('exclude_outside', 0) === 1,
  };
  if (!['nearest', 'linear', 'cubic'].includes(how.mode)) throw node.unsupported(`the mode ${how.mode} is not known`);
  return resized(node, node.value(0), how, resizeScalings(node, node.value(0)));
}

/** The predecessor of Resize. */
function upsample(node: OnnxNode): Value {
  const x = node.value(0);
  const scales = node.opset >= 9 ? node.numbers(1, 'the scales') : node.floats('scales', []);
  const how: Interpolation = {
    mode: node.string('mode', 'nearest'),
    coordinates: 'asymmetric',
    nearest: 'floor',
    cubic: -0.75,
    antialias: false,
    excludeOutside: false,
  };
  const scalings = scales.map((scale, axis): Scaling | undefined => {
    const from = x.shape[axis];
    return from < 0 ? undefined : { from, to: Math.floor(from * scale), scale, region: [0, 1] };
  });
  return resized(node, x, how, scalings);
}

/** Pads that repeat the image are linear maps; negative pads crop. */
function pad(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const rank = x.shape.length;
  const given = node.attributeOrInput('pads', 11, 1) ?? [];
  const axes = node.has(3) ? node.axes(node.numbers(3, 'the axes'), rank) : x.shape.map((_, axis) => axis);
  if (given.length !== 2 * axes.length) {
    throw node.unreadable(`pads must have ${2 * axes.length} entries, got ${given.length}`);
  }
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = given[i];
    pads[axis + rank] = given[i + axes.length];
  });
  const cropped = x.shape.flatMap((dim, axis) => {
    const [begin, end] = [Math.max(0, -pads[axis]), Math.max(0, -pads[axis + rank])];
    return begin + end > 0 ? [{ axis, begin, end: dim - end }] : [];
  });
  const rest = builder.slice(
    x,
    cropped.map(({ axis }) => axis),
    cropped.map(({ begin }) => begin),
    cropped.map(({ end }) => end),
  );
  const added = pads.map((entry) => Math.max(0, entry));
  const mode = node.string('mode', 'constant');
  if (mode === 'constant') {
    const value = node.opset < 11 ? node.float('value', 0) : node.number(2, 'the value', 0);
    return builder.add('Pad', [rest], { pads: added, value }, node.label);
  }
  const how = mode === 'edge' || mode === 'wrap' ? mode : 'reflect';
  return rest.shape.reduce<Value>((result, _, axis) => {
    const [begin, end] = [added[axis], added[axis + rank]];
    if (begin + end > 0) node.fixedExtent(rest.shape, axis);
    return continued(builder, result, axis, [begin, end], how);
  }, rest);
}

/** Resizing and padding. */
export const interpolation: Readonly<Record<string, Translation>> = { Resize: resize, Upsample: upsample, Pad: pad };
