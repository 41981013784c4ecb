import { NetworkBuilder } from '../../network/builder';
import {
  type Network,
  type NodeOf,
  type OperatorValue,
  type Shape,
  topologicalOrder,
  type Value,
} from '../../network/network';
import type { Operator, OperatorAttributes } from '../../network/operators';
import { elementCount, sameShape } from '../../network/shapes';

/**
 * The network in the order of axes that TensorFlow's convolutions and pools on the processor want: here they take and give
 * [n, …image, C], unlike anywhere else. Every other operator means what it always does. It is done with the channels last,
 * too, where its inputs have them there; a Transpose puts them back only where an operator, or an output, needs it.
 */
export function channelsLast(network: Network): Network {
  const b = new NetworkBuilder();
  const made = new Map<Value, Turned>();
  const turned = (value: Value): Turned => made.get(value) ?? plain(value);
  for (const value of topologicalOrder(network)) {
    if ('inputs' in value) made.set(value, settled(b, applied(b, value.op, value.inputs.map(turned), value)));
  }
  const outputs = Object.entries(network.outputs).map(([name, value]) => [name, inOrder(b, turned(value))] as const);
  return { inputs: network.inputs, outputs: Object.fromEntries(outputs) };
}

/** What stands for a value of the network: it, with one axis behind the others, which keep their order. */
interface Turned {
  readonly value: Value;
  /** That axis in the network, counted from the end; −1 where nothing is turned. */
  readonly axis: number;
}

/** An operator on what stands for its inputs. */
type Rule<O extends Operator> = (b: NetworkBuilder, inputs: readonly Turned[], node: NodeOf<O>) => Turned;

function applied<O extends Operator>(b: NetworkBuilder, op: O, inputs: readonly Turned[], node: NodeOf<O>): Turned {
  const rule: Rule<O> = rules[op] ?? entrywise;
  return rule(b, inputs, node);
}

const plain = (value: Value): Turned => ({ value, axis: -1 });

/** The axes of the network, by their places where one of them is behind the others. */
function order(rank: number, axis: number): number[] {
  const axes = Array.from({ length: rank }, (_, at) => at);
  const last = axes.splice(axis, 1);
  return [...axes, ...last];
}

/** The places of the network's axes. */
function places({ value, axis }: Turned): number[] {
  const axes = order(value.shape.length, axis);
  return axes.map((_, at) => axes.indexOf(at));
}

const permuted = (shape: Shape, perm: readonly number[]): Shape => perm.map((axis) => shape[axis]);

/** Whether the elements stay as they are, since no axis passes another but of extent 1. */
function isView(shape: Shape, perm: readonly number[]): boolean {
  const long = perm.filter((axis) => shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || axis > long[i - 1]);
}

function transposed(b: NetworkBuilder, x: Value, perm: readonly number[]): Value {
  return isView(x.shape, perm) ? b.reshape(x, permuted(x.shape, perm)) : b.transpose(x, perm);
}

function inOrder(b: NetworkBuilder, x: Turned): Value {
  return transposed(b, x.value, places(x));
}

/** In order, where that costs nothing. */
function settled(b: NetworkBuilder, x: Turned): Turned {
  return isView(x.value.shape, places(x)) ? plain(inOrder(b, x)) : x;
}

/** With that axis behind the others, made of extent 1 where the value has too few. */
function turnedTo(b: NetworkBuilder, x: Turned, axis: number): Value {
  if (x.axis === axis) return x.value;
  const { shape } = inOrder(b, x);
  const missing = Array.from({ length: Math.max(0, -axis - shape.length) }, () => 1);
  const whole = b.reshape(inOrder(b, x), [...missing, ...shape]);
  return transposed(b, whole, order(whole.shape.length, axis));
}

/** An operator that needs the network's order. */
const ordered: Rule<Operator> = (b, inputs, { op, attributes, label }) => {
  const values = inputs.map((input) => inOrder(b, input));
  return plain(b.add(op, values, attributes, label));
};

/**
 * An operator that is done in any order that all its inputs have.
 *
 * @param reordered its attributes, from the axes by their places
 */
