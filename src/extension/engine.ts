import { type ChildProcess, fork } from 'node:child_process';

import type { Failure } from '../protocol/failure';
import type { FromEngine, Inspection, Progress, Request, ToEngine } from '../protocol/job';
import type { Report } from '../protocol/report';

/** A job that ended without a result. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What the caller of a job may do and hear. */
export interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Partial reports while the job runs, and the last one before it fails. */
  readonly onReport?: (report: Report) => void;
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

type Work = { readonly type: 'run'; readonly request: Request } | { readonly type: 'inspect'; readonly model: string };

interface PendingJob {
  readonly work: Work;
  readonly options: JobOptions;
  readonly resolve: (message: Extract<FromEngine, { type: 'done' | 'inspected' }>) => void;
  readonly reject: (failure: JobFailure) => void;
  heard: number;
}

/** Unexpected exits after which the engine is started again; one more within this time stops it, ms. */
const mostExits = 4;
const exitWindow = 3 * 60_000;

/**
 * The engine process as the extension sees it. It starts on first use and again after it was lost: the job it was lost in
 * is tried once more, which goes on from the artefacts that were kept; the same job losing it twice is given up.
 */
export class Engine {
  private child: ChildProcess | undefined;
  private readonly pending = new Map<number, PendingJob>();
  /** Times of unexpected exits. */
  private exits: number[] = [];
  /** Work that has lost the engine, by its text. */
  private readonly crashes = new Map<string, number>();
  private lastJob = 0;
  private watch: NodeJS.Timeout | undefined;
  private readonly cancelGrace: number;
  private readonly silence: number;

  constructor(private readonly options: EngineOptions) {
    this.cancelGrace = options.cancelGrace ?? 2000;
    this.silence = options.silence ?? 120_000;
  }

  /** @throws JobFailure, with code 'cancelled' after the signal aborts and 'engine-lost' if the process is lost twice. */
  async run(request: Request, options: JobOptions = {}): Promise<Report> {
    const message = await this.work({ type: 'run', request }, options);
    if (message.type !== 'done') throw new Error('the engine answered a run with an inspection');
    return message.report;
  }

  /** @throws JobFailure */
  async inspect(model: string, options: JobOptions = {}): Promise<Inspection> {
    const message = await this.work({ type: 'inspect', model }, options);
    if (message.type !== 'inspected') throw new Error('the engine answered an inspection with a run');
    return message.inspection;
  }

  /** True after too many exits: nothing runs until `restart`. */
  get stopped(): boolean {
    const now = Date.now();
    this.exits = this.exits.filter((time) => now - time < exitWindow);
    return this.exits.length > mostExits;
  }

  /** The process now running, if one is. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends the process, forgets its exits and lets everything be tried again. */
  restart(): void {
    this.exits = [];
    this.crashes.clear();
    this.end('it was restarted');
  }

  dispose(): void {
    this.end('the extension was closed');
  }

  private async work(work: Work, options: JobOptions): Promise<Extract<FromEngine, { type: 'done' | 'inspected' }>> {
    const text = JSON.stringify(work);
    for (;;) {
      if (this.stopped) {
        throw new JobFailure(lost(`it ended ${mostExits + 1} times within three minutes; restart it, or see the log`));
      }
      if ((this.crashes.get(text) ?? 0) >= 2) {
        throw new JobFailure(
          lost('the same work ended it twice, so it is not tried again; restart the engine to insist'),
        );
      }
      try {
        return await this.attempt(work, options);
      } catch (error) {
        const crashed = error instanceof JobFailure && error.failure.code === 'engine-lost' && !options.signal?.aborted;
        if (!crashed || !this.crashes.has(text)) throw error;
        if ((this.crashes.get(text) ?? 0) >= 2 || this.stopped) throw error;
        this.options.log('The engine is started again, and the analysis goes on.');
      }
    }
  }

  private async attempt(work: Work, options: JobOptions): Promise<Extract<FromEngine, { type: 'done' | 'inspected' }>> {
    const job = ++this.lastJob;
    const { signal } = options;
    let deadline: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      this.send({ type: 'cancel', job });
      deadline = setTimeout(() => {
        const child = this.child;
        this.options.log(`Job ${job} did not stop within ${this.cancelGrace} ms; the engine is killed.`);
        this.child = undefined;
        child?.kill('SIGKILL');
        this.rejectAll({ code: 'cancelled', message: 'the analysis was cancelled' });
      }, this.cancelGrace);
    };
    try {
      return await new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(new JobFailure({ code: 'cancelled', message: 'the analysis was cancelled' }));
          return;
        }
        this.pending.set(job, { work, options, resolve, reject, heard: Date.now() });
        signal?.addEventListener('abort', cancel, { once: true });
        this.send(work.type === 'run' ? { ...work, job } : { ...work, job });
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
    this.watch ??= setInterval(
      () => {
        this.endIfSilent();
      },
      Math.min(1000, this.silence / 4),
    );
    this.child.send(message, (error) => {
      if (error) this.options.log(`The engine could not be asked: ${error.message}`);
    });
  }

  private start(): ChildProcess {
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
      this.handle(message as FromEngine);
    });
    const exited = (reason: string): void => {
      if (child === this.child) this.lose(reason);
    };
    child.on('error', (error) => {
      exited(error.message);
    });
    child.on('exit', (code, signal) => {
      exited(`it ended with ${signal ?? `code ${String(code)}`}`);
    });
    return child;
  }

  private handle(message: FromEngine): void {
    const job = this.pending.get(message.job);
    if (!job) return;
    job.heard = Date.now();
    switch (message.type) {
      case 'progress':
        job.options.onProgress?.(message.progress);
        return;
      case 'report':
        job.options.onReport?.(message.report);
        return;
      case 'done':
      case 'inspected':
        job.resolve(message);
        return;
      case 'failed':
        job.reject(new JobFailure(message.failure));
    }
  }

  /** Inspections send nothing until they are done; runs send progress twice a second. */
  private endIfSilent(): void {
    const silent = [...this.pending.values()].some(({ heard }) => Date.now() - heard > this.silence);
    if (!silent) return;
    this.options.log(`The engine was silent for ${this.silence} ms and is killed.`);
    this.child?.kill('SIGKILL');
  }

  /** The process ended by itself: whatever it was working on is suspect. */
  private lose(reason: string): void {
    this.child = undefined;
    this.exits.push(Date.now());
    for (const { work } of this.pending.values()) {
      const text = JSON.stringify(work);
      this.crashes.set(text, (this.crashes.get(text) ?? 0) + 1);
    }
    this.options.log(`The engine was lost: ${reason}.`);
    this.rejectAll(lost(reason));
  }

  private end(reason: string): void {
    const child = this.child;
    this.child = undefined;
    child?.kill('SIGKILL');
    clearInterval(this.watch);
    this.watch = undefined;
    this.rejectAll(lost(reason));
  }

  private rejectAll(failure: Failure): void {
    for (const job of [...this.pending.values()]) job.reject(new JobFailure(failure));
  }
}

function lost(reason: string): Failure {
  return { code: 'engine-lost', message: `the analysis engine was lost: ${reason}` };
}
