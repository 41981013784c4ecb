import { AnalysisError } from '../../base/errors';
import type { ConstantData } from '../../network/network';
import { elementCount } from '../../network/shapes';

/** A part of a tensor: where it begins along each axis, and how far it goes. */
export interface Box {
  readonly start: readonly number[];
  readonly shape: readonly number[];
}

/** A part of a larger variable, as TensorFlow writes it where it restores one. */
export interface VariablePart extends Box {
  /** The shape of all of the variable. */
  readonly whole: readonly number[];
}

/**
 * The part that a text such as "3 3 2 4 0,2:-:-:-" means: the whole's extents, then start and length along each axis, or −
 * for all of it.
 *
 * @throws AnalysisError 'model-unreadable' where it means none
 */
export function partOf(text: string, variable: string): VariablePart {
  const words = text.split(' ');
  const whole = words.slice(0, -1).map(Number);
  const ranges = (words.at(-1) ?? '').split(':').map((range, axis): [number, number] => {
    if (range === '-') return [0, whole[axis]];
    const [start, length] = range.split(',').map(Number);
    return [start, length];
  });
  const part = { whole, start: ranges.map(([start]) => start), shape: ranges.map(([, length]) => length) };
  if (isWithin(part, whole)) return part;
  throw new AnalysisError('model-unreadable', `SavedModel: the variable "${variable}" is no part of one: "${text}".`);
}

/** Whether a box lies in a tensor of that shape. */
export function isWithin({ start, shape }: Box, whole: readonly number[]): boolean {
  return (
    start.length === whole.length &&
    shape.length === whole.length &&
    whole.every((extent, axis) => {
      const [from, length] = [start[axis], shape[axis]];
      return Number.isInteger(from) && Number.isInteger(length) && from >= 0 && length >= 0 && from + length <= extent;
    })
  );
}

/** What two boxes share; undefined where that is nothing. */
export function intersection(a: Box, b: Box): Box | undefined {
  const start = a.start.map((from, axis) => Math.max(from, b.start[axis]));
  const shape = start.map(
    (from, axis) => Math.min(a.start[axis] + a.shape[axis], b.start[axis] + b.shape[axis]) - from,
  );
  return shape.every((length) => length > 0) ? { start, shape } : undefined;
}

/** Whether each place of a box is in one and only one of the boxes within it. */
export function isTiled(box: Box, within: readonly Box[]): boolean {
  const overlap = within.some((one, i) => within.slice(i + 1).some((other) => intersection(one, other) !== undefined));
  return !overlap && within.reduce((sum, { shape }) => sum + elementCount(shape), 0) === elementCount(box.shape);
}

/** Copies what `common` holds from the elements of one box to those of another. */
export function copyBox(common: Box, from: Box, source: ConstantData, to: Box, target: ConstantData): void {
  const count = elementCount(common.shape);
  const place = (box: Box, index: readonly number[]): number =>
    index.reduce((at, i, axis) => at * box.shape[axis] + common.start[axis] + i - box.start[axis], 0);
  const index = common.shape.map(() => 0);
  for (let copied = 0; copied < count; copied++) {
    target[place(to, index)] = source[place(from, index)];
    for (let axis = index.length - 1; axis >= 0 && ++index[axis] === common.shape[axis]; axis--) index[axis] = 0;
  }
}

/**
 * The key of a stored part in a checkpoint's index, one character a byte: 0, the name, the rank, then start and length along
 * each axis, in numbers whose bytes sort as they do.
 *
 * @see tensorflow/core/util/saved_tensor_slice_util.cc and tensorflow/core/lib/strings/ordered_code.cc
 */
export function partKey(name: string, { start, shape }: Box): string {
  const escaped = [...Buffer.from(name)].flatMap((byte) => (byte === 0 ? [0, 255] : byte === 255 ? [255, 0] : byte));
  const extents = start.flatMap((from, axis) => [...signed(from), ...signed(shape[axis])]);
  const rank = start.length === 0 ? [0] : [1, start.length];
  return Buffer.from([0, ...escaped, 0, 1, ...rank, ...extents]).toString('latin1');
}

/** A number ≥ 0 in as many bytes as its first bits count. */
function signed(value: number): number[] {
  const bits = value === 0 ? 0 : Math.floor(Math.log2(value)) + 1;
  const length = Math.floor(bits / 7) + 1;
  const bytes = Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256);
  // Variables' extents take at most 7 bytes, whose count stands in the first.
  bytes[0] ^= (0xff << (8 - length)) & 0xff;
  return bytes;
}
