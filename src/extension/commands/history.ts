import * as vscode from 'vscode';

import type { History } from '../runs/history';
import { pickGoing } from '../runs/pickRun';
import type { Results } from '../runs/results';
import type { Runs } from '../runs/runs';
import { type FileArgument, filesMeant } from './arguments';

/** What the commands of the history work with. */
interface HistoryTools {
  readonly runs: Runs;
  readonly results: Results;
  readonly history: History;
}

const clear = 'Clear';

/** What is done with runs that go on or are kept. It starts no engine and reads no model, and is for any workspace; reports from files are not. */
export function registerHistoryCommands({ runs, results, history }: HistoryTools): vscode.Disposable {
  const command = (name: string, run: (argument?: unknown) => unknown): vscode.Disposable => {
    return vscode.commands.registerCommand(`boundaryLens.${name}`, run);
  };
  const key = (argument: unknown): string | undefined => (typeof argument === 'string' ? argument : undefined);
  return vscode.Disposable.from(
    command('showResults', (argument) => results.showResults(key(argument))),
    command('openReport', (argument) => results.openReport(filesMeant(argument as FileArgument | undefined)[0])),
    command('cancel', async (argument) => {
      const chosen = key(argument) ?? (await pickGoing(runs, 'Cancel Analysis'));
      if (chosen !== undefined) runs.cancel(chosen);
    }),
    command('clearHistory', async () => {
      const detail = 'Calibrations are kept, and so is what was exported.';
      const chosen = await vscode.window.showWarningMessage(
        'Remove all results that Boundary Lens keeps of this workspace?',
        { modal: true, detail },
        clear,
      );
      if (chosen === clear) await history.clear(new Set(runs.all.map((run) => run.key)));
    }),
  );
}
