import { type ChildProcess, fork } from 'node:child_process';

import type { BackendsHere } from '../../protocol/backends';
import { changed } from '../../protocol/change';
import { mismatch } from '../../protocol/check';
import type { Failure } from '../../protocol/failure';
import {
  FromEngine,
  type Inspection,
  type Machine,
  type Progress,
  type Request,
  type ToEngine,
} from '../../protocol/job';
import type { Preflight } from '../../protocol/preflight';
import type { Report } from '../../protocol/report';
import { JobFailure } from './jobFailure';

/** What the caller of a job may do and hear. */
export interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Partial reports while the job runs, and the last one before it fails. */
  readonly onReport?: (report: Report) => void;
  /** The images that a preflight shows, before it judges anything of them. */
  readonly onSeen?: (preflight: Preflight) => void;
  /** What a preflight knows before it tries anything. */
  readonly onLooked?: (preflight: Preflight) => void;
}

/** What an Engine is made of. The times are for tests to shorten. */
export interface EngineOptions {
  /** The engine's bundle. */
  readonly modulePath: string;
  readonly log: (text: string) => void;
  /** How long a cancelled job may go on before its process is killed, ms. */
  readonly cancelGrace?: number;
  /** How long a running job may be silent, ms. */
  readonly silence?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

type Work =
  | { readonly type: 'run'; readonly request: Request }
  | { readonly type: 'inspect'; readonly model: string }
  | { readonly type: 'preflight'; readonly request: Request; readonly always: boolean }
  | { readonly type: 'listBackends'; readonly machine: Machine };
type Answer = Report | Inspection | Preflight | BackendsHere;

interface PendingJob {
  readonly work: Work;
  readonly options: JobOptions;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: JobFailure | Interruption) => void;
  /** As far as the engine told it. */
  report?: Report;
  /** Looks of the watch since the job was last heard of. */
  silentLooks: number;
}

/** The process ended under a job, which may be tried again. */
class Interruption extends Error {}

/** Unexpected exits after which the engine is started again; one more within this time stops it, ms. */
const mostExits = 4;
const exitWindow = 3 * 60_000;

/** Looks that a running job may be silent for. Counted, not timed: a computer that slept is not a silent engine. */
const mostSilentLooks = 8;

const cancelled: Failure = { code: 'cancelled', message: 'the analysis was cancelled' };

/**
 * The engine process as the extension sees it. It starts on first use and again after it was lost: the job it was lost in
 * is tried once more, which goes on from the artefacts that were kept; the same job losing it twice is given up.
 */
export class Engine {
  private child: ChildProcess | undefined;
  /** The process that was killed because it was silent. */
  private silenced: ChildProcess | undefined;
  private readonly pending = new Map<number, PendingJob>();
  /** Times of unexpected exits, and how the last one ended. */
  private exits: number[] = [];
  private lastExit = '';
  /** Work that the engine was lost in, by its text. */
  private readonly crashes = new Map<string, number>();
  private lastJob = 0;
  private watch: NodeJS.Timeout | undefined;
  private disposed = false;
  private readonly cancelGrace: number;
  private readonly silence: number;

  constructor(private readonly options: EngineOptions) {
    this.cancelGrace = options.cancelGrace ?? 2000;
    this.silence = options.silence ?? 120_000;
  }

  /** @throws JobFailure, with code 'cancelled' after the signal aborts and 'engine-lost' if the process is lost twice. */
  async run(request: Request, options: JobOptions = {}): Promise<Report> {
    const answer = await this.work({ type: 'run', request }, options);
    if (!('manifest' in answer)) throw new Error('the engine answered a run with something else');
    return answer;
  }

  /** @throws JobFailure */
  async inspect(model: string, options: JobOptions = {}): Promise<Inspection> {
    const answer = await this.work({ type: 'inspect', model }, options);
    if (!('operators' in answer)) throw new Error('the engine answered an inspection with something else');
    return answer;
  }

