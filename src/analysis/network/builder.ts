import { AnalysisError } from '../base/errors';
import type { Steps } from '../base/steps';
import { fold, isFoldable } from './fold';
import { inferType } from './inferType';
import {
  type ConstantData,
  type ConstantValue,
  type DataType,
  type InputValue,
  type Network,
  type OperatorValue,
  type Shape,
  topologicalOrder,
  type Value,
} from './network';
import type { Operator, OperatorAttributes } from './operators';
import { isDeferred, isLarge, knownOrNew, reading, RearrangedConstant, untransposed } from './rearrangedConstant';
import { elementCount, formatShape, nodeName, sameShape, type TensorType } from './shapes';
import { simplified } from './simplify';
import { Elements, StoredConstant } from './storedConstant';

/** What moves elements and computes none. */
const MOVES: ReadonlySet<Operator> = new Set(['Transpose', 'Reshape', 'Slice']);

/** 256 MiB of float32. */
const LARGEST_FOLDED = 2 ** 26;

/** More than any classifier has, and those that unroll their time steps. */
const MOST_VALUES = 2 ** 18;

/** Constants of up to this many elements are recognised by content, larger ones by the identity of their elements. */
const SMALL_CONSTANT = 1024;

/**
 * Makes the values of a network. Shapes and types are inferred and checked, operators of constants are computed at once,
 * what is plainly the identity is left out, and asking twice for the same node returns the same object.
 */
export class NetworkBuilder {
  private readonly inputs = new Map<string, InputValue>();
  private readonly known = new Map<string, Value>();
  private readonly ids = new Map<object, number>();
  /** Whether the weights belong to another network, which keeps them anyway. */
  private readonly continues: boolean;

  /** @param network its values are found again when they are asked for, so that derivatives share them */
  constructor(network?: Network) {
    this.continues = network !== undefined;
    if (network === undefined) return;
    for (const value of topologicalOrder(network)) {
      if (value.op === 'Input') this.inputs.set(value.name, value);
      else if (value.op === 'Constant') this.known.set(this.constantKey(value), value);
      else this.known.set(this.operatorKey(value.op, value.inputs, value.attributes), value);
    }
  }

  /**
   * The input of that name.
   *
   * @throws AnalysisError 'model-unreadable' where there is one of another shape or type
   */
  input(name: string, shape: Shape, type: DataType = 'float32'): InputValue {
    const known = this.inputs.get(name);
    if (known !== undefined) {
      if (sameShape(known.shape, shape) && known.type === type) return known;
      throw new AnalysisError(
        'model-unreadable',
        `Input "${name}" is ${known.type} ${formatShape(known.shape)} and cannot be ${type} ${formatShape(shape)} too.`,
      );
    }
    const input: InputValue = { op: 'Input', name, shape, type, label: name };
    this.inputs.set(name, input);
    return input;
  }

  /**
   * A constant: float32, or int64 from an Int32Array, or bool from a Uint8Array.
   *
   * @throws AnalysisError 'model-unreadable' where the shape has another number of elements
   */
  constant(data: ConstantData | readonly number[], shape: readonly number[], label?: string): ConstantValue {
    if (elementCount(shape) !== data.length) {
      const name = label === undefined ? 'A constant' : `Constant "${label}"`;
      throw new AnalysisError(
        'model-unreadable',
        `${name} must have ${elementCount(shape)} elements for its shape ${formatShape(shape)}, got ${data.length}.`,
      );
    }
    const elements = Elements.of(isTyped(data) ? data : Float32Array.from(data));
    const constant = new StoredConstant(elements, shape, label);
    return this.unique<ConstantValue>(this.constantKey(constant), constant);
  }

  /**
   * A constant of elements that may not be there yet: they are read at once where they are few.
   *
   * @param elements as many as the shape has
   */
  stored(elements: Elements, shape: readonly number[], label?: string): ConstantValue {
    if (elementCount(shape) <= SMALL_CONSTANT) return this.constant(elements.data, shape, label);
    const constant = new StoredConstant(elements, shape, label);
    return this.unique<ConstantValue>(this.constantKey(constant), constant);
  }

