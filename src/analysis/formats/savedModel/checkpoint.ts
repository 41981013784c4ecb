import { AnalysisError } from '../../base/errors';
import { type Bytes, section } from '../../files/bytes';
import type { DiskFile } from '../../files/diskFile';
import { fileBeside } from '../../files/fileBeside';
import type { ModelFiles } from '../../files/modelFiles';
import type { ConstantData } from '../../network/network';
import { elementsOfBytes, type TensorOutline, tensorOutline } from './elements';
import { type BundleEntry, decodeBundleEntry, decodeBundleHeader } from './savedModelProto';
import { tableEntries } from './sortedTable';

const INDEX = 'variables/variables.index';
/** More files than any writer makes. */
const MOST_SHARDS = 4096;

/** A tensor of a checkpoint, whose numbers are read when they are asked for. */
export interface StoredTensor extends TensorOutline {
  readonly read: () => ConstantData;
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
   * The tensor stored under a key.
   *
   * @param name the variable, for messages
   * @throws AnalysisError 'model-unreadable' where there is none, it is stored in parts, or its place does not fit its shape
   */
  tensor(key: string, name: string): StoredTensor {
    const stored = this.entries.get(key);
    if (stored === undefined) throw unreadable(`variable "${name}" must be there under "${key}", and is not`);
    const entry = parsed(() => decodeBundleEntry(stored), `entry "${key}"`);
    if (entry.slices.length > 0) {
      throw unreadable(
        `variable "${name}" is stored in parts, which are not read here; export it without partitioning`,
      );
    }
    const outline = tensorOutline(entry.dtype, entry.shape, name);
    const bytes = this.bytes(entry, outline);
    return { ...outline, read: () => elementsOfBytes(outline, bytes.read(0, bytes.size)) };
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
