import type { ConstantData, InputValue, NodeOf, Value } from '../network/network';
import { type AttributeProto, AttributeType, type Partially } from './onnxProto';

/** How nodes are written: names in, the name of the result out. */
export interface NodeWriter {
  node(opType: string, input: readonly string[], attribute?: readonly Partially<AttributeProto>[]): string;
  constant(data: ConstantData, dims: readonly number[]): string;
  integers(entries: readonly number[]): string;
  shape(dims: readonly number[]): string;
  nameOf(value: Value): string;
}

/** The matrix that a value is, or is the transpose of, where it enters the network from outside as a whole. */
export function enteringMatrix(value: Value): InputValue | undefined {
  const matrix = value.op === 'Transpose' ? value.inputs[0] : value;
  return matrix.op === 'Input' && matrix.shape.length === 2 && matrix.shape.every((dim) => dim >= 0)
    ? matrix
    : undefined;
}

/** onnxruntime's unit of columns in a product. */
const BLOCK = 16;

/**
 * Whether every thread gets more than 64 columns of a product. Where one gets fewer, onnxruntime adds up longer parts of
 * each sum at a time, which rounds otherwise, unless the left factor is given transposed. On processors with two kinds of
 * cores it cuts four parts for a thread.
 */
function isWide(columns: number, threads: number): boolean {
  return Math.floor(Math.ceil(columns / BLOCK) / (4 * threads)) * BLOCK > 64;
}

/**
 * The product with a matrix that enters from outside as a Gemm, which reads it transposed where it stands: a Transpose
 * would have it twice. Its sums round alike for any number of rows, two at least, and of threads.
 */
export function weightProduct(
  { inputs: [left, right], shape }: NodeOf<'MatMul'>,
  matrix: InputValue,
  writer: NodeWriter,
  threads: number,
): string {
  const rank = left.shape.length;
  const [inner, columns] = right.shape;
  const flag = (name: string, set: boolean) => ({ name, i: Number(set), type: AttributeType.int });
  const x = writer.nameOf(left);
  const rows = rank === 2 ? x : writer.node('Reshape', [x, writer.integers([-1, inner])]);
  const turned = !isWide(columns, threads);
  const factor = turned
    ? writer.node('Transpose', [rows], [{ name: 'perm', ints: [1, 0], type: AttributeType.ints }])
    : rows;
  const flags = [flag('transA', turned), flag('transB', right !== matrix)];
  const product = writer.node('Gemm', [factor, writer.nameOf(matrix)], flags);
  return rank === 2 ? product : writer.node('Reshape', [product, writer.shape(shape)]);
}
