import * as vscode from 'vscode';

import type { Engine } from '../engine/engine';
import { issueText, tracker } from '../issue';
import type { Log } from '../log';
import { whenTrusted } from '../trust';
import { selectBackend } from './selectBackend';

/** What the commands of the engine and its log work with. */
interface EngineTools {
  readonly context: vscode.ExtensionContext;
  readonly engine: Pick<Engine, 'restart' | 'listBackends'>;
  readonly log: Log;
}

/** What is done with the engine and its log. */
export function registerEngineCommands({ context, engine, log }: EngineTools): vscode.Disposable {
  const command = (name: string, run: (given?: unknown) => unknown): vscode.Disposable => {
    return vscode.commands.registerCommand(`boundaryLens.${name}`, run);
  };
  return vscode.Disposable.from(
    command('showLog', log.show),
    command('restartEngine', () => {
      engine.restart();
      void vscode.window.showInformationMessage(
        'Boundary Lens: the analysis engine starts anew with the next analysis.',
      );
    }),
    command('selectBackend', (given?: unknown) => whenTrusted(() => selectBackend(engine, given))),
    command('reportIssue', async () => {
      await vscode.env.clipboard.writeText(issueText(context, log.lastError));
      const where = tracker(context);
      const next = where
        ? 'to be pasted where the browser opens'
        : 'without your folders: paste them into a message to whoever you have this extension from, with what you did';
      void vscode.window.showInformationMessage(
        `Boundary Lens: versions and the last error are on the clipboard, ${next}.`,
      );
      if (where) await vscode.env.openExternal(where);
    }),
  );
}
