import { AnalysisError } from '../../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';

/** The configuration of a layer, field by field, with errors that name layer and field. */
export class Settings {
  /**
   * @param layer the layer, as messages name it
   * @param fields its "config"
   */
  constructor(
    readonly layer: string,
    readonly fields: JsonObject,
  ) {}

  /** Whether the field is there and not null. */
  has(field: string): boolean {
    return (this.fields[field] ?? null) !== null;
  }

  /** @throws AnalysisError 'model-unreadable' where it is no number */
  number(field: string, absent?: number): number {
    const value = this.value(field, absent);
    if (typeof value === 'number') return value;
    throw this.wrong(field, 'a number', value);
  }

  /** @throws AnalysisError 'model-unreadable' where it is not true or false */
  boolean(field: string, absent?: boolean): boolean {
    const value = this.value(field, absent);
    if (typeof value === 'boolean') return value;
    throw this.wrong(field, 'true or false', value);
  }

  /** @throws AnalysisError 'model-unreadable' where it is no text */
  text(field: string, absent?: string): string {
    const value = this.value(field, absent);
    if (typeof value === 'string') return value;
    throw this.wrong(field, 'text', value);
  }

  /**
   * A whole number, or a list of them.
   *
   * @throws AnalysisError 'model-unreadable' where they are no whole numbers
   */
  integers(field: string, absent?: readonly number[]): readonly number[] {
    const value = this.value(field, absent);
    const list: readonly Json[] = isJsonList(value) ? value : [value];
    if (list.every((entry) => Number.isInteger(entry))) return list as readonly number[];
    throw this.wrong(field, 'whole numbers', value);
  }

  /**
   * r whole numbers; one number stands for r equal ones.
   *
   * @throws AnalysisError 'model-unreadable' where they are not r, or not positive
   */
  extents(field: string, r: number, absent?: number): readonly number[] {
    const values = this.integers(field, absent === undefined ? undefined : [absent]);
    const extents = values.length === 1 ? new Array<number>(r).fill(values[0]) : values;
    if (extents.length === r && extents.every((extent) => extent > 0)) return extents;
    throw this.wrong(field, `${r} positive numbers`, this.fields[field]);
  }

  /**
   * [before, after] for each of r axes, from k, [k, …] or [[before, after], …].
   *
   * @throws AnalysisError 'model-unreadable' where they are not r pairs of whole numbers ≥ 0
   */
  margins(field: string, r: number): readonly (readonly [number, number])[] {
    const value = this.fields[field];
    const list: readonly (Json | undefined)[] = isJsonList(value) ? value : new Array<Json | undefined>(r).fill(value);
    // One axis writes [before, after] where several write [[before, after], …].
    const perAxis = r === 1 && list.length === 2 ? [list as readonly Json[]] : list;
    const margins = perAxis.map((entry) => (isJsonList(entry) ? entry : [entry, entry]));
    const valid = (margin: readonly unknown[]): margin is readonly [number, number] =>
      margin.length === 2 && margin.every((size) => Number.isInteger(size) && Number(size) >= 0);
    if (margins.length === r && margins.every(valid)) return margins;
    throw this.wrong(field, `${r} pairs of numbers`, value);
  }

  /**
   * A number or a list of numbers, nested at will, in order.
   *
   * @throws AnalysisError 'model-unreadable' where another thing is among them
   */
  numbers(field: string, absent?: number): readonly number[] {
    const value = this.value(field, absent);
    const flat = flattened(value);
    if (flat.every((entry) => typeof entry === 'number')) return flat;
    throw this.wrong(field, 'numbers', value);
  }

  /** The error of a field that should be something else. */
  wrong(field: string, expected: string, value: Json | undefined): AnalysisError {
    const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
    return new AnalysisError('model-unreadable', `${this.layer}: "${field}" must be ${expected}, got ${got}.`);
  }

  /** The error of a setting that Keras allows and this reader does not know. */
  unsupported(what: string, instead: string): AnalysisError {
    return new AnalysisError('unsupported-op', `${this.layer}: ${what} is not supported; ${instead}.`);
  }

  private value(field: string, absent: Json | undefined): Json {
    const value = this.fields[field] ?? absent;
    if (value === undefined) throw this.wrong(field, 'given', value);
    return value;
  }
}

function flattened(value: Json): readonly Json[] {
  return isJsonList(value) ? value.flatMap(flattened) : [value];
}

/** The "config" of a serialised object. */
export function configOf(value: JsonObject): JsonObject {
  const { config } = value;
  return isJsonObject(config) ? config : {};
}
