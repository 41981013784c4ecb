import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Backend, Executable } from '../backends/backend';
import { AnalysisError } from '../base/errors';
import type { CallKind } from '../network/calls';
import type { Network } from '../network/network';

type Run = Executable['run'];

/**
 * What a backend has made ready of a model, by kind of call: made when it is first asked for, and kept. Where the device is
 * lost all is made anew, once for each batch that it fails.
 */
export class Executables {
  private made = new Map<string, Promise<Executable>>();
  /** Of those, the ones that are loaded. */
  private readonly loaded = new Set<Promise<Executable>>();

  /** @param networkOf what a kind of call runs */
  constructor(
    private readonly backend: Backend,
    private readonly networkOf: (kind: CallKind, cotangents: number) => Promise<Network>,
  ) {}

  /**
   * What answers a kind of call.
   *
   * @throws AnalysisError 'device-lost' where the device does not come back, and what the backend refuses
   */
  async open(kind: CallKind, cotangents: number): Promise<Executable> {
    await this.again(() => this.load(kind, cotangents));
    const run: Run = (...asked) => this.again(async () => (await this.load(kind, cotangents)).run(...asked));
    // Nobody but `dispose` lets go of what is kept.
    return { run, dispose: () => Promise.resolve() };
  }

  /** Lets go of all of them; of what is still being loaded once it is, which is not waited for. */
  async dispose(): Promise<void> {
    const { made } = this;
    this.made = new Map();
    for (const executable of made.values()) {
      // What failed to load holds nothing, and what is lost gives nothing back: neither is a reason to keep the others.
      const disposed = executable.then((one) => one.dispose()).catch(() => undefined);
      if (this.loaded.delete(executable)) await disposed;
    }
  }

  private load(kind: CallKind, cotangents: number): Promise<Executable> {
    const key = `${kind} ${cotangents}`;
    const known = this.made.get(key);
    if (known) return known;
    const { made } = this;
    const executable = this.loading(kind, cotangents);
    made.set(key, executable);
    executable.then(
      () => made === this.made && this.loaded.add(executable),
      // What failed to load is tried again when it is asked for again.
      () => made.delete(key),
    );
    return executable;
  }

  private async loading(kind: CallKind, cotangents: number): Promise<Executable> {
    const network = await this.networkOf(kind, cotangents);
    // Both take a large network a while, between which others have their turn.
    await nextTurn();
    return this.backend.load(network);
  }

  private async again<T>(ask: () => Promise<T>): Promise<T> {
    const { made } = this;
    try {
      return await ask();
    } catch (error) {
      if (!isLost(error)) throw error;
      // Others that the same loss has hit find it made anew.
      if (this.made === made) await this.dispose();
    }
    try {
      return await ask();
    } catch (error) {
      throw this.named(error);
    }
  }

  /** With the backend that it is about. */
  private named(error: unknown): unknown {
    if (!isLost(error)) return error;
    const { id, device } = this.backend;
    const reason = error instanceof Error ? error.message : String(error);
    return new AnalysisError('device-lost', `the backend ${id} (${device}) is of no use any more: ${reason}`, {
      cause: error,
    });
  }
}

/** Whether something was thrown because the device is gone, as far as can be told: what libraries throw unforeseen counts. */
function isLost(error: unknown): boolean {
  if (error instanceof AnalysisError) return error.code === 'device-lost';
  // Those are faults of a program, which are not to be hidden.
  return ![TypeError, RangeError, ReferenceError].some((fault) => error instanceof fault);
}