function alike<O extends Operator>(
  reordered: (node: NodeOf<O>, axes: readonly number[]) => OperatorAttributes[O],
): Rule<O> {
  return (b, inputs, node) => {
    const first = inputs.find((input) => input.axis !== -1);
    if (first === undefined) return ordered(b, inputs, node);
    const { axis, value } = first;
    const values = inputs.map((input) => turnedTo(b, input, axis));
    const axes = order(Math.max(node.shape.length, value.shape.length), axis);
    return { value: b.add(node.op, values, reordered(node, axes), node.label), axis };
  };
}

const entrywise = alike(({ attributes }) => attributes);

/** An operator whose image has its channels last, and what it makes too. */
const ofImages: Rule<'Conv' | 'ConvTranspose' | 'MaxPool' | 'AveragePool'> = (b, [x, ...weights], node) => {
  const axis = 1 - node.shape.length;
  const inputs = [turnedTo(b, x, axis), ...weights.map(({ value }) => value)];
  const shape = permuted(node.shape, order(node.shape.length, axis));
  return { value: { ...node, inputs, shape } as OperatorValue, axis };
};

/**
 * From [A…, C, D…, B…] to [A′…, C·D, B′…] by way of [A…, D…, B…, C], as it is stored, and [A…, B…, C, D…], which is the same
 * without D; any other way from the order of the network.
 */
function reshaped(b: NetworkBuilder, x: Turned, shape: Shape): Turned {
  const from = permuted(x.value.shape, places(x));
  const start = from.length + x.axis;
  for (const [at, extent] of shape.entries()) {
    if (elementCount(shape.slice(0, at)) !== elementCount(from.slice(0, start))) continue;
    const end = from.findIndex((_, axis) => axis >= start && elementCount(from.slice(start, axis + 1)) === extent);
    if (end < 0) continue;
    const axes = [...from.keys()];
    const joined = transposed(b, x.value, [...axes.toSpliced(start, end - start), ...axes.slice(start, end)]);
    const axis = at - shape.length;
    return { value: b.reshape(joined, permuted(shape, order(shape.length, axis))), axis };
  }
  return plain(b.reshape(inOrder(b, x), shape));
}

/**
 * What brings the channels of an image to the front leaves them last until something needs them there; any other is done at
 * once. Of three axes it may be meant as the way back, which looks the same.
 */
const transpose: Rule<'Transpose'> = (b, [x], { attributes: { perm } }) => {
  const axes = permuted(places(x), perm);
  const image = { value: x.value, axis: 1 - axes.length };
  const isOfImages = axes.length > 3 && sameShape(axes, places(image));
  return isOfImages ? image : plain(transposed(b, x.value, axes));
};

/** With the reduced axes kept, so that the others stay where they are. */
const reduced = alike<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>(({ attributes }, axes) => {
  return { axes: attributes.axes.map((axis) => axes.indexOf(axis)), keepdims: true };
});

const reduction: typeof reduced = (b, inputs, node) => reshaped(b, reduced(b, inputs, node), node.shape);

const alongAxis: Rule<'Softmax' | 'LogSoftmax' | 'Concat'> = alike(({ attributes: { axis } }, axes) => {
  return { axis: axes.indexOf(axis) };
});

/** What has something to do with axes; all others compute each entry from those at its place. */
type OfAxes = {
  [O in Operator]: [keyof OperatorAttributes[O] & ('axis' | 'axes' | 'pads' | 'perm' | 'shape')] extends [never]
    ? never
    : O;
}[Operator];

const rules: { readonly [O in Operator]?: Rule<O> } = {
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Conv: ofImages,
  ConvTranspose: ofImages,
  MatMul: ordered,
  MaxPool: ofImages,
  AveragePool: ofImages,
  Reshape: (b, [x], { shape }) => reshaped(b, x, shape),
  Transpose: transpose,
  Concat: alongAxis,
  Slice: alike(({ attributes }, axes) => {
    return { ...attributes, axes: attributes.axes.map((axis) => axes.indexOf(axis)) };
  }),
  Pad: alike(({ attributes: { pads, value } }, axes) => {
    return { pads: [...permuted(pads, axes), ...permuted(pads.slice(axes.length), axes)], value };
  }),
  Expand: alike(({ shape }, axes) => ({ shape: permuted(shape, axes) })),
  Gather: ordered,
} satisfies { readonly [O in OfAxes | 'MatMul']: Rule<O> };
