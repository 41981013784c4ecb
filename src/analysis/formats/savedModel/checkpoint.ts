import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { type Bytes, section } from '../../files/bytes';
import type { DiskFile } from '../../files/diskFile';
import { fileBeside } from '../../files/fileBeside';
import type { ModelFiles } from '../../files/modelFiles';
import type { ConstantData } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { emptyElements } from '../elements';
import { elementsOfBytes, type TensorOutline, tensorOutline } from './elements';
import { type BundleEntry, decodeBundleEntry, decodeBundleHeader } from './savedModelProto';
import { type Box, copyBox, intersection, isTiled, isWithin, partKey, partOf } from './slices';
import { tableEntries } from './sortedTable';

const INDEX = 'variables/variables.index';
/** More files than any writer makes. */
const MOST_SHARDS = 4096;
/** More parts of one variable than any writer makes: it makes one a machine. */
const MOST_PARTS = 1024;

/** A tensor of a checkpoint, whose numbers are read when they are asked for. */
export interface StoredTensor extends TensorOutline {
  readonly read: () => Steps<ConstantData>;
}

/** A part of a tensor as it is stored. */
interface StoredPart extends Box {
  readonly outline: TensorOutline;
  readonly bytes: Bytes;
}

/** The variables of a SavedModel: an index of where each is, and the files that hold them. */
export class Checkpoint {
  private constructor(
    private readonly entries: ReadonlyMap<string, Uint8Array>,
    private readonly shards: readonly DiskFile[],
  ) {}

  /**
   * Reads the index; the files that it names join the model's and are not read.
   *
   * @throws AnalysisError 'model-unreadable' where a file is missing, damaged or no ordinary file of the model's folder;
   *   'limit-exceeded'
   */
  static async open(files: ModelFiles): Promise<Checkpoint> {
    const index = await fileBeside(files, INDEX, 'The variables of the SavedModel');
    const entries = new Map(tableEntries(index, INDEX).map(({ key, value }) => [key, value]));
    const { numShards, endianness } = parsed(() => decodeBundleHeader(entries.get('') ?? new Uint8Array()), 'header');
    if (endianness !== 0) throw unreadable('its numbers must be little-endian; export the model on another machine');
    if (numShards < 0 || numShards > MOST_SHARDS) {
      throw unreadable(`it must name 0 to ${MOST_SHARDS} files of variables, got ${numShards}`);
    }
    const shards: DiskFile[] = [];
    for (let shard = 0; shard < numShards; shard++) {
      const name = `variables/variables.data-${digits(shard)}-of-${digits(numShards)}`;
      shards.push(await fileBeside(files, name, 'The variables of the SavedModel'));
    }
    const size = files.identity.size;
    if (size > files.maxBytes) {
      throw new AnalysisError(
        'limit-exceeded',
        `${files.path}: its files must take at most ${files.maxBytes} bytes, got ${size}.`,
      );
    }
    return new Checkpoint(entries, shards);
  }

  /**
   * The tensor stored under a key, or a part of it.
   *
   * @param name the variable, for messages
   * @param slice which part, as what restores it says; '' for all of it
   * @throws AnalysisError 'model-unreadable' where there is none, or its place does not fit its shape
   */
  tensor(key: string, name: string, slice = ''): StoredTensor {
    const entry = this.entry(Buffer.from(key).toString('latin1'), name, key);
    const outline = tensorOutline(entry.dtype, entry.shape, name);
    if (slice === '' && entry.slices.length === 0) {
      const bytes = this.bytes(entry, outline);
      return { ...outline, read: () => elementsOfStored({ outline, bytes }) };
    }
    const whole: Box = { start: outline.shape.map(() => 0), shape: outline.shape };
    const wanted = slice === '' ? { ...whole, whole: outline.shape } : partOf(slice, name);
    if (wanted.whole.join() !== outline.shape.join()) {
      throw unreadable(`variable "${name}" must be a part of [${wanted.whole.join(', ')}], as its slice says`);
    }
    return this.assembled(wanted, this.stored(entry, outline, key, whole), outline);
  }

