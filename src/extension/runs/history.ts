import { isDeepStrictEqual } from 'node:util';

import { type Static, Type } from '@sinclair/typebox';
import * as vscode from 'vscode';

import { Failure } from '../../protocol/failure';
import { FileVersion, type PastResult } from '../../protocol/modelPage';
import { Report } from '../../protocol/report';
import { Nullable, Words } from '../../protocol/schema';
import { medianRelativeDistance } from '../../reading/geometry';
import { headlines } from '../../reading/headlines';
import { versionOf } from '../files/modelFiles';
import { JsonStore } from '../jsonStore';
import { Task, taskId, taskSubject, taskTitle } from './request';

/** The files of one model, as they were when a run began. */
const ModelThen = Type.Object({ path: Type.String(), version: Nullable(FileVersion) });

/** A run that is kept: all but its report, so that many are listed fast. */
export const Entry = Type.Object({
  key: Type.String(),
  task: Task,
  /** When it began, ms since 1970. */
  at: Type.Number(),
  /** 'running' where it goes on, or its window was closed under it. */
  state: Words('running', 'done', 'cancelled', 'failed'),
  failure: Type.Optional(Failure),
  models: Type.Array(ModelThen),
  /** Whether they were replaced while it ran. */
  replaced: Type.Boolean(),
  /** Of its report; 0 where it has none. */
  bytes: Type.Integer(),
  /** The main numbers, in words. */
  headlines: Type.Array(Type.String()),
  /** What it is a part of: the saves of a model that is watched, or the checkpoints of a folder. */
  series: Type.Optional(Type.String()),
  /** What a series shows of it: the share predicted right, and the median distance as a share of the image's norm. */
  accuracy: Nullable(Type.Number()),
  distance: Nullable(Type.Number()),
});
export type Entry = Omit<Static<typeof Entry>, 'task'> & { readonly task: Task };

/**
 * What was run in this workspace: each run with its report, in files of their own. The oldest are removed where all of them
 * together are larger than the user allows.
 */
export class History implements vscode.Disposable {
  private readonly entries: JsonStore<Entry>;
  private readonly reports: JsonStore<Report>;
  private readonly changes = new vscode.EventEmitter<void>();
  private loaded: Promise<Map<string, Entry>> | undefined;
  private turn: Promise<void> = Promise.resolve();

  /** Something was run, or found, or removed. */
  readonly onChange = this.changes.event;

  /** @param limit - bytes, asked for each time. */
  constructor(
    folder: vscode.Uri,
    private readonly limit: () => number,
    log: Pick<vscode.LogOutputChannel, 'warn'>,
  ) {
    this.entries = new JsonStore<Entry>(vscode.Uri.joinPath(folder, 'runs'), Entry, log);
    this.reports = new JsonStore<Report>(vscode.Uri.joinPath(folder, 'reports'), Report, log);
  }

  /** The latest first. */
  async all(): Promise<Entry[]> {
    return [...(await this.index()).values()].sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
  }

  async entry(key: string): Promise<Entry | undefined> {
    return (await this.index()).get(key);
  }

  async report(key: string): Promise<Report | undefined> {
    return this.reports.load(key);
  }

  /** Keeps a run, with its report where there is one; what was kept of it before is replaced. */
  async keep(entry: Entry, report?: Report): Promise<void> {
    const index = await this.index();
    await this.inTurn(async () => {
      const bytes = report ? await this.reports.save(entry.key, report) : entry.bytes;
      const kept = { ...entry, bytes, ...(report && figuresOf(report)) };
      index.set(entry.key, kept);
      await this.entries.save(entry.key, kept);
      await this.prune(entry.key);
    });
    this.changes.fire();
  }

  /** The same at once, for the last moment of a window. */
  keepNow(entry: Entry, report: Report): void {
    const bytes = this.reports.saveNow(entry.key, report);
    this.entries.saveNow(entry.key, { ...entry, bytes, ...figuresOf(report) });
  }

  async remove(key: string): Promise<void> {
    await this.inTurn(() => this.drop(key));
    this.changes.fire();
  }

  /** Removes all but what is going on. */
  async clear(going: ReadonlySet<string>): Promise<void> {
    await this.inTurn(async () => {
      for (const { key } of await this.all()) if (!going.has(key)) await this.drop(key);
    });
    this.changes.fire();
  }

  /** The last run that finished of what a task is about. */
  async lastFinished(task: Task): Promise<Entry | undefined> {
    const subject = taskSubject(task);
    return (await this.all()).find((entry) => entry.state === 'done' && taskSubject(entry.task) === subject);
  }

  /** What was found of a model last by each kind of run, the latest first. */
  async of(model: string): Promise<PastResult[]> {
    const now = (await versionOf(model)) ?? null;
    const seen = new Set<string>();
    return (await this.foundOf(model)).flatMap(({ key, task, at, models, headlines: words }) => {
      const id = taskId(task);
      if (seen.has(id)) return [];
      seen.add(id);
      const then = models.find(({ path }) => path === model);
      const changed = !isDeepStrictEqual(then?.version, now);
      return [{ id: key, title: taskTitle(task), at, headlines: words, changed }];
    });
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async foundOf(model: string): Promise<Entry[]> {
    return (await this.all()).filter(({ bytes, models }) => bytes > 0 && models.some(({ path }) => path === model));
  }

  private index(): Promise<Map<string, Entry>> {
    this.loaded ??= this.entries.all().then((all) => new Map(all.map((entry) => [entry.key, entry])));
    return this.loaded;
  }

  /** Removes the oldest that are over the limit, never the one that was just kept. */
  private async prune(latest: string): Promise<void> {
    const limit = this.limit();
    const all = await this.all();
    let total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { key, bytes } of all.reverse()) {
      if (total <= limit) return;
      if (key === latest || bytes === 0) continue;
      await this.drop(key);
      total -= bytes;
    }
  }

  /** What is written and removed, one after the other: a later state of a run never gives way to an earlier one. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  private async drop(key: string): Promise<void> {
    (await this.index()).delete(key);
    await Promise.all([this.entries.remove(key), this.reports.remove(key)]);
  }
}

function figuresOf(report: Report): Pick<Entry, 'headlines' | 'accuracy' | 'distance'> {
  const { evaluate, boundary } = report.analyses;
  return {
    headlines: headlines(report).map(({ text, label }) => `${text} ${label}`),
    accuracy: evaluate?.summary?.accuracy ?? null,
    distance: medianRelativeDistance(boundary?.images ?? []),
  };
}
