import type { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, DataType, Shape, Value } from '../../network/network';

/** A number that may grow with the batch: fixed + perBatch · n. */
export interface Extent {
  readonly fixed: number;
  readonly perBatch: number;
}

/**
 * A small tensor of numbers of which at least one depends on the batch size n: what `Shape` makes of an activation, and
 * what arithmetic on it passes on to Reshape, Expand, Slice and the like.
 */
export interface Extents {
  readonly op: 'Extents';
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly elements: readonly Extent[];
}

/** What ONNX calls a sequence. */
export interface Sequence {
  readonly op: 'Sequence';
  readonly items: readonly Operand[];
}

/** One image of a file that knows no batch, [C, H, W] or what is made of it: here a batch of such, [n, C, H, W]. */
export interface Unbatched {
  readonly op: 'Unbatched';
  readonly value: Value;
}

/** What an edge of an ONNX graph carries. */
export type Operand = Value | Extents | Sequence | Unbatched;

/** A dimension of a shape, where −k stands for k·n, as an Extent. */
export function extentOf(dim: number): Extent {
  return dim < 0 ? { fixed: 0, perBatch: -dim } : { fixed: dim, perBatch: 0 };
}

/** The elements of a constant as Extents. */
export function extentsOf(constant: ConstantValue): Extents {
  return {
    op: 'Extents',
    type: constant.type,
    shape: constant.shape,
    elements: Array.from(constant.data, (fixed) => ({ fixed, perBatch: 0 })),
  };
}

/** Whether any element depends on the batch. */
export function growsWithBatch(elements: readonly Extent[]): boolean {
  return elements.some(({ perBatch }) => perBatch !== 0);
}

/** The number of elements of a shape without a batch. */
export function count(shape: Shape): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Row-major strides; 0 where an extent of 1 is broadcast. */
export function broadcastStrides(shape: Shape, rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis + rank - shape.length] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Numbers that do not depend on the batch, as a constant; others as they are. */
export function settled(builder: NetworkBuilder, extents: Extents): Operand {
  const { type, shape, elements } = extents;
  if (growsWithBatch(elements)) return extents;
  const numbers = elements.map(({ fixed }) => fixed);
  if (type === 'float32') return builder.constant(numbers, shape);
  return builder.constant(type === 'bool' ? Uint8Array.from(numbers) : Int32Array.from(numbers), shape);
}
