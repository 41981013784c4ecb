import type { Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import { type BatchIndices, batchIndices } from '../batchIndices';
import type { OnnxNode, Translation } from '../node';

/** Constant indices of any rank; a run of neighbours is a Slice. */
function gather(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const axis = node.axis(node.int('axis', 0), x.shape.length);
  if (x.shape[axis] < 0) return gatherWithinImages(node, x, axis, batchIndices(node, node.value(1)));
  const indices = node.constant(1, 'the indices');
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return builder.reshape(gathered(node, x, axis, indices.data), shape);
}

function gathered(node: OnnxNode, x: Value, axis: number, indices: ArrayLike<number>): Value {
  const { builder } = node;
  const extent = x.shape[axis];
  const positions = Array.from(indices, (index) => (index < 0 ? index + extent : index));
  if (positions.some((index) => index < 0 || index >= extent)) {
    throw node.unreadable(`the indices must be in −${extent}…${extent - 1}`);
  }
  const first = positions[0] ?? 0;
  return positions.every((index, i) => index === first + i)
    ? builder.slice(x, [axis], [first], [first + positions.length])
    : builder.add('Gather', [x, builder.integers(positions)], { axis }, node.label);
}

/** What as_strided becomes: the images' elements in one row, from which every image picks the same of its own. */
function gatherWithinImages(node: OnnxNode, x: Value, axis: number, { shape, images }: BatchIndices): Value {
  const { builder } = node;
  const merged = -x.shape[axis];
  const [first] = images;
  const isOwn = images.every((indices, image) =>
    Array.from(indices).every((index, i) => first[i] >= 0 && first[i] < merged && index === first[i] + image * merged),
  );
  if (!isOwn || node.reading.merged.innerPart(x) !== merged) throw node.unsupported('it picks images out of the batch');
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rows = builder.reshape(x, [...before, -1, merged, ...behind]);
  return builder.reshape(gathered(node, rows, axis + 1, first), [...before, -1, ...shape, ...behind]);
}

/** Index tuples [.., r] into the first r axes: constants, or the place in the batch and constants. */
function gatherNd(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const tuples = node.value(1);
  if (node.int('batch_dims', 0) !== 0) throw node.unsupported('batch dimensions are not followed');
  const depth = tuples.shape.at(-1) ?? 0;
  const [indexed, rest] = [x.shape.slice(0, depth), x.shape.slice(depth)];
  const rows = builder.reshape(x, [elementCount(indexed), ...rest]);
  if (indexed.some((dim) => dim < 0)) {
    const { shape, images } = batchIndices(node, tuples);
    const positions = images.map((image) => flatPositions(image, indexed.map(Math.abs)));
    return gatherWithinImages(node, rows, 0, { shape: shape.slice(0, -1), images: positions });
  }
  const indices = node.constant(1, 'the indices');
  const positions = flatPositions(indices.data, indexed);
  return builder.reshape(gathered(node, rows, 0, positions), [...indices.shape.slice(0, -1), ...rest]);
}

/** Index tuples as positions in row-major order. */
export function flatPositions(tuples: ArrayLike<number>, extents: readonly number[]): number[] {
  const depth = extents.length;
  return Array.from({ length: depth === 0 ? 1 : tuples.length / depth }, (_, i) =>
    extents.reduce((position, extent, axis) => {
      const index = tuples[i * depth + axis];
      return position * extent + (index < 0 ? index + extent : index);
    }, 0),
  );
}

/** Operators that pick elements by index. */
export const picking: Readonly<Record<string, Translation>> = {
  Gather: gather,
  GatherND: gatherNd,
};