  /** A float32 constant of shape []. */
  scalar(x: number): ConstantValue {
    return this.constant([x], []);
  }

  /** An int64 constant of shape [xs.length]. */
  integers(xs: readonly number[]): ConstantValue {
    return this.constant(Int32Array.from(xs), [xs.length]);
  }

  /**
   * The result of an operator.
   *
   * @param label the node's name in the model's file, for messages
   * @throws AnalysisError 'model-unreadable' where the inputs do not fit the operator, 'limit-exceeded' where the result or
   *   the network is larger than that of any classifier
   */
  add<O extends Operator>(op: O, inputs: readonly Value[], attributes: OperatorAttributes[O], label?: string): Value {
    const result = inferType(op, inputs, attributes, label);
    const simpler = simplified(op, inputs, attributes, result, (...node) => this.add(...node, label));
    if (simpler !== undefined) return simpler;
    if (inputs.every((input) => input.op === 'Constant')) {
      if (this.isToBeRearranged(op, result)) return this.rearranged(op, inputs[0], attributes, result, label);
      this.checkFolded(op, inputs, result, label);
      if (isFoldable(op, result)) {
        const [first] = inputs;
        if (op === 'Reshape' && first instanceof StoredConstant) {
          return this.stored(first.elements, result.shape, label);
        }
        if (inputs.some(isDeferred)) {
          const elements = Elements.deferred(result.type, () => foldedInSteps(op, inputs, attributes, result));
          return this.stored(elements, result.shape, label);
        }
      }
      const data = fold(op, inputs, attributes, result);
      if (data !== undefined) return this.constant(data, result.shape, label);
    }
    const value = { op, inputs, attributes, ...result, label } as OperatorValue;
    return this.unique(this.operatorKey(op, inputs, attributes), value);
  }

  neg(x: Value): Value {
    return this.add('Neg', [x], {});
  }
  abs(x: Value): Value {
    return this.add('Abs', [x], {});
  }
  sqrt(x: Value): Value {
    return this.add('Sqrt', [x], {});
  }
  exp(x: Value): Value {
    return this.add('Exp', [x], {});
  }
  log(x: Value): Value {
    return this.add('Log', [x], {});
  }
  erf(x: Value): Value {
    return this.add('Erf', [x], {});
  }
  relu(x: Value): Value {
    return this.add('Relu', [x], {});
  }
  sigmoid(x: Value): Value {
    return this.add('Sigmoid', [x], {});
  }
  tanh(x: Value): Value {
    return this.add('Tanh', [x], {});
  }
  softplus(x: Value): Value {
    return this.add('Softplus', [x], {});
  }
  cast(x: Value, to: DataType): Value {
    return this.add('Cast', [x], { to });
  }

  plus(a: Value, b: Value): Value {
    return this.add('Add', [a, b], {});
  }
  minus(a: Value, b: Value): Value {
    return this.add('Sub', [a, b], {});
  }
  times(a: Value, b: Value): Value {
    return this.add('Mul', [a, b], {});
  }
  over(a: Value, b: Value): Value {
    return this.add('Div', [a, b], {});
  }
  power(a: Value, b: Value): Value {
    return this.add('Pow', [a, b], {});
  }
  min(a: Value, b: Value): Value {
    return this.add('Min', [a, b], {});
  }
  max(a: Value, b: Value): Value {
    return this.add('Max', [a, b], {});
  }
  greater(a: Value, b: Value): Value {
    return this.add('Greater', [a, b], {});
  }
  equal(a: Value, b: Value): Value {
    return this.add('Equal', [a, b], {});
  }
  where(condition: Value, then: Value, otherwise: Value): Value {
    return this.add('Where', [condition, then, otherwise], {});
  }
  matMul(a: Value, b: Value): Value {
    return this.add('MatMul', [a, b], {});
  }

  sum(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.add('ReduceSum', [x], { axes, keepdims });
  }
  mean(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.add('ReduceMean', [x], { axes, keepdims });
  }

