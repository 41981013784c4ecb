import { AnalysisError } from '../../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';

/** A place in a JSON file; what is not as expected is an error that names it. */
export class Place {
  constructor(
    private readonly value: Json | undefined,
    private readonly name: string,
  ) {}

  has(field: string): boolean {
    return isJsonObject(this.value) && (this.value[field] ?? null) !== null;
  }

  at(field: string): Place {
    return new Place(this.object()[field], `${this.name}, ${field}`);
  }

  entries(): (readonly [string, Place])[] {
    return Object.entries(this.object()).map(([key, value]) => [key, new Place(value, `${this.name}, ${key}`)]);
  }

  /**
   * The one field of a union, and its name.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  union(): readonly [string, Place] {
    const [first] = this.entries().filter(([, place]) => place.value !== null);
    if ((first as unknown) === undefined) throw this.wrong('an object with one field');
    return first;
  }

  /**
   * The entries of a list.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  list(): readonly Place[] {
    if (!isJsonList(this.value)) throw this.wrong('a list');
    return this.value.map((entry, i) => new Place(entry, `${this.name}, ${i}`));
  }

  /**
   * What must be text.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  text(): string {
    if (typeof this.value === 'string') return this.value;
    throw this.wrong('text');
  }

  /**
   * What must be true or false.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  boolean(): boolean {
    if (typeof this.value === 'boolean') return this.value;
    throw this.wrong('true or false');
  }

  /**
   * What must be a whole number.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  integer(): number {
    if (typeof this.value === 'number' && Number.isInteger(this.value)) return this.value;
    throw this.wrong('a whole number');
  }

  /**
   * JSON has no infinities: torch writes their names.
   *
   * @throws AnalysisError 'model-unreadable' where it is something else
   */
  number(): number {
    if (typeof this.value === 'number') return this.value;
    if (this.value === 'Infinity' || this.value === '-Infinity' || this.value === 'NaN') return Number(this.value);
    throw this.wrong('a number');
  }

  private object(): JsonObject {
    if (isJsonObject(this.value)) return this.value;
    throw this.wrong('an object');
  }

  private wrong(expected: string): AnalysisError {
    const got = this.value === undefined ? 'nothing' : JSON.stringify(this.value).slice(0, 80);
    return new AnalysisError('model-unreadable', `${this.name} must be ${expected}, got ${got}.`);
  }
}
