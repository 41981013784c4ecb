import type * as vscode from 'vscode';

/** Results that can be shown again: the id that they are stored under, and what their panel's tab says. */
export interface Past {
  readonly id: string;
  readonly title: string;
}

const key = 'boundaryLens.history';
const most = 50;

/** What was run in this workspace, the latest first. */
export class History {
  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  get all(): readonly Past[] {
    return this.memento.get<readonly Past[]>(key) ?? [];
  }

  async add(past: Past): Promise<void> {
    await this.memento.update(key, [past, ...this.all.filter(({ id }) => id !== past.id)].slice(0, most));
  }
}