  reshape(x: Value, shape: Shape): Value {
    return this.add('Reshape', [x], { shape });
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return this.add('Transpose', [x], { perm });
  }
  concat(xs: readonly Value[], axis: number): Value {
    return this.add('Concat', xs, { axis });
  }
  slice(
    x: Value,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps: readonly number[] = axes.map(() => 1),
  ): Value {
    return this.add('Slice', [x], { axes, starts, ends, steps });
  }
  pad(x: Value, pads: readonly number[], value = 0): Value {
    return this.add('Pad', [x], { pads, value });
  }
  expand(x: Value, shape: Shape): Value {
    return this.add('Expand', [x], { shape });
  }

  /** Before memory is taken for what a file makes of almost nothing. */
  private checkFolded(op: Operator, inputs: readonly Value[], result: TensorType, label: string | undefined): void {
    const given = inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    if (elementCount(result.shape) <= given + LARGEST_FOLDED) return;
    throw new AnalysisError(
      'limit-exceeded',
      `${nodeName(op, label)} must make at most ${LARGEST_FOLDED} numbers more of constants than they have, ` +
        `its result is ${formatShape(result.shape)}.`,
    );
  }

  /** A matrix is transposed by whoever multiplies with it; other weights are put in order once for all derivatives. */
  private isToBeRearranged(op: Operator, result: TensorType): boolean {
    const isTransposed = op === 'Transpose' && result.shape.length === 2;
    return isLarge(result) && (isTransposed || (this.continues && MOVES.has(op)));
  }

  private rearranged<O extends Operator>(
    op: O,
    source: ConstantValue,
    attributes: OperatorAttributes[O],
    result: TensorType,
    label: string | undefined,
  ): ConstantValue {
    const turnedBack = op === 'Transpose' ? untransposed(source) : undefined;
    if (turnedBack !== undefined) return turnedBack;
    const made = new RearrangedConstant(
      source,
      op,
      (add, other) => add(op, [other], attributes),
      result,
      () => folded(op, [source], attributes, result),
      label,
    );
    return knownOrNew(made, `${op} ${canonicalJson(attributes)}`);
  }

  private unique<V extends Value>(key: string, value: V): V {
    const known = this.known.get(key);
    // The key begins with the operator, so what it finds is of the same kind.
    if (known !== undefined) return known as V;
    if (this.known.size >= MOST_VALUES) {
      throw new AnalysisError('limit-exceeded', `A network must have at most ${MOST_VALUES} operators and constants.`);
    }
    this.known.set(key, value);
    return value;
  }

  private id(object: object): number {
    const known = this.ids.get(object);
    if (known !== undefined) return known;
    this.ids.set(object, this.ids.size);
    return this.ids.size - 1;
  }

  private constantKey(constant: ConstantValue): string {
    const { shape, type } = constant;
    // The bytes, because −0 is not 0 and NaN is NaN.
    const bytes = ({ buffer, byteOffset, byteLength }: ConstantData) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    const identity = () => this.id(constant instanceof StoredConstant ? constant.elements : constant);
    const content = elementCount(shape) <= SMALL_CONSTANT ? `=${bytes(constant.data)}` : `#${identity()}`;
    return `Constant ${type} [${shape.join()}] ${content}`;
  }

  private operatorKey(op: Operator, inputs: readonly Value[], attributes: OperatorAttributes[Operator]): string {
    return `${op} ${inputs.map((input) => this.id(input)).join()} ${canonicalJson(attributes)}`;
  }
}

function folded<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: OperatorAttributes[O],
  result: TensorType,
): ConstantData {
  const data = fold(op, inputs, attributes, result);
  if (data === undefined) throw new Error(`${op} is not folded`);
  return data;
}

/** The same of inputs that may not be there yet. */
function* foldedInSteps<O extends Operator>(
  op: O,
  inputs: readonly ConstantValue[],
  attributes: OperatorAttributes[O],
  result: TensorType,
): Steps<ConstantData> {
  for (const input of inputs) yield* reading(input);
  return folded(op, inputs, attributes, result);
}

function isTyped(data: ConstantData | readonly number[]): data is ConstantData {
  return ArrayBuffer.isView(data);
}

/** JSON with sorted keys; the numbers that JSON does not know keep their names. */
function canonicalJson(attributes: object): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${numberName(value)}`
      : value,
  );
}

function numberName(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
