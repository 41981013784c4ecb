import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Where artefacts are kept and how much room they may take. */
export interface ArtefactOptions {
  /** A folder that outlives the process, or null to keep artefacts in memory only. */
  readonly folder: string | null;
  /** Bytes in memory beyond which the longest unused are dropped. */
  readonly memory: number;
  /** Bytes on disk beyond which the longest unused are removed when a store is opened. */
  readonly disk: number;
  /** Of the computation: what another revision kept is not found. */
  readonly revision: number;
}

const digestBytes = 32;
/** Bytes on disk that choices may take: some thousand of them. */
const choicesDisk = 2 ** 20;

/**
 * Results that are worth more than their room: boundary points, principal directions, finished items. Each is computed
 * once for its key and then shared by all analyses of a job, by later jobs, and (on disk) by later processes. A file
 * that is damaged in any way is as good as absent.
 */
export class ArtefactStore {
  /** In order of last use. */
  private readonly memory = new Map<string, Buffer>();
  private memoryUsed = 0;
  private opened: Promise<void> | undefined;
  private apart: ArtefactStore | undefined;

  constructor(private readonly options: ArtefactOptions) {}

  /**
   * The artefact of `key`, or undefined.
   *
   * @param key - everything that the value depends on, as JSON.
   */
  async find<T>(key: readonly unknown[]): Promise<T | undefined> {
    const digest = this.digestOf(key);
    const bytes = this.memory.get(digest) ?? (await this.read(digest));
    if (!bytes) return undefined;
    this.remember(digest, bytes);
    return deserialize(bytes) as T;
  }

  /** Of what was chosen for models, in a folder of their own: they are listed. */
  get choices(): ArtefactStore {
    const { folder } = this.options;
    const place = folder === null ? null : path.join(folder, 'choices');
    return (this.apart ??= new ArtefactStore({ ...this.options, folder: place, disk: choicesDisk }));
  }

  /** All values on disk, of whatever revision, the last used first. */
  async all<T>(): Promise<T[]> {
    const { folder } = this.options;
    const files = folder === null ? [] : await filesIn(folder, /\.artefact$/);
    const latest = files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    const contents = await Promise.all(latest.map(({ file }) => contentOf(file).catch(() => undefined)));
    return contents.flatMap((content) => (content ? [deserialize(content) as T] : []));
  }

  /** Keeps a value, which must survive the structured clone algorithm, under its key. */
  async keep(key: readonly unknown[], value: unknown): Promise<void> {
    const digest = this.digestOf(key);
    const bytes = serialize(value);
    this.remember(digest, bytes);
    await this.write(digest, bytes);
  }

  private digestOf(key: readonly unknown[]): string {
    const whole = [this.options.revision, ...key];
    return createHash('sha256').update(JSON.stringify(whole)).digest('hex');
  }

  private remember(digest: string, bytes: Buffer): void {
    this.memoryUsed += bytes.length - (this.memory.get(digest)?.length ?? 0);
    this.memory.delete(digest);
    this.memory.set(digest, bytes);
    for (const [oldest, old] of this.memory) {
      if (this.memoryUsed <= this.options.memory) break;
      this.memory.delete(oldest);
      this.memoryUsed -= old.length;
    }
  }

  private file(folder: string, digest: string): string {
    return path.join(folder, `${digest}.artefact`);
  }

  private async read(digest: string): Promise<Buffer | undefined> {
    const { folder } = this.options;
    if (folder === null) return undefined;
    try {
      const file = this.file(folder, digest);
      const content = await contentOf(file);
      if (!content) return undefined;
      const now = new Date();
      await utimes(file, now, now);
      return content;
    } catch {
      return undefined;
    }
  }

  /** Written beside its place and moved there, so that a reader never sees half a file. A full disk costs nothing but time. */
  private async write(digest: string, content: Buffer): Promise<void> {
    const { folder } = this.options;
    if (folder === null) return;
    const draft = path.join(folder, `${digest}.${randomUUID()}.draft`);
    try {
      await (this.opened ??= this.open(folder));
      await writeFile(draft, Buffer.concat([createHash('sha256').update(content).digest(), content]));
      await rename(draft, this.file(folder, digest));
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  private async open(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const files = await filesIn(folder, /\.(artefact|draft)$/);
    let used = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (used <= this.options.disk) break;
      await rm(file, { force: true });
      used -= size;
    }
  }
}

/** What a file holds; undefined where it is damaged. */
async function contentOf(file: string): Promise<Buffer | undefined> {
  const bytes = await readFile(file);
  const content = bytes.subarray(digestBytes);
  const isWhole = createHash('sha256').update(content).digest().equals(bytes.subarray(0, digestBytes));
  return isWhole ? content : undefined;
}

/** The files of such names; none where there is no such folder. */
async function filesIn(folder: string, name: RegExp): Promise<{ file: string; size: number; mtimeMs: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names
      .filter((one) => name.test(one))
      .map(async (one) => {
        const file = path.join(folder, one);
        // Another process may have removed it meanwhile.
        const status = await stat(file).catch(() => undefined);
        return status && { file, size: status.size, mtimeMs: status.mtimeMs };
      }),
  );
  return found.filter((file) => file !== undefined);
}
