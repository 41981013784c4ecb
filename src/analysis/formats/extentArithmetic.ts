import { broadcastShape } from '../network/shapes';
import { broadcastStrides, count, type Extent, type Extents } from './extents';

/** Why a calculation with the batch size has no single answer. */
export class BatchArithmeticError extends Error {}

type Unary = (a: Extent, whole: boolean) => Extent;
type Binary = (a: Extent, b: Extent, whole: boolean) => Extent;

const fixed = (value: number): Extent => ({ fixed: value, perBatch: 0 });

function known({ fixed: value, perBatch }: Extent): number {
  if (perBatch !== 0) throw new BatchArithmeticError('it calculates with the batch size in a way that is not linear');
  return value;
}

const times: Binary = (a, b) => {
  if (a.perBatch !== 0 && b.perBatch !== 0) known(a);
  return { fixed: a.fixed * b.fixed, perBatch: a.fixed * b.perBatch + a.perBatch * b.fixed };
};

/** Integer division truncates, as in C. */
const over: Binary = (a, b, whole) => {
  const quotient = (p: number, q: number): number => (whole ? Math.trunc(p / q) : p / q);
  if (b.perBatch === 0) {
    if (whole && a.perBatch % b.fixed !== 0) known(a);
    return { fixed: quotient(a.fixed, b.fixed), perBatch: a.perBatch / b.fixed };
  }
  if (a.fixed !== 0 || b.fixed !== 0 || (whole && a.perBatch % b.perBatch !== 0)) known(b);
  return fixed(quotient(a.perBatch, b.perBatch));
};

const minus: Binary = (a, b) => ({ fixed: a.fixed - b.fixed, perBatch: a.perBatch - b.perBatch });

/** The sign of a − b, the same for every n ≥ 1. */
function compare(a: Extent, b: Extent): number {
  const difference = minus(a, b, true);
  const { perBatch } = difference;
  const smallest = difference.fixed + perBatch;
  if (perBatch === 0 || Math.sign(smallest) === Math.sign(perBatch)) return Math.sign(smallest);
  return known(difference);
}

const comparison =
  (holds: (sign: number) => boolean): Binary =>
  (a, b) =>
    fixed(holds(compare(a, b)) ? 1 : 0);

const onKnown =
  (f: (value: number) => number): Unary =>
  (a) =>
    fixed(f(known(a)));

/** To the nearest integer, halves to the even one. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const unary: Readonly<Record<string, Unary>> = {
  Neg: (a) => ({ fixed: -a.fixed, perBatch: -a.perBatch }),
  Abs: (a) => (a.fixed >= 0 && a.perBatch >= 0 ? a : fixed(Math.abs(known(a)))),
  Floor: (a) => (a.perBatch !== 0 && Number.isInteger(a.fixed) ? a : fixed(Math.floor(known(a)))),
  Ceil: (a) => (a.perBatch !== 0 && Number.isInteger(a.fixed) ? a : fixed(Math.ceil(known(a)))),
  Round: onKnown(roundHalfEven),
  Sqrt: onKnown(Math.sqrt),
  Reciprocal: onKnown((a) => 1 / a),
  Not: onKnown((a) => 1 - a),
};

const binary: Readonly<Record<string, Binary>> = {
  Add: (a, b) => ({ fixed: a.fixed + b.fixed, perBatch: a.perBatch + b.perBatch }),
  Sub: minus,
  Mul: times,
  Div: over,
  Mod: (a, b) => {
    const [p, q] = [known(a), known(b)];
    return fixed(p - q * Math.floor(p / q));
  },
  // With the sign of the dividend, as C's %.
  Fmod: (a, b) => fixed(known(a) % known(b)),
  Pow: (a, b) => fixed(known(a) ** known(b)),
  Min: (a, b) => (compare(a, b) <= 0 ? a : b),
  Max: (a, b) => (compare(a, b) >= 0 ? a : b),
  // A batch size never equals a number: the network is for every n.
  Equal: (a, b) => fixed(a.perBatch === b.perBatch && a.fixed === b.fixed ? 1 : 0),
  Greater: comparison((sign) => sign > 0),
  GreaterOrEqual: comparison((sign) => sign >= 0),
  Less: comparison((sign) => sign < 0),
  LessOrEqual: comparison((sign) => sign <= 0),
  And: (a, b) => fixed(known(a) * known(b)),
  Or: (a, b) => fixed(Math.max(known(a), known(b))),
  Xor: (a, b) => fixed(Math.abs(known(a) - known(b))),
};

const LOGICAL: ReadonlySet<string> = new Set(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']);

/** Operators that calculate with extents element by element. */
export function isExtentArithmetic(op: string): boolean {
  return Object.hasOwn(unary, op) || Object.hasOwn(binary, op);
}

/**
 * The result of an elementwise operator on extents, broadcast as ONNX does.
 *
 * @throws BatchArithmeticError where the result is not of the form a + b·n
 */
export function extentArithmetic(op: string, inputs: readonly Extents[]): Extents {
  const whole = inputs.every(({ type }) => type !== 'float32');
  const type = LOGICAL.has(op) ? 'bool' : inputs[0].type;
  if (Object.hasOwn(unary, op)) {
    const [{ shape, elements }] = inputs;
    return { op: 'Extents', type, shape, elements: elements.map((a) => unary[op](a, whole)) };
  }
  return inputs.slice(1).reduce((a, b) => ({ ...pairwise(a, b, (p, q) => binary[op](p, q, whole)), type }), inputs[0]);
}

function pairwise(a: Extents, b: Extents, f: (a: Extent, b: Extent) => Extent): Extents {
  const shape = broadcastShape(a.shape, b.shape);
  const rank = shape.length;
  const [left, right] = [broadcastStrides(a.shape, rank), broadcastStrides(b.shape, rank)];
  const elements = Array.from({ length: count(shape) }, (_, position) => {
    let [i, j, rest] = [0, 0, position];
    for (let axis = rank - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      i += index * left[axis];
      j += index * right[axis];
    }
    return f(a.elements[i], b.elements[j]);
  });
  return { op: 'Extents', type: a.type, shape, elements };
}

/** The product of all elements. */
export function extentProduct(elements: readonly Extent[]): Extent {
  return elements.reduce((product, element) => times(product, element, true), fixed(1));
}
