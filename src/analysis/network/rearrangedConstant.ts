import type { Steps } from '../base/steps';
import type { ConstantData, ConstantValue, DataType, Shape, Value } from './network';
import type { Operator } from './operators';
import { elementCount, type TensorType } from './shapes';
import type { AddOperator } from './simplify';
import { StoredConstant } from './storedConstant';

/** Elements from which a constant is worth not having twice: a megabyte of float32. */
const LARGE = 2 ** 18;

/**
 * A large constant that holds the elements of another in another order. They are put in order when something asks for
 * them, and let go when nobody holds them any more.
 */
export class RearrangedConstant implements ConstantValue {
  readonly op = 'Constant';
  readonly type: DataType;
  readonly shape: Shape;
  private elements: WeakRef<ConstantData> | undefined;

  /**
   * @param source what holds the elements
   * @param by what was done to it
   * @param again does the same to another value of the source's type
   * @param result the operator's inferred type
   * @param read the elements, row-major
   * @param label for messages
   */
  constructor(
    readonly source: ConstantValue,
    readonly by: Operator,
    readonly again: (add: AddOperator, source: Value) => Value,
    result: TensorType,
    private readonly read: () => ConstantData,
    readonly label: string | undefined,
  ) {
    this.type = result.type;
    this.shape = result.shape;
  }

  get data(): ConstantData {
    const known = this.elements?.deref();
    if (known !== undefined) return known;
    const data = this.read();
    this.elements = new WeakRef(data);
    return data;
  }
}

/** Whether a constant is worth not having twice. */
export function isLarge({ shape }: TensorType): boolean {
  return elementCount(shape) >= LARGE;
}

/** The matrix that a large constant is the transpose of. */
export function untransposed(constant: ConstantValue): ConstantValue | undefined {
  const isTransposed = constant instanceof RearrangedConstant && constant.by === 'Transpose';
  return isTransposed && constant.shape.length === 2 ? constant.source : undefined;
}

/** The constant whose elements a constant holds, in whatever order. */
export function rootOf(constant: ConstantValue): ConstantValue {
  return constant instanceof RearrangedConstant ? rootOf(constant.source) : constant;
}

/** Whether the elements of a constant have not been read, or computed. */
export function isDeferred(constant: ConstantValue): boolean {
  const root = rootOf(constant);
  return root instanceof StoredConstant && !root.elements.areRead;
}

/** Reads the elements of a constant, where they are not there. */
export function* reading(constant: ConstantValue): Steps<void> {
  const root = rootOf(constant);
  if (root instanceof StoredConstant) yield* root.elements.reading();
}

const known = new WeakMap<object, Map<string, RearrangedConstant>>();

/**
 * The constant that was made before of the same elements in the same way, or this one: all networks of a model share it.
 *
 * @param how the operator and its attributes
 */
export function knownOrNew(constant: RearrangedConstant, how: string): RearrangedConstant {
  const { source, shape } = constant;
  // By the elements, because every network has objects of its own for the same ones.
  const elements = source instanceof StoredConstant ? source.elements : source;
  const made = known.get(elements) ?? new Map<string, RearrangedConstant>();
  known.set(elements, made);
  const key = `${how} [${source.shape.join()}] [${shape.join()}]`;
  const first = made.get(key) ?? constant;
  made.set(key, first);
  return first;
}