  /**
   * What a model makes of a few of a request's images.
   *
   * @param always - whether the usual preprocessings are tried though nothing is in doubt.
   * @throws JobFailure
   */
  async preflight(request: Request, always: boolean, options: JobOptions = {}): Promise<Preflight> {
    const answer = await this.work({ type: 'preflight', request, always }, options);
    if (!('doubts' in answer)) throw new Error('the engine answered a preflight with something else');
    return answer;
  }

  /**
   * What can run networks on this machine, and what `auto` makes of it.
   *
   * @throws JobFailure
   */
  async listBackends(machine: Machine): Promise<BackendsHere> {
    const answer = await this.work({ type: 'listBackends', machine }, {});
    if (!('backends' in answer)) throw new Error('the engine answered the list of backends with something else');
    return answer;
  }

  /** The process now running, if one is. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends the process, forgets its exits and lets everything be tried again. */
  restart(): void {
    this.insist();
    this.end('it was restarted');
  }

  /** Lets everything be tried again, at the user's own wish; what goes on is left alone. */
  insist(): void {
    this.exits = [];
    this.crashes.clear();
  }

  dispose(): void {
    this.disposed = true;
    this.end('the window was closed');
  }

  private async work(work: Work, options: JobOptions): Promise<Answer> {
    const text = JSON.stringify(work);
    for (;;) {
      const refusal = this.refusal(text);
      if (refusal !== undefined) throw new JobFailure(lost(refusal));
      try {
        const answer = await this.attempt(work, options);
        this.crashes.delete(text);
        return answer;
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
      }
    }
  }

  /** Why work is not given to the engine, if it is not. */
  private refusal(text: string): string | undefined {
    if (this.disposed) return 'the window was closed';
    const now = Date.now();
    this.exits = this.exits.filter((time) => now - time < exitWindow);
    if (this.exits.length > mostExits) {
      return `${this.lastExit}, for the fifth time within three minutes; restart it, or see the log`;
    }
    if ((this.crashes.get(text) ?? 0) >= 2) {
      return `${this.lastExit}, twice at the same work, which is not tried again; restart the engine to insist`;
    }
    return undefined;
  }

