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

/** On processors with two kinds of cores onnxruntime cuts four parts for a thread. */
const PARTS = 4;

/**
 * Into how many parts onnxruntime cuts each of several products at most.
 *
 * @param products that it is given together
 */
export function partsOf(products: number, threads: number): number {
  return Math.ceil((PARTS * threads) / products);
}

/**
 * Whether every part gets more than 64 columns of a product. Where one gets fewer, onnxruntime adds up longer parts of
 * each sum at a time, which rounds otherwise, unless the left factor is given transposed.
 */
export function isWide(columns: number, parts: number): boolean {
  return Math.floor(Math.ceil(columns / BLOCK) / parts) * BLOCK > 64;
}

/**
 * The product with a matrix that enters from outside as a Gemm, which reads it transposed where it stands: a Transpose
 * would have it twice. Its sums round alike for any number of rows and of threads: what could be a single row, which is
 * summed otherwise, is given twice.
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
  const turned = !isWide(columns, partsOf(1, threads));
  const isSingle = !turned && left.shape.slice(0, -1).every((dim) => Math.abs(dim) === 1);
  const between = (name: string, end: number) => {
    return writer.node('Slice', [name, writer.integers([0]), writer.integers([end]), writer.integers([0])]);
  };
  const given = isSingle ? writer.node('Concat', [rows, between(rows, 1)], [flag('axis', false)]) : rows;
  const factor = turned
    ? writer.node('Transpose', [given], [{ name: 'perm', ints: [1, 0], type: AttributeType.ints }])
    : given;
  const flags = [flag('transA', turned), flag('transB', right !== matrix)];
  const both = writer.node('Gemm', [factor, writer.nameOf(matrix)], flags);
  const product = isSingle ? between(both, -1) : both;
  return rank === 2 ? product : writer.node('Reshape', [product, writer.shape(shape)]);
}
