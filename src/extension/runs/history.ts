import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import type { FileVersion, PastResult } from '../../protocol/modelPage';
import { versionOf } from '../files/modelFiles';

/** Results that can be shown again: the id that they are stored under, and what their panel's tab says. */
export interface Past {
  readonly id: string;
  readonly title: string;
  /** Absent until something was found. */
  readonly found?: Found;
}

/** What was found, of which files, and when. */
export interface Found {
  readonly at: number;
  readonly models: readonly { readonly path: string; readonly version: FileVersion | null }[];
  /** The main numbers, in words. */
  readonly headlines: readonly string[];
}

const key = 'boundaryLens.history';
const most = 50;

/** What was run in this workspace, the latest first. */
export class History {
  private readonly changes = new vscode.EventEmitter<void>();

  /** Something was run, or found. */
  readonly onChange = this.changes.event;

  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  get all(): readonly Past[] {
    return this.memento.get<readonly Past[]>(key) ?? [];
  }

  async add(past: Past): Promise<void> {
    await this.memento.update(key, [past, ...this.all.filter(({ id }) => id !== past.id)].slice(0, most));
    this.changes.fire();
  }

  /** Keeps what a run found; its place is that of its beginning. */
  async keep(id: string, found: Found): Promise<void> {
    await this.memento.update(
      key,
      this.all.map((past) => (past.id === id ? { ...past, found } : past)),
    );
    this.changes.fire();
  }

  /** Whether anything was found of a model. */
  has(model: string): boolean {
    return this.all.some(({ found }) => found?.models.some(({ path }) => path === model));
  }

  /** What was found of a model, the latest first. */
  async of(model: string): Promise<PastResult[]> {
    const now = await versionOf(model);
    return this.all.flatMap(({ id, title, found }) => {
      const then = found?.models.find(({ path }) => path === model);
      if (!found || !then) return [];
      const { at, headlines } = found;
      const changed = !isDeepStrictEqual(then.version, now ?? null);
      return [{ id, title, at, headlines: [...headlines], changed }];
    });
  }
}
