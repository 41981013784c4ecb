import type { Shape } from '../../../network/network';
import type { OnnxNode } from '../node';

/** Where a kernel stands on an image, per spatial dimension. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** [begin…, end…]. */
  readonly pads: readonly number[];
}

/** How far a kernel reaches, from its first cell to its last. */
export function reach(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** Splits what has to be added to an image between its two ends, as `auto_pad` says. */
export function autoPads(totals: readonly number[], mode: string): number[] {
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, i) => total - smaller[i]);
  return mode === 'SAME_LOWER' ? [...larger, ...smaller] : [...smaller, ...larger];
}

/**
 * The windows that a node's attributes describe.
 *
 * @param spatial the image's extents
 */
export function windows(node: OnnxNode, kernel: readonly number[], spatial: Shape): Windows {
  const ones = kernel.map(() => 1);
  const strides = node.ints('strides', ones);
  const dilations = node.ints('dilations', ones);
  const mode = node.string('auto_pad', 'NOTSET');
  if (strides.length !== kernel.length || dilations.length !== kernel.length || spatial.length !== kernel.length) {
    throw node.unreadable(`kernel, strides, dilations and image must have as many dimensions as each other`);
  }
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    const zeros = [...ones, ...ones].fill(0);
    return { kernel, strides, dilations, pads: mode === 'VALID' ? zeros : node.ints('pads', zeros) };
  }
  const totals = spatial.map((extent, i) => {
    const results = Math.ceil(extent / strides[i]);
    return Math.max(0, (results - 1) * strides[i] + reach(kernel[i], dilations[i]) - extent);
  });
  return { kernel, strides, dilations, pads: autoPads(totals, mode) };
}

/**
 * The same windows with padding at the end for those that `ceil_mode` adds. As in PyTorch, no window starts in the
 * padding at the end.
 */
export function roundedUp(given: Windows, spatial: Shape): Windows {
  const rank = spatial.length;
  const ends = spatial.map((extent, i) => {
    const stride = given.strides[i];
    const [begin, end] = [given.pads[i], given.pads[i + rank]];
    const span = reach(given.kernel[i], given.dilations[i]);
    let results = Math.ceil((extent + begin + end - span) / stride) + 1;
    if ((results - 1) * stride >= extent + begin) results--;
    return Math.max(end, (results - 1) * stride + span - extent - begin);
  });
  return { ...given, pads: [...given.pads.slice(0, rank), ...ends] };
}
