import { difference, type ReportChange } from '../../protocol/change';
import { mismatch } from '../../protocol/check';
import type { Failure } from '../../protocol/failure';
import { type FromEngine, type Progress, ToEngine } from '../../protocol/job';
import type { Report } from '../../protocol/report';
import { backendsHere } from '../backends/here';
import { AnalysisError } from '../base/errors';
import { Job } from '../job/job';
import { watchMemory } from '../job/memoryWatch';
import { preflightOfRequest } from '../job/preflight';
import { inspect } from '../model/inspect';
import type { ArtefactStore } from '../study/artefacts';

/** How often a running job tells how far it is, ms; and its report so far. */
const progressInterval = 500;
const reportInterval = 1500;

interface RunningJob {
  readonly controller: AbortController;
  job?: Job;
}

/** Serves jobs to whoever spawned the engine. Every job ends with exactly one answer or 'failed'. */
export class Server {
  private readonly running = new Map<number, RunningJob>();

  constructor(
    private readonly send: (message: FromEngine) => void,
    private readonly store: ArtefactStore,
  ) {}

  /** Acts on one message. What is not a message of the protocol is answered with a failure if it names a job, else ignored. */
  handle(message: unknown): void {
    const reason = mismatch(ToEngine, message);
    if (reason !== undefined) {
      const job = (message as { job?: unknown } | null)?.job;
      if (typeof job === 'number') {
        this.send({ type: 'failed', job, failure: { code: 'invalid-input', message: `bad request: ${reason}` } });
      }
      return;
    }
    const known = message as ToEngine;
    switch (known.type) {
      case 'run':
        void this.run(known);
        return;
      case 'inspect':
        void this.inspect(known);
        return;
      case 'preflight':
        void this.preflight(known);
        return;
      case 'listBackends':
        void this.listBackends(known);
        return;
      case 'cancel':
        this.running.get(known.job)?.controller.abort();
    }
  }

  /** Aborts all jobs. */
  dispose(): void {
    for (const { controller } of this.running.values()) controller.abort();
  }

  private async inspect({ job, model }: Extract<ToEngine, { type: 'inspect' }>): Promise<void> {
    try {
      this.send({ type: 'inspected', job, inspection: await inspect(model, 'deferred') });
    } catch (error) {
      this.send({ type: 'failed', job, failure: failureOf(error) });
    }
  }

  private async listBackends({ job, machine }: Extract<ToEngine, { type: 'listBackends' }>): Promise<void> {
    try {
      this.send({ type: 'backendsListed', job, found: await backendsHere(machine) });
    } catch (error) {
      this.send({ type: 'failed', job, failure: failureOf(error) });
    }
  }

  private async preflight({ job, request, always }: Extract<ToEngine, { type: 'preflight' }>): Promise<void> {
    const controller = new AbortController();
    this.running.set(job, { controller });
    const start = performance.now();
    let progress: Omit<Progress, 'elapsedMs'> = { stage: 'Looking at the images', done: 0, total: 1 };
    const beat = setInterval(() => {
      this.send({ type: 'progress', job, progress: { ...progress, elapsedMs: Math.round(performance.now() - start) } });
    }, progressInterval);
    try {
      const preflight = await preflightOfRequest(request, {
        signal: controller.signal,
        ranks: always ? 'always' : true,
        seen: (shown) => {
          this.send({ type: 'seen', job, preflight: shown });
        },
        first: (known) => {
          this.send({ type: 'looked', job, preflight: known });
        },
        progress: (latest) => {
          progress = latest;
        },
      });
      this.send({ type: 'preflighted', job, preflight });
    } catch (error) {
      this.send({ type: 'failed', job, failure: failureOf(error) });
    } finally {
      clearInterval(beat);
      this.running.delete(job);
    }
  }

  private async run({ job, request }: Extract<ToEngine, { type: 'run' }>): Promise<void> {
    const controller = new AbortController();
    let progress: Progress = { stage: 'Starting', done: 0, total: 1, elapsedMs: 0 };
    const start = performance.now();
    const work = new Job(request, {
      store: this.store,
      signal: controller.signal,
      progress: (latest) => {
        progress = latest;
      },
    });
    this.running.set(job, { controller, job: work });
    let exceeded: AnalysisError | undefined;
    const memory = watchMemory(request.memory, (error) => {
      exceeded = error;
      controller.abort();
    });
    const beat = setInterval(() => {
      this.send({ type: 'progress', job, progress: { ...progress, elapsedMs: Math.round(performance.now() - start) } });
    }, progressInterval);
    let sent: Report | undefined;
    const change = (report: Report): ReportChange => {
      const news = difference(sent, report);
      sent = report;
      return news;
    };
    const snapshots = setInterval(() => {
      const report = work.report();
      if (report) this.send({ type: 'report', job, change: change(report) });
    }, reportInterval);
    try {
      controller.signal.throwIfAborted();
      this.send({ type: 'done', job, change: change(await work.run()) });
    } catch (error) {
      const failure = failureOf(exceeded ?? error);
      const report = work.report(failure.code === 'cancelled' ? 'cancelled' : 'failed');
      if (report) this.send({ type: 'report', job, change: change(report) });
      this.send({ type: 'failed', job, failure });
    } finally {
      memory.dispose();
      clearInterval(beat);
      clearInterval(snapshots);
      this.running.delete(job);
    }
  }
}

/** What the user is told about an error; one that is not ours is a bug, and is reported as one: where it is, the log says. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AnalysisError) return { code: error.code, message: error.message };
  const [what, where] = error instanceof Error ? [error.message, error.stack ?? ''] : [String(error), ''];
  process.stderr.write(`${where === '' ? what : where}\n`);
  if (error instanceof RangeError && /allocation|array (buffer )?length/i.test(what)) {
    const message = `memory must hold all arrays of the analysis, and has no room for one more (${what}); analyse fewer images or a smaller model, or close other programs`;
    return { code: 'limit-exceeded', message };
  }
  return { code: 'internal', message: `a fault of Boundary Lens, please report it: ${what}` };
}
