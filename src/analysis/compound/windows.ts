import type { Shape } from '../network/network';

/** How a kernel moves over an image, per spatial dimension. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/** The same with what is put around the image, [begin…, end…]. */
export interface PaddedWindow extends Window {
  readonly pads: readonly number[];
}

/** Which end of an axis gets the larger half of an odd padding. */
export type LargerEnd = 'begin' | 'end';

/** How far a kernel reaches along a dimension, from its first cell to its last. */
export function reach({ kernel, dilations }: Window, dimension: number): number {
  return dilations[dimension] * (kernel[dimension] - 1) + 1;
}

/** Paddings split between the two ends of their axes: [begin…, end…]. */
export function splitPads(totals: readonly number[], larger: LargerEnd): number[] {
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return larger === 'begin' ? [...large, ...small] : [...small, ...large];
}

/** The pads of "same": ⌈extent/stride⌉ places. */
export function samePads(spatial: Shape, window: Window, larger: LargerEnd): number[] {
  const totals = spatial.map((extent, i) => {
    const places = Math.ceil(extent / window.strides[i]);
    return Math.max(0, (places - 1) * window.strides[i] + reach(window, i) - extent);
  });
  return splitPads(totals, larger);
}

/**
 * The pads of a transposed convolution that makes an image of given extents; where they ask for more than there is, that
 * becomes output padding.
 */
export function transposedPads(
  spatial: Shape,
  window: Window,
  outputs: readonly number[],
  larger: LargerEnd,
): { readonly pads: readonly number[]; readonly outputPadding: readonly number[] } {
  const surplus = spatial.map((extent, i) => (extent - 1) * window.strides[i] + reach(window, i) - outputs[i]);
  return {
    pads: splitPads(
      surplus.map((cells) => Math.max(0, cells)),
      larger,
    ),
    outputPadding: surplus.map((cells) => Math.max(0, -cells)),
  };
}

/**
 * The same windows with padding at the end for those that rounding their number up adds (`ceil_mode`). As in PyTorch, no
 * window starts in the padding at the end.
 */
export function roundedUp(given: PaddedWindow, spatial: Shape): PaddedWindow {
  const rank = spatial.length;
  const ends = spatial.map((extent, i) => {
    const stride = given.strides[i];
    const [begin, end] = [given.pads[i], given.pads[i + rank]];
    const span = reach(given, i);
    let places = Math.ceil((extent + begin + end - span) / stride) + 1;
    if ((places - 1) * stride >= extent + begin) places--;
    return Math.max(end, (places - 1) * stride + span - extent - begin);
  });
  return { ...given, pads: [...given.pads.slice(0, rank), ...ends] };
}
