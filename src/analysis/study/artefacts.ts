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
      const bytes = await readFile(file);
      const content = bytes.subarray(digestBytes);
      if (!createHash('sha256').update(content).digest().equals(bytes.subarray(0, digestBytes))) return undefined;
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
    const names = (await readdir(folder)).filter((name) => /\.(artefact|draft)$/.test(name));
    const found = await Promise.all(
      names.map(async (name) => {
        const file = path.join(folder, name);
        // Another process may have removed it meanwhile.
        const status = await stat(file).catch(() => undefined);
        return status && { file, size: status.size, mtimeMs: status.mtimeMs };
      }),
    );
    const files = found.filter((file) => file !== undefined);
    let used = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (used <= this.options.disk) break;
      await rm(file, { force: true });
      used -= size;
    }
  }
}
