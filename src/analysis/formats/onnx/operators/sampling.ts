import { affineGrid, gridSampled, type GridSampling } from '../../../compound/gridSampling';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** Weights that one image's sampling may take: 64 MiB of float32. */
const MOST_WEIGHTS = 2 ** 24;

/** Before opset 20 two had longer names. */
const MODES: ReadonlyMap<string, GridSampling['mode']> = new Map([
  ['nearest', 'nearest'],
  ['linear', 'linear'],
  ['bilinear', 'linear'],
  ['cubic', 'cubic'],
  ['bicubic', 'cubic'],
]);
const PADDINGS: readonly GridSampling['outside'][] = ['zeros', 'border', 'reflection'];

function gridSample(node: OnnxNode): Value {
  const [x, grid] = [node.value(0), node.value(1)];
  if (x.shape.length !== 4) throw node.unsupported('volumes are not sampled here');
  const mode = MODES.get(node.string('mode', 'linear'));
  const outside = PADDINGS.find((padding) => padding === node.string('padding_mode', 'zeros'));
  if (mode === undefined || outside === undefined) {
    throw node.unreadable(
      `mode and padding_mode must be among ${[...MODES.keys()].join(', ')} and ${PADDINGS.join(', ')}`,
    );
  }
  const [pixels, places] = [x.shape.slice(2), grid.shape.slice(1, 3)].map((extents) => extents[0] * extents[1]);
  if (pixels * places > MOST_WEIGHTS) {
    throw node.unsupported(
      `sampling ${pixels} pixels at ${places} places takes a matrix of too many weights (at most ${MOST_WEIGHTS})`,
      'Export the model for smaller images.',
    );
  }
  const alignCorners = node.int('align_corners', 0) === 1;
  return gridSampled(node.builder, x, grid, { alignCorners, outside, mode });
}

function affine(node: OnnxNode): Value {
  const extents = node.extents(1, 'the size').elements.map(({ fixed }) => fixed);
  if (extents.length !== 4) throw node.unsupported('affine maps of volumes are not followed');
  return affineGrid(node.builder, node.value(0), [extents[2], extents[3]], node.int('align_corners', 0) === 1);
}

/** What a spatial transformer is made of. */
export const sampling: Readonly<Record<string, Translation>> = { GridSample: gridSample, AffineGrid: affine };
