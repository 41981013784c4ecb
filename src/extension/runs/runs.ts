import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import type { Failure } from '../../protocol/failure';
import type { Report } from '../../protocol/report';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { versionOf } from '../files/modelFiles';
import type { Entry, History } from './history';
import { modelsOf, type Task, taskId, taskTitle } from './request';
import { type Finished, Run } from './run';
import type { StatusBar } from './statusBar';

/** How a run is to be treated. */
export interface RunOptions {
  /** The caller deals with a calibration that the engine refuses. */
  readonly askingBack?: boolean;
  /** It is one of a series, which shows it: it has no panel of its own, and nothing is told of it. */
  readonly series?: string;
  /** Is told the key under which it can be cancelled. */
  readonly begun?: (key: string) => void;
}

/** How a run ended. */
export interface Outcome {
  readonly key: string;
  readonly phase: 'done' | 'cancelled' | 'failed';
  /** What it found: partial where it did not come to its end. */
  readonly report?: Report | undefined;
  readonly failure?: Failure | undefined;
}

/** A run that goes on. */
interface Going {
  readonly run: Run;
  readonly options: RunOptions;
  readonly controller: AbortController;
}

/** How often what a run found so far is kept, ms: a window may die under it. */
const keepInterval = 20_000;

/** What runs tasks and keeps what they find. A run needs no panel. */
export class Runs implements vscode.Disposable {
  private readonly going = new Map<string, Going>();
  private readonly beginnings = new vscode.EventEmitter<Going>();
  private readonly ends = new vscode.EventEmitter<Going>();
  private disposed = false;

  readonly onBegin = this.beginnings.event;
  readonly onEnd = this.ends.event;

  constructor(
    private readonly engine: Pick<Engine, 'run'>,
    private readonly history: History,
    private readonly statusBar: StatusBar,
    private readonly log: Pick<vscode.LogOutputChannel, 'info' | 'warn' | 'error'>,
  ) {
    // Extensions may be started anew without their window.
    this.tellRunning();
  }

  /** Runs a task. One of the same kind and model that goes on gives way, unless either is of a series. */
  async run(task: Task, options: RunOptions = {}): Promise<Outcome> {
    const controller = new AbortController();
    const at = Date.now();
    const entry: Entry = {
      ...{ key: `${at}-${randomUUID()}`, task, at, state: 'running', models: [], replaced: false },
      ...{ bytes: 0, headlines: [], accuracy: null, distance: null },
      ...(options.series !== undefined && { series: options.series }),
    };
    const run = new Run({ entry, going: true });
    const going: Going = { run, options, controller };
    if (options.series === undefined) this.giveWay(task);
    this.going.set(run.key, going);
    this.tellRunning();
    options.begun?.(run.key);
    this.beginnings.fire(going);
    this.log.info(`${taskTitle(task)}: ${task.request.command}`);
    const failure = await this.work(going);
    this.going.delete(run.key);
    this.statusBar.hide(run.key);
    if (!this.disposed) await this.end(going, failure);
    const { report } = run;
    if (!failure) return { key: run.key, phase: 'done', report };
    return { key: run.key, phase: isCancelled(going, failure) ? 'cancelled' : 'failed', report, failure };
  }

  /** The run of this key: one that goes on, else as it was kept. */
  async find(key: string, picked = false): Promise<Run | undefined> {
    const going = this.going.get(key);
    if (going) return going.run;
    const entry = await this.history.entry(key);
    if (!entry) return undefined;
    const report = entry.bytes > 0 ? await this.history.report(key) : undefined;
    if (entry.state === 'done' && !report) return undefined;
    const whole = report && (picked || entry.state !== 'failed');
    return new Run({ entry, report, ...(!whole && { earlier: await this.earlier(entry.task) }) });
  }

  /** All that goes on, the latest first. */
  get all(): Run[] {
    return Array.from(this.going.values(), ({ run }) => run).reverse();
  }

  cancel(key: string): void {
    this.going.get(key)?.controller.abort();
  }

  /** What was found is kept; after it, nothing is. */
  dispose(): void {
    this.disposed = true;
    for (const { run, controller } of this.going.values()) {
      if (run.report) this.history.keepNow(run.entry, run.report);
      controller.abort();
    }
    this.beginnings.dispose();
    this.ends.dispose();
  }

  /** @returns why it did not come to its end. */
  private async work({ run, controller }: Going): Promise<Failure | undefined> {
    const { task } = run;
    const { signal } = controller;
    let kept = Date.now();
    try {
      const [models, earlier] = await Promise.all([versionsOf(task), this.earlier(task)]);
      run.update({ entry: { ...run.entry, models }, earlier });
      await this.history.keep(run.entry);
      const report = await this.engine.run(task.request, {
        signal,
        onProgress: (progress) => {
          run.update({ progress });
          this.statusBar.show(run.key, taskTitle(task), progress);
        },
        onReport: (partial) => {
          run.update({ report: partial });
          if (Date.now() - kept < keepInterval) return;
          kept = Date.now();
          void this.history.keep(run.entry, partial);
        },
      });
      run.update({ report });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  private async end(going: Going, failure: Failure | undefined): Promise<void> {
    const { run } = going;
    const { task, report } = run;
    const title = taskTitle(task);
    const cancelled = failure !== undefined && isCancelled(going, failure);
    const replaced = !isDeepStrictEqual(run.entry.models, await versionsOf(task));
    const state = failure === undefined ? 'done' : cancelled ? 'cancelled' : 'failed';
    const why = state === 'failed' && failure ? { failure } : {};
    run.update({ entry: { ...run.entry, state, replaced, ...why }, going: false, progress: undefined });
    if (state === 'failed') this.log.error(`${title}: ${failure?.message ?? ''} [${failure?.code ?? ''}]`);
    else this.log.info(`${title}: ${state}${report ? ` in ${report.manifest.durationMs} ms` : ''}`);
    if (replaced) this.log.warn(`${title}: the model’s files were replaced while they were analysed.`);
    // Of what was cancelled before it found anything, nothing is worth keeping.
    const kept = cancelled && !report ? this.history.remove(run.key) : this.history.keep(run.entry, report);
    await kept.catch((error: unknown) => {
      this.log.error(`${title} cannot be kept: ${String(error)}`);
    });
    this.tellRunning();
    this.ends.fire(going);
  }

  private async earlier(task: Task): Promise<Finished | undefined> {
    const entry = await this.history.lastFinished(task);
    const report = entry && (await this.history.report(entry.key));
    return entry && report && { entry, report };
  }

  private giveWay(task: Task): void {
    for (const { run, options, controller } of this.going.values()) {
      if (options.series === undefined && taskId(run.task) === taskId(task)) controller.abort();
    }
  }

  /** Tells menus and the palette whether there is something to cancel. */
  private tellRunning(): void {
    void vscode.commands.executeCommand('setContext', 'boundaryLens.running', this.going.size > 0);
  }
}

function isCancelled({ controller }: Going, { code }: Failure): boolean {
  return controller.signal.aborted || code === 'cancelled';
}

/** The files that a task is about, as they are now. */
function versionsOf(task: Task): Promise<Entry['models']> {
  return Promise.all(modelsOf(task).map(async (path) => ({ path, version: (await versionOf(path)) ?? null })));
}