  private async attempt(work: Work, options: JobOptions): Promise<Answer> {
    const { signal } = options;
    if (signal?.aborted) throw new JobFailure(cancelled);
    const job = ++this.lastJob;
    let deadline: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      this.send({ type: 'cancel', job });
      deadline = setTimeout(() => {
        this.killDeaf(job);
      }, this.cancelGrace);
    };
    try {
      return await new Promise((resolve, reject) => {
        this.pending.set(job, { work, options, resolve, reject, silentLooks: 0 });
        signal?.addEventListener('abort', cancel, { once: true });
        this.watch ??= setInterval(() => {
          this.killSilent();
        }, this.silence / mostSilentLooks);
        this.send({ ...work, job });
      });
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', cancel);
      this.pending.delete(job);
      if (this.pending.size === 0) {
        clearInterval(this.watch);
        this.watch = undefined;
      }
    }
  }

  private send(message: ToEngine): void {
    this.child ??= this.start();
    this.child.send(message, (error) => {
      if (error) this.options.log(`The engine could not be asked: ${error.message}`);
    });
  }

  private start(): ChildProcess {
    if (this.exits.length > 0) this.options.log('The engine is started again.');
    const child = fork(this.options.modulePath, {
      env: { ...process.env, ...this.options.environment, ELECTRON_RUN_AS_NODE: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.options.log(chunk.toString().trimEnd());
    });
    child.on('message', (message) => {
      this.receive(message);
    });
    const gone = (reason: string): void => {
      if (child === this.child) this.lose(reason);
    };
    child.on('error', (error) => {
      child.kill('SIGKILL');
      gone(error.message);
    });
    child.on('exit', (code, signal) => {
      gone(
        this.silenced === child
          ? `it said nothing for ${this.silence / 1000} s and was killed`
          : `it ended with ${signal ?? `code ${String(code)}`}`,
      );
    });
    return child;
  }

  /**
   * What is no message of the protocol is logged, and ends its job: without it, whatever followed would be wrong. Only
   * progress can be done without.
   */
  private receive(message: unknown): void {
    let reason = mismatch(FromEngine, message);
    if (reason === undefined) {
      try {
        this.handle(message as FromEngine);
        return;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        reason = error.message;
      }
    }
    const { type, job } = (message ?? {}) as { type?: unknown; job?: unknown };
    const what = `The engine’s message ${typeof type === 'string' ? `“${type}”` : 'without a type'}`;
    this.options.log(`${what} is not of the protocol, ${reason}.`);
    const pending = typeof job === 'number' ? this.pending.get(job) : undefined;
    if (!pending || type === 'progress') return;
    this.send({ type: 'cancel', job: job as number });
    const failure: Failure = { code: 'internal', message: `the engine’s answer is not understood: ${reason}` };
    pending.reject(new JobFailure(failure));
  }

  private handle(message: FromEngine): void {
    const job = this.pending.get(message.job);
    if (!job) return;
    job.silentLooks = 0;
    switch (message.type) {
      case 'progress':
        job.options.onProgress?.(message.progress);
        return;
      case 'report':
        job.report = changed(job.report, message.change);
        job.options.onReport?.(job.report);
        return;
      case 'done':
        job.resolve(changed(job.report, message.change));
        return;
      case 'inspected':
        job.resolve(message.inspection);
        return;
      case 'seen':
        job.options.onSeen?.(message.preflight);
        return;
      case 'looked':
        job.options.onLooked?.(message.preflight);
        return;
      case 'preflighted':
        job.resolve(message.preflight);
        return;
      case 'backendsListed':
        job.resolve(message.found);
        return;
      case 'failed':
        job.reject(new JobFailure(message.failure));
    }
  }

  /** The process ended by itself: whatever it was working on is suspect. */
  private lose(reason: string): void {
    this.child = undefined;
    this.exits.push(Date.now());
    this.lastExit = reason;
    this.options.log(`The engine was lost: ${reason}.`);
    for (const { work, options, reject } of [...this.pending.values()]) {
      const text = JSON.stringify(work);
      this.crashes.set(text, (this.crashes.get(text) ?? 0) + 1);
      reject(options.signal?.aborted ? new JobFailure(cancelled) : new Interruption(reason));
    }
  }

  /** A cancelled job went on for too long. The other jobs are not to blame, and begin again. */
  private killDeaf(job: number): void {
    this.options.log(`Job ${job} did not stop within ${this.cancelGrace} ms; the engine is killed.`);
    this.kill();
    for (const { options, reject } of [...this.pending.values()]) {
      reject(options.signal?.aborted ? new JobFailure(cancelled) : new Interruption());
    }
  }

  /** Runs tell twice a second how far they are, so one that is silent for long hangs. Its process ends unexpectedly. */
  private killSilent(): void {
    // A killed process takes a while to end, on a busy machine longer than until the next look.
    if (this.child?.killed) return;
    for (const job of this.pending.values()) {
      if (++job.silentLooks <= mostSilentLooks) continue;
      this.silenced = this.child;
      this.child?.kill('SIGKILL');
      return;
    }
  }

  private end(reason: string): void {
    this.kill();
    for (const { reject } of [...this.pending.values()]) reject(new JobFailure(lost(reason)));
  }

  /** Kills the process without counting it as lost. */
  private kill(): void {
    const child = this.child;
    this.child = undefined;
    child?.kill('SIGKILL');
  }
}

function lost(reason: string): Failure {
  return { code: 'engine-lost', message: `the analysis engine was lost: ${reason}` };
}
