import { AnalysisError } from '../../base/errors';
import { halfToNumber } from '../../base/halfPrecision';
import type { Steps } from '../../base/steps';
import type { Bytes } from '../../files/bytes';
import { LARGEST_INFLATION, mostUnpacked } from '../../files/inflation';
import { Elements } from '../../network/storedConstant';

/** The numbers of one variable, row-major, in the shape that Keras gives it; read when they are first asked for. */
export class Weight {
  readonly elements: Elements;

  constructor(
    readonly shape: readonly number[],
    readonly read: () => Steps<Float32Array>,
  ) {
    this.elements = Elements.deferred('float32', read);
  }

  /** How many numbers it has. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  get data(): Float32Array {
    // As `read` makes them.
    return this.elements.data as Float32Array;
  }
}

const HIGHEST_RANK = 64;
/** Bytes of a dataset that are read in one step. */
const STEP = 4 * 2 ** 20;

let library: Promise<Hdf5> | undefined;
let opened = 0;

/** HDF5 in WebAssembly with a file system of its own, in memory: no link in a file can reach a file on the disk. */
async function loadedLibrary() {
  const loaded = await import('h5wasm');
  const module = await loaded.ready;
  // Otherwise a failed read leaves whatever was in memory, and no error.
  module.activate_throwing_error_handler();
  return loaded;
}

type Hdf5 = Awaited<ReturnType<typeof loadedLibrary>>;
type File = InstanceType<Hdf5['File']>;
type Group = InstanceType<Hdf5['Group']>;
type Dataset = InstanceType<Hdf5['Dataset']>;

/** An HDF5 file that nobody vouches for, open for reading. */
export class Hdf5File {
  private constructor(
    private readonly h5: Hdf5,
    private readonly file: File,
    private readonly name: string,
    private readonly bytes: number,
  ) {}

  /**
   * @param bytes the file's content, of which HDF5 reads the pieces that it needs
   * @param name the file, for messages
   * @throws AnalysisError 'model-unreadable' where it is no HDF5 file
   */
  static async open(bytes: Bytes, name: string): Promise<Hdf5File> {
    library ??= loadedLibrary();
    const h5 = await library;
    const { FS } = await h5.ready;
    const inMemory = `${opened++}.h5`;
    FS.writeFile(inMemory, new Uint8Array());
    readInPieces(FS, inMemory, bytes);
    try {
      return new Hdf5File(h5, new h5.File(inMemory, 'r'), name, bytes.size);
    } catch (error) {
      throw new AnalysisError('model-unreadable', `${name} must be a whole HDF5 file: ${firstLine(error)}.`, {
        cause: error,
      });
    } finally {
      // As on a disk, an open file stays readable after its name is gone.
      FS.unlink(inMemory);
    }
  }

  dispose(): void {
    this.file.close();
  }

  /** Whether there is a group or a dataset of that path. */
  has(path: string): boolean {
    return this.read(path, () => this.entity(path)) !== null;
  }

  /** The names in a group; none where there is no such group. */
  keys(path: string): readonly string[] {
    return this.read(path, () => {
      const entity = this.entity(path);
      return entity instanceof this.h5.Group ? entity.keys() : [];
    });
  }

  /**
   * An attribute that is text, or undefined where there is none.
   *
   * @throws AnalysisError 'model-unreadable' where it is no text
   */
  text(path: string, attribute: string): string | undefined {
    const value = this.attribute(path, attribute);
    if (value === undefined || typeof value === 'string') return value;
    throw this.unreadable(path, `attribute "${attribute}" must be text`);
  }

  /**
   * An attribute that is a list of texts, or undefined where there is none. Long lists are stored in pieces, as
   * name0, name1, ….
   */
  texts(path: string, attribute: string): readonly string[] | undefined {
    const whole = this.attribute(path, attribute);
    if (whole !== undefined) return this.textList(path, attribute, whole);
    const pieces: string[] = [];
    for (let i = 0; ; i++) {
      const piece = this.attribute(path, `${attribute}${i}`);
      if (piece === undefined) return i === 0 ? undefined : pieces;
      pieces.push(...this.textList(path, attribute, piece));
    }
  }

  /**
   * The numbers of a dataset, as float32, read when they are asked for.
   *
   * @throws AnalysisError 'model-unreadable' where there is none of that path inside the file, 'limit-exceeded' where it
   *   claims to be far larger than the file
   */
  tensor(path: string): Weight {
    return this.read(path, () => {
      const dataset = this.entity(path);
      if (!(dataset instanceof this.h5.Dataset)) throw this.unreadable(path, 'must be a dataset');
      const { shape, size, virtual_sources } = dataset.metadata;
      if (virtual_sources !== undefined) {
        throw this.unreadable(path, 'must hold its numbers itself, not a view of others');
      }
      if (shape === null || shape.length > HIGHEST_RANK) throw this.unreadable(path, 'must have a shape');
      const bytes = shape.reduce((product, extent) => product * extent, size);
      if (bytes > mostUnpacked(this.bytes)) {
        throw new AnalysisError(
          'limit-exceeded',
          `${this.name}: dataset "${path}" claims ${bytes} bytes, ` +
            `which is over ${LARGEST_INFLATION} times the file's ${this.bytes}.`,
        );
      }
      return new Weight(shape, () => this.numbers(dataset, path));
    });
  }