  private entry(at: string, name: string, key: string): BundleEntry {
    const stored = this.entries.get(at);
    if (stored === undefined) throw unreadable(`variable "${name}" must be there under "${key}", and is not`);
    return parsed(() => decodeBundleEntry(stored), `entry "${key}"`);
  }

  /** The parts in which a tensor is stored, which may be all of it. */
  private stored(entry: BundleEntry, outline: TensorOutline, key: string, whole: Box): StoredPart[] {
    const { name } = outline;
    if (entry.slices.length === 0) return [{ ...whole, outline, bytes: this.bytes(entry, outline) }];
    return entry.slices.map(({ extent }) => {
      const start = extent.map((range) => range.start);
      const box = { start, shape: extent.map(({ length }, axis) => (length === 0 ? outline.shape[axis] : length)) };
      if (!isWithin(box, outline.shape)) throw unreadable(`variable "${name}" has a part beyond its shape`);
      const own = this.entry(partKey(key, box), name, `a part of ${key}`);
      const part = tensorOutline(own.dtype, own.shape, name);
      if (own.dtype !== entry.dtype || part.shape.join() !== box.shape.join()) {
        throw unreadable(
          `a part of variable "${name}" must be [${box.shape.join(', ')}], got [${part.shape.join(', ')}]`,
        );
      }
      return { ...box, outline: part, bytes: this.bytes(own, part) };
    });
  }

  private assembled(wanted: Box, parts: readonly StoredPart[], whole: TensorOutline): StoredTensor {
    const count = elementCount(wanted.shape);
    const pieces = parts.flatMap((part) => {
      const common = intersection(wanted, part);
      return common === undefined ? [] : { part, common };
    });
    if (pieces.length > MOST_PARTS) {
      throw unreadable(`variable "${whole.name}" must be in at most ${MOST_PARTS} parts, got ${pieces.length}`);
    }
    const boxes = pieces.map(({ common }) => common);
    if (!isTiled(wanted, boxes)) {
      throw unreadable(`the parts of variable "${whole.name}" must hold each of its numbers once`);
    }
    const read = function* (): Steps<ConstantData> {
      const target = emptyElements(whole.type, count);
      for (const { part, common } of pieces) {
        copyBox(common, part, yield* elementsOfStored(part), wanted, target);
      }
      return target;
    };
    return { ...whole, shape: wanted.shape, count, bytes: (whole.bytes / Math.max(1, whole.count)) * count, read };
  }

  private bytes({ shardId, offset, size }: BundleEntry, outline: TensorOutline): Bytes {
    const { name, dataType, shape } = outline;
    if (shardId < 0 || shardId >= this.shards.length) {
      throw unreadable(`variable "${name}" must be in one of ${this.shards.length} files, got number ${shardId}`);
    }
    if (size !== outline.bytes) {
      throw unreadable(
        `variable "${name}", ${dataType} of shape [${shape.join(', ')}], takes ${outline.bytes} bytes, the index says ${size}`,
      );
    }
    const shard = this.shards[shardId];
    return section(shard, offset, size, `Variable "${name}" in ${shard.path}`);
  }
}

function* elementsOfStored({ outline, bytes }: Pick<StoredPart, 'outline' | 'bytes'>): Steps<ConstantData> {
  return yield* elementsOfBytes(outline, yield* bytes.readInSteps(0, bytes.size));
}

function digits(count: number): string {
  return String(count).padStart(5, '0');
}

function parsed<T>(parse: () => T, what: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new AnalysisError('model-unreadable', `${INDEX}: its ${what} is damaged: ${String(cause)}.`, { cause });
  }
}

function unreadable(reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `${INDEX}: ${reason}.`);
}
