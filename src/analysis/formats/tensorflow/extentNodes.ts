import { inOwnOrder, plain } from '../../compound/tensor';
import type { ConstantValue } from '../../network/network';
import { BatchArithmeticError, extentArithmetic, extentProduct } from '../batch/extentArithmetic';
import { type Extents, settled } from '../batch/extents';
import { movedExtents, shapeLike } from '../batch/movedExtents';
import { isExtents, type Operand, type TensorflowNode, type Translation } from './node';

/** Operators that move elements, with how many of their first inputs they are moved from; 0 stands for all. */
const MOVES: Readonly<Record<string, number>> = {
  Identity: 1,
  Reshape: 1,
  Squeeze: 1,
  ExpandDims: 1,
  Slice: 1,
  StridedSlice: 1,
  SplitV: 1,
  Unpack: 1,
  Gather: 1,
  GatherV2: 1,
  Tile: 1,
  BroadcastTo: 1,
  Pack: 0,
};

/** TensorFlow's names of the arithmetic that shapes are calculated with. */
const ARITHMETIC: Readonly<Record<string, string>> = {
  Add: 'Add',
  AddV2: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
  Div: 'Div',
  RealDiv: 'Div',
  FloorDiv: 'Div',
  FloorMod: 'Mod',
  Mod: 'Fmod',
  Pow: 'Pow',
  Maximum: 'Max',
  Minimum: 'Min',
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Neg: 'Neg',
  Floor: 'Floor',
  Ceil: 'Ceil',
};

/**
 * What a node does to numbers that depend on the batch size. Undefined where none of its inputs does, or where the node is
 * one for the network.
 */
export function onExtents(node: TensorflowNode, translation: Translation): readonly Operand[] | undefined {
  if (!node.inputs.some(isExtents)) return undefined;
  const { op, builder } = node;
  if (op === 'ConcatV2') return moved(node, translation, node.inputs.length - 1);
  if (Object.hasOwn(MOVES, op)) return moved(node, translation, MOVES[op] === 0 ? node.inputs.length : MOVES[op]);
  const known = node.inputs.map((input) => asExtents(node, input));
  const inputs = known.filter((input) => input !== undefined);
  if (inputs.length < known.length) return undefined;
  const [first] = inputs;
  if (op === 'Prod') {
    return [asOperand(settled(builder, { ...first, shape: [], elements: [extentProduct(first.elements)] }))];
  }
  if (op === 'Cast') return [{ ...first, type: /FLOAT|HALF|DOUBLE/i.test(node.type('DstT')) ? 'float32' : 'int64' }];
  if (op === 'Shape') return [plain(builder.integers([...first.shape]))];
  if (!Object.hasOwn(ARITHMETIC, op)) return undefined;
  try {
    return [asOperand(settled(builder, extentArithmetic(ARITHMETIC[op], inputs)))];
  } catch (error) {
    if (error instanceof BatchArithmeticError) throw node.unsupported(error.message);
    throw error;
  }
}

function asOperand(result: ConstantValue | Extents): Operand {
  return result.op === 'Constant' ? plain(result) : result;
}

function asExtents({ builder }: TensorflowNode, operand: Operand): Extents | undefined {
  if (isExtents(operand)) return operand;
  return operand.value.op === 'Constant' ? shapeLike(inOwnOrder(builder, operand)) : undefined;
}

/** Moves positions in place of elements, then puts the elements there. */
function moved(node: TensorflowNode, translation: Translation, count: number): readonly Operand[] | undefined {
  const sources = node.inputs.slice(0, count).flatMap((input) => asExtents(node, input) ?? []);
  if (sources.length < count) return undefined;
  const results = movedExtents(node.builder, sources, (positions) =>
    [translation(node.with([...positions.map(plain), ...node.inputs.slice(count)]))].flat().map((result) => {
      if (!isExtents(result) && result.value.op === 'Constant') return result.value;
      throw node.unsupported('it moves the batch size by the image');
    }),
  );
  return results?.map(asOperand);
}