  /** As many numbers as the shape has: in parts, where they lie in the file as they are. */
  private *numbers(dataset: Dataset, path: string): Steps<Float32Array> {
    const { shape, chunks, size, total_size } = this.read(path, () => dataset.metadata);
    const bytes = total_size * size;
    // Half precision comes whole, see below.
    if (shape === null || chunks !== null || bytes <= STEP || size < 4) {
      yield;
      return this.read(path, () => this.counted(this.floats(dataset, path), total_size, path));
    }
    const numbers = new Float32Array(total_size);
    const [rows] = shape;
    const row = total_size / rows;
    const step = Math.max(1, Math.floor((STEP * rows) / bytes));
    for (let start = 0; start < rows; start += step) {
      const end = Math.min(start + step, rows);
      const part = this.read(path, () => {
        return this.counted(this.floats(dataset, path, [start, end]), (end - start) * row, path);
      });
      numbers.set(part, start * row);
      yield;
    }
    return numbers;
  }

  private counted(numbers: Float32Array, count: number, path: string): Float32Array {
    if (numbers.length === count) return numbers;
    throw this.unreadable(path, `must hold ${count} numbers, got ${numbers.length}`);
  }

  /** @param rows from where to where along the first axis; all, where they are not said */
  private floats(dataset: Dataset, path: string, rows?: [number, number]): Float32Array {
    const { type, size, littleEndian, total_size } = dataset.metadata;
    // H5T_FLOAT is 1; half precision is the one kind the library does not convert.
    if (type === 1 && size === 2 && littleEndian) return this.halfFloats(dataset, total_size);
    const value = rows === undefined ? dataset.value : dataset.slice([rows]);
    if (typeof value === 'number') return Float32Array.of(value);
    if (typeof value === 'bigint') return Float32Array.of(Number(value));
    if (value instanceof Float32Array) return value;
    if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float32Array.from(value, Number);
    if (ArrayBuffer.isView(value)) return Float32Array.from(value);
    throw this.unreadable(path, 'must hold numbers');
  }

  private halfFloats(dataset: Dataset, count: number): Float32Array {
    const module = this.h5.Module;
    const pointer = module._malloc(2 * count);
    try {
      module.get_dataset_data(dataset.file_id, dataset.path, null, null, null, BigInt(pointer));
      const bytes = module.HEAPU8.slice(pointer, pointer + 2 * count);
      return Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber);
    } finally {
      module._free(pointer);
    }
  }

  private attribute(path: string, attribute: string): unknown {
    return this.read(path, () => {
      const entity = this.entity(path);
      if (entity === null || !(attribute in entity.attrs)) return undefined;
      return entity.attrs[attribute].value;
    });
  }

  private textList(path: string, attribute: string, value: unknown): readonly string[] {
    // An empty list is stored as an empty array of floats.
    if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.unreadable(path, `attribute "${attribute}" must be a list of texts`);
  }

  /** The group or dataset, null where there is none. Every step of the path is checked, because links are followed. */
  private entity(path: string): Group | Dataset | null {
    let entity: Group | Dataset = this.file;
    for (const step of path.split('/').filter((part) => part !== '')) {
      if (!(entity instanceof this.h5.Group)) return null;
      const inside = entity.path === '/' ? `/${step}` : `${entity.path}/${step}`;
      const next = entity.get(inside);
      if (next === null) return null;
      // The library's declaration leaves out that there may be no link.
      const link = entity.get_link(inside) as string | null;
      if (link !== null || !(next instanceof this.h5.Group || next instanceof this.h5.Dataset)) {
        throw this.unreadable(path, 'must lie in the file itself, but there is a link');
      }
      entity = next;
    }
    return entity;
  }

  private read<T>(path: string, reading: () => T): T {
    try {
      return reading();
    } catch (error) {
      if (error instanceof AnalysisError) throw error;
      throw new AnalysisError('model-unreadable', `${this.name}: "${path}" cannot be read: ${firstLine(error)}.`, {
        cause: error,
      });
    }
  }

  private unreadable(path: string, expected: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.name}: "${path}" ${expected}.`);
  }
}

/** What of the library's file system its declaration leaves out. */
interface FileSystem {
  readonly lookupPath: (path: string) => { readonly node: FileNode };
  readonly ErrnoError: new (errno: number) => Error;
}

interface FileNode {
  usedBytes: number;
  stream_ops: object;
}

const INPUT_OUTPUT_ERROR = 29;

/** Lets a file in memory have the content of `bytes` without holding it. */
function readInPieces(fileSystem: object, path: string, bytes: Bytes): void {
  const { lookupPath, ErrnoError } = fileSystem as FileSystem;
  const { node } = lookupPath(path);
  node.usedBytes = bytes.size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_: unknown, memory: Int8Array, to: number, length: number, from: number): number => {
      const count = Math.max(0, Math.min(length, bytes.size - from));
      try {
        memory.set(bytes.read(from, count), to);
      } catch {
        // What else is thrown would leave the library's C code in the middle of a step.
        throw new ErrnoError(INPUT_OUTPUT_ERROR);
      }
      return count;
    },
  };
}

/** The library's errors are the whole stack of its C code. */
function firstLine(error: unknown): string {
  const lines = String(error).split('\n');
  const cause = lines.findLast((line) => line.includes('(): '));
  return (cause ?? lines[0]).replace(/^.*\(\): /, '');
}
