import { atOnce, type Steps } from '../base/steps';
import type { ConstantData, ConstantValue, DataType, Shape } from './network';

/** Who was lent elements: what it makes are copies, or nothing where it gave the elements back instead. */
export interface Borrower {
  /** Holds the caller up. */
  copyNow(): ConstantData | undefined;
  copySoon(): Promise<ConstantData | undefined>;
}

/**
 * The elements of constants, row-major: not there until something asks for them, in memory, or lent for a while to who computes
 * with them and has them alone then, so that they are never there twice.
 */
export class Elements {
  private static readonly known = new WeakMap<object, Elements>();
  private borrower: Borrower | undefined;
  /** While they are lent: the last copy. */
  private copied: WeakRef<ConstantData> | undefined;

  private constructor(
    readonly type: DataType,
    private own: ConstantData,
    private read: (() => Steps<ConstantData>) | undefined,
  ) {}

  /** Those of an array, the same for all arrays of a type that fill the same memory: it can be lent once. */
  static of(data: ConstantData): Elements {
    const known = Elements.known.get(memoryOf(data));
    if (known?.type === typeOf(data)) return known;
    const elements = new Elements(typeOf(data), data, undefined);
    Elements.known.set(memoryOf(data), elements);
    return elements;
  }

  /** Those that are read, or computed, when something asks for them: into memory that nothing else uses. */
  static deferred(type: DataType, read: () => Steps<ConstantData>): Elements {
    return new Elements(type, none, read);
  }

  get areRead(): boolean {
    return this.read === undefined;
  }

  /** Reads them, where they are not there. */
  *reading(): Steps<void> {
    if (this.read === undefined) return;
    const data = yield* this.read();
    // Meanwhile somebody may have asked for them who could not wait.
    if (this.areRead) return;
    this.takeBack(data);
    this.read = undefined;
  }

  get isLent(): boolean {
    return this.borrower !== undefined;
  }

  /** The elements; a copy while they are lent. Where they are to be read this holds everybody up. */
  get data(): ConstantData {
    if (!this.areRead) atOnce(this.reading());
    if (this.borrower === undefined) return this.own;
    const known = this.copied?.deref();
    if (known !== undefined) return known;
    const data = this.borrower.copyNow();
    if (!this.isLent) return this.own;
    if (data === undefined) throw new Error('elements that were lent were lost');
    this.copied = new WeakRef(data);
    return data;
  }

  /** A copy for who is to have it alone, made without holding anybody up while they are lent. */
  async copy(): Promise<ConstantData> {
    let asked: Borrower | undefined;
    while (this.borrower !== undefined && this.borrower !== asked) {
      asked = this.borrower;
      const copy = await asked.copySoon();
      if (copy !== undefined) return copy;
    }
    return this.data.slice();
  }

  /**
   * Gives them away, in a buffer that holds nothing else.
   *
   * @param borrower who makes copies of them for others meanwhile
   */
  lend(borrower: Borrower): ConstantData {
    const { data } = this;
    this.own = none;
    this.borrower = borrower;
    return memoryOf(data) === data ? data.slice() : data;
  }

  /** @param data what was given away */
  takeBack(data: ConstantData): void {
    this.own = data;
    this.borrower = undefined;
    this.copied = undefined;
    Elements.known.set(memoryOf(data), this);
  }
}

const none = new Float32Array(0);

/** What the elements of an array are. */
export function typeOf(data: ConstantData): DataType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int64' : 'bool';
}

/** The buffer that an array fills, or the array where it is a part of one. */
function memoryOf(data: ConstantData): object {
  return data.byteLength === data.buffer.byteLength ? data.buffer : data;
}

/** A constant with elements of a file, or that were computed. */
export class StoredConstant implements ConstantValue {
  readonly op = 'Constant';
  readonly type: DataType;

  constructor(
    readonly elements: Elements,
    readonly shape: Shape,
    readonly label: string | undefined,
  ) {
    this.type = elements.type;
  }

  get data(): ConstantData {
    return this.elements.data;
  }
}
