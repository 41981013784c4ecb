import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import type { FileVersion } from '../../protocol/modelPage';
import type { SeriesPoint, SeriesState, SeriesSubject } from '../../protocol/seriesPage';
import { versionOf } from '../files/modelFiles';
import { watchModel } from '../files/watchModel';
import type { Inspections } from '../models/inspections';
import type { Entry, History } from '../runs/history';
import { analysisTask, type Settings } from '../runs/request';
import type { Runs } from '../runs/runs';
import { checkpointsIn } from './checkpoints';

/** What a series works with. */
export interface SeriesTools {
  readonly runs: Pick<Runs, 'run' | 'cancel'>;
  readonly history: History;
  readonly inspections: Pick<Inspections, 'of'>;
  readonly settings: (model: string) => Settings;
  /** How long a file must stay as it is to be taken for whole, ms; for tests to shorten. */
  readonly settling?: number;
}

/** Under which the runs of a series are kept: series of one subject are one. */
export function seriesId({ kind, path, images }: SeriesSubject): string {
  return JSON.stringify([kind, path, images]);
}

/**
 * The quick analysis of one model after each of its saves, or of every model in a folder, one at a time, on the same images.
 * Saves that come while one is analysed count as one; what fails is a point of its own, and the series goes on.
 */
export class Series implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly listening: vscode.Disposable;
  private watching: vscode.Disposable | undefined;
  private working = false;
  private pending = false;
  /** Whether the user wants it to go on. */
  private wanted = false;
  private running: string | undefined;
  /** What was analysed last of each file, so that nothing is analysed twice. */
  private readonly done = new Map<string, FileVersion>();

  /** Something became of it. */
  readonly onChange = this.changes.event;
  readonly id: string;

  constructor(
    readonly subject: SeriesSubject,
    private readonly tools: SeriesTools,
  ) {
    this.id = seriesId(subject);
    this.listening = tools.history.onChange(() => {
      this.changes.fire();
    });
  }

  /** Whether it waits for saves, or works. */
  get active(): boolean {
    return this.wanted;
  }

  async state(): Promise<SeriesState> {
    return { ...this.subject, phase: this.phase, points: await this.points(), now: Date.now() };
  }

  /** Goes on with what is not analysed as it is now. */
  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    if (this.subject.kind === 'watch') {
      this.watching = watchModel(this.subject.path, () => {
        this.look();
      });
    }
    this.look();
  }

  /** Ends it, and the analysis that is going on. What was found stays. */
  stop(): void {
    this.wanted = false;
    this.watching?.dispose();
    if (this.running !== undefined) this.tools.runs.cancel(this.running);
    this.changes.fire();
  }

  dispose(): void {
    this.stop();
    this.listening.dispose();
    this.changes.dispose();
  }

  private get phase(): SeriesState['phase'] {
    if (this.working && this.wanted) return 'running';
    if (this.subject.kind === 'watch') return this.wanted ? 'waiting' : 'stopped';
    return this.wanted ? 'done' : 'stopped';
  }

  /** The saves in their order; of a folder the last run of each model, by name. */
  private async points(): Promise<SeriesPoint[]> {
    const entries = (await this.tools.history.all()).filter(({ series }) => series === this.id).reverse();
    if (this.subject.kind === 'watch') return entries.map((entry) => this.point(entry));
    const last = new Map(entries.map((entry) => [entry.task.request.model, entry]));
    return Array.from(last.values(), (entry) => this.point(entry)).sort((a, b) =>
      a.path.localeCompare(b.path, 'en', { numeric: true }),
    );
  }

  private point({ key, task, models, state, accuracy, distance, failure }: Entry): SeriesPoint {
    const path = task.request.model;
    const saved = models.find((model) => model.path === path)?.version?.modified ?? null;
    // What a reload interrupted is kept as running.
    const now = state === 'running' && key !== this.running ? 'cancelled' : state;
    return { key, path, saved, state: now, accuracy, distance, ...(failure && { reason: failure.message }) };
  }

  /** Never two at a time: what comes meanwhile is looked at afterwards. */
  private look(): void {
    this.pending = true;
    if (this.working) return;
    this.working = true;
    this.changes.fire();
    void this.work().finally(() => {
      this.working = false;
      this.changes.fire();
    });
  }

  private async work(): Promise<void> {
    await this.remember();
    while (this.pending && this.wanted) {
      this.pending = false;
      const { kind, path } = this.subject;
      for (const file of kind === 'watch' ? [path] : await checkpointsIn(path)) {
        if (!this.active) return;
        await this.analyse(file);
      }
    }
  }

  private async analyse(file: string): Promise<void> {
    const version = await this.whole(file);
    if (!version || !this.wanted || isDeepStrictEqual(version, this.done.get(file))) return;
    const task = analysisTask(this.tools.settings(file), file, [this.subject.images], 'quick');
    this.done.set(file, version);
    const begun = (key: string): void => {
      this.running = key;
    };
    await this.tools.runs.run(task, { series: this.id, begun });
    this.running = undefined;
  }

  /** A file's version once it stays as it is and can be read; one that cannot be is given more time, and then taken as it is. */
  private async whole(file: string): Promise<FileVersion | undefined> {
    const settling = this.tools.settling ?? 750;
    let version = await this.settled(file, settling);
    for (let more = 0; more < 4 && version && this.wanted; more++) {
      if (isDeepStrictEqual(version, this.done.get(file))) return version;
      const { failure } = await this.tools.inspections.of(file);
      if (!failure) return version;
      version = await this.settled(file, 2 * settling);
    }
    return version;
  }

  private async settled(file: string, settling: number): Promise<FileVersion | undefined> {
    let before = await versionOf(file);
    while (this.wanted) {
      await sleep(settling);
      const now = await versionOf(file);
      if (isDeepStrictEqual(before, now)) return now;
      before = now;
    }
    return undefined;
  }

  /** What was analysed before the window was reloaded. */
  private async remember(): Promise<void> {
    for (const { series, state, models } of (await this.tools.history.all()).reverse()) {
      const [model] = models;
      if (series === this.id && state !== 'running' && state !== 'cancelled' && model?.version) {
        this.done.set(model.path, model.version);
      }
    }
  }
}
