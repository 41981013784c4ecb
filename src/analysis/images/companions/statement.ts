import type { Preprocessing } from '../../../protocol/sideFile';
import { isJsonList, isJsonObject, type Json } from '../../files/json';

/** Height and width. */
export type Size = readonly [number, number];

/** What a file says of how images become a network's input. */
export interface Statement {
  readonly preprocessing: Preprocessing;
  /** What the network sees after resizing and cropping; null where the file leaves it open. */
  readonly inputSize: Size | null;
  /** The number of colours, where it is said or follows. */
  readonly channels: number | null;
  /** What the file says that is not followed here. */
  readonly notes: readonly string[];
}

/** A number > 0, else null. */
export function positive(value: Json | undefined): number | null {
  return isFinite(value) && value > 0 ? value : null;
}

/** A whole number of pixels, else null. */
export function extent(value: Json | undefined): number | null {
  return Number.isInteger(positive(value)) ? positive(value) : null;
}

/** A number, or a list of them, else null. */
export function numbers(value: Json | undefined): number | number[] | null {
  if (isFinite(value)) return value;
  if (!isJsonList(value) || value.length === 0) return null;
  return value.every(isFinite) ? [...value] : null;
}

/** As `numbers`, without zeros: what is divided by. */
export function divisors(value: Json | undefined): number | number[] | null {
  const found = numbers(value);
  const hasZero = typeof found === 'number' ? found === 0 : found?.includes(0) === true;
  return hasZero ? null : found;
}

const isFinite = (value: Json | undefined): value is number => Number.isFinite(value);

/** { height, width }, or a list [height, width], as a size. */
export function sizeOf(value: Json | undefined): Size | null {
  const [height, width] = isJsonObject(value)
    ? [extent(value['height']), extent(value['width'])]
    : isJsonList(value) && value.length === 2
      ? value.map(extent)
      : [null, null];
  return height !== null && width !== null ? [height, width] : null;
}
