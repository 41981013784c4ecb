import * as vscode from 'vscode';

import { moment } from '../../reading/format';
import type { Entry, History } from './history';
import { modelNames, type Task, taskName } from './request';
import type { Run } from './run';
import type { Runs } from './runs';

interface RunItem extends vscode.QuickPickItem {
  readonly key: string;
}

/**
 * Asks for one of the runs that are kept or go on, these first, then the latest: `today 14:02 · digits · Quick · lenet.onnx`.
 * Only those that are wanted are offered.
 */
export async function pickRun(
  kept: { readonly runs: Runs; readonly history: History },
  title: string,
  wanted: (task: Task) => boolean = () => true,
): Promise<string | undefined> {
  const going = kept.runs.all.filter(({ task }) => wanted(task));
  const keys = new Set(going.map(({ key }) => key));
  const ended = (await kept.history.all()).filter(({ key, task }) => !keys.has(key) && wanted(task));
  const items = [...going.map(goingItem), ...ended.map(keptItem)];
  if (items.length === 0) {
    void vscode.window.showInformationMessage('Boundary Lens: nothing was analysed in this workspace yet.');
    return undefined;
  }
  const placeHolder = 'Results of';
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.key;
}

/** Asks which of the runs that go on is meant, where there are several. */
export async function pickGoing(runs: Runs, title: string): Promise<string | undefined> {
  const items = runs.all.map(goingItem);
  if (items.length < 2) return items[0]?.key;
  return (await vscode.window.showQuickPick(items, { title }))?.key;
}

function goingItem({ key, entry, state: { progress } }: Run): RunItem {
  return { key, label: label(entry), description: progress?.stage ?? 'Starting', iconPath: icon('loading~spin') };
}

function keptItem(entry: Entry): RunItem {
  const { key, state, bytes, headlines } = entry;
  const found = bytes > 0 ? headlines.slice(0, 3).join(', ') : 'nothing found';
  const description = state === 'done' ? found : `${state === 'running' ? 'interrupted' : state}; ${found}`;
  return { key, label: label(entry), description, iconPath: icon(icons[state]) };
}

const icons = { running: 'debug-pause', done: 'graph', cancelled: 'circle-slash', failed: 'error' } as const;

function icon(id: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id);
}

/** Labels are read for icons, `$(…)`, and names may be anything. */
function label({ at, task }: Entry): string {
  return `${moment(at, Date.now())} · ${taskName(task)} · ${modelNames(task)}`.replaceAll('$(', '$\u200b(');
}
