import type { Operator, OperatorAttributes } from './operators';

/**
 * One extent of a shape: k ≥ 0 is fixed; −k stands for k times the batch size n, which is known only when the network
 * runs. So an image input is [-1, 3, 32, 32], and −8 is what a reshape that merges 8 heads into the batch makes.
 */
export type Dim = number;

/** Extents from the outermost to the innermost; [] is a scalar. At most one of them depends on the batch. */
export type Shape = readonly Dim[];

/** What a value's elements are. Integers hold indices and shapes, booleans hold masks; only floats carry gradients. */
export type DataType = 'float32' | 'int64' | 'bool';

/** The elements of a constant, row-major; int64 as 32-bit integers, booleans as 0 and 1. */
export type ConstantData = Float32Array | Int32Array | Uint8Array;

interface ValueBase {
  readonly shape: Shape;
  readonly type: DataType;
  /** The name in the model's file, where it has one: for messages only. */
  readonly label?: string | undefined;
}

/** What enters when the network runs. */
export interface InputValue extends ValueBase {
  readonly op: 'Input';
  readonly name: string;
}

/** A weight or another number known from the file; its shape has no batch. */
export interface ConstantValue extends ValueBase {
  readonly op: 'Constant';
  /** Of a deferred constant, read or computed when it is first asked for. */
  readonly data: ConstantData;
}

/** The one output of the operator P. */
export interface NodeOf<P extends Operator> extends ValueBase {
  readonly op: P;
  readonly inputs: readonly Value[];
  readonly attributes: OperatorAttributes[P];
}

/** The one output of any of the operators O: a union that `op` tells apart. */
export type OperatorValue<O extends Operator = Operator> = { [P in O]: NodeOf<P> }[O];

/** A node of the graph together with the one tensor it makes. Immutable; identical nodes of one builder are one object. */
export type Value = InputValue | ConstantValue | OperatorValue;

/**
 * A directed acyclic graph of canonical operators. A model has the input `x` [-1, …image shape] and the output `logits`
 * [-1, K]; its derivatives are Networks too (see differentiate.ts), with further inputs and outputs by name.
 */
export interface Network {
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** Every value that the outputs need, each after its inputs. */
export function topologicalOrder(network: Network): Value[] {
  const order: Value[] = [];
  const state = new Map<Value, 'open' | 'done'>();
  // An explicit stack: deep networks would overflow the call stack.
  const stack: Value[] = [...Object.values(network.outputs)].reverse();
  for (let value = stack.at(-1); value !== undefined; value = stack.at(-1)) {
    if (state.get(value) === undefined) {
      state.set(value, 'open');
      if ('inputs' in value) for (const input of [...value.inputs].reverse()) if (!state.has(input)) stack.push(input);
    } else {
      stack.pop();
      if (state.get(value) === 'open') {
        state.set(value, 'done');
        order.push(value);
      }
    }
  }
  return order;
}
