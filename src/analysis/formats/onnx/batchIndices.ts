import { NetworkBuilder } from '../../network/builder';
import { type ConstantValue, type OperatorValue, topologicalOrder, type Value } from '../../network/network';
import type { OnnxNode } from './node';

const PLACE = 'place in the batch';

/** Operators whose result is linear in the place of an image in its batch where their input is. */
const LINEAR: ReadonlySet<string> = new Set([
  ...['Neg', 'Add', 'Sub', 'Cast', 'Reshape', 'Transpose', 'Expand', 'Concat', 'Slice', 'Gather'],
]);

/** 0 … n − 1, [-1]: an input that no network has, for following the index arithmetic of a file. */
export function placesInBatch(builder: NetworkBuilder): Value {
  return builder.input(PLACE, [-1], 'int64');
}

/** Whether a value is made of places in the batch. */
export function dependsOnPlace(value: Value): boolean {
  return topologicalOrder({ inputs: {}, outputs: { value } }).some((one) => one.op === 'Input' && one.name === PLACE);
}

/** Indices into a batch, image by image. */
export interface BatchIndices {
  /** Of one image's indices. */
  readonly shape: readonly number[];
  /** Of the first image, the second, and so on; those of further images go on as from the first to the second. */
  readonly images: readonly ArrayLike<number>[];
}

/**
 * Index arithmetic that a file does for a batch, taken apart: [n, …] with the place in the batch in it, or constants
 * [B, …] where the file fixes the batch at B.
 *
 * @throws AnalysisError 'unsupported-op' where the first axis is not that of the batch, or the indices of one image do
 *   not follow linearly from another's
 */
export function batchIndices(node: OnnxNode, indices: Value): BatchIndices {
  if (indices.op === 'Constant') return ofFixedBatch(node, indices);
  const [first, second] = [atPlace(indices, 0), atPlace(indices, 1)];
  const batch = indices.shape.findIndex((dim) => dim < 0);
  const isOutermost = indices.shape[batch] === -1 && indices.shape.slice(0, batch).every((dim) => dim === 1);
  if (first === undefined || second === undefined || !isOutermost) {
    throw node.unsupported('which elements it picks must not depend on the image, nor mix the images of a batch');
  }
  return { shape: indices.shape.slice(batch + 1), images: [first.data, second.data] };
}

function ofFixedBatch(node: OnnxNode, { shape, data }: ConstantValue): BatchIndices {
  const batch = node.reading.fixedBatch;
  if (batch === null || shape[0] !== batch) throw node.unsupported('it picks images out of the batch');
  const length = data.length / batch;
  const images = Array.from({ length: batch }, (_, image) => data.subarray(image * length, (image + 1) * length));
  return { shape: shape.slice(1), images };
}

/** A value of a batch of one image whose place is given; undefined where it is not linear in the place. */
function atPlace(value: Value, place: number): ConstantValue | undefined {
  const builder = new NetworkBuilder();
  const known = new Map<Value, Value>();
  for (const one of topologicalOrder({ inputs: {}, outputs: { value } })) {
    if (one.op === 'Constant') {
      known.set(one, one);
    } else if (one.op !== 'Input') {
      const inputs = one.inputs.map((input) => known.get(input) ?? input);
      const result = isLinear(one) ? ofOneImage(builder, one, inputs) : undefined;
      if (result === undefined) return undefined;
      known.set(one, result);
    } else if (one.name === PLACE) {
      known.set(one, builder.constant(Int32Array.of(place), [1]));
    } else {
      return undefined;
    }
  }
  const result = known.get(value);
  return result?.op === 'Constant' ? result : undefined;
}

function isLinear({ op, inputs }: OperatorValue): boolean {
  return LINEAR.has(op) || (op === 'Mul' && inputs.some((input) => input.op === 'Constant'));
}

function ofOneImage(builder: NetworkBuilder, value: OperatorValue, inputs: readonly Value[]): Value {
  const shapeOfOne = (shape: readonly number[]): number[] => shape.map(Math.abs);
  if (value.op === 'Reshape') return builder.reshape(inputs[0], shapeOfOne(value.attributes.shape));
  if (value.op === 'Expand') return builder.expand(inputs[0], shapeOfOne(value.attributes.shape));
  return builder.add(value.op, inputs, value.attributes);
}
