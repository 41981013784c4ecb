import { type LargerEnd, type PaddedWindow, samePads } from '../../../compound/windows';
import type { Shape } from '../../../network/network';
import type { OnnxNode } from '../node';

/** Where `auto_pad` puts the larger half of an odd padding. */
export function largerEnd(node: OnnxNode): LargerEnd {
  return node.string('auto_pad', 'NOTSET') === 'SAME_LOWER' ? 'begin' : 'end';
}

/**
 * The windows that a node's attributes describe.
 *
 * @param spatial the image's extents
 */
export function windows(node: OnnxNode, kernel: readonly number[], spatial: Shape): PaddedWindow {
  const ones = kernel.map(() => 1);
  const strides = node.ints('strides', ones);
  const dilations = node.ints('dilations', ones);
  if (strides.length !== kernel.length || dilations.length !== kernel.length || spatial.length !== kernel.length) {
    throw node.unreadable(`kernel, strides, dilations and image must have as many dimensions as each other`);
  }
  const window = { kernel, strides, dilations };
  const zeros = [...ones, ...ones].fill(0);
  switch (node.string('auto_pad', 'NOTSET')) {
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return { ...window, pads: samePads(spatial, window, largerEnd(node)) };
    case 'VALID':
      return { ...window, pads: zeros };
    default:
      return { ...window, pads: node.ints('pads', zeros) };
  }
}
