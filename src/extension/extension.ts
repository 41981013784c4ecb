import path from 'node:path';

import * as vscode from 'vscode';

import { Report } from '../protocol/report';
import { Remembered } from './choose';
import { registerCommands } from './commands';
import { ResultDecorations } from './decorations';
import { Engine } from './engine';
import { History } from './history';
import { ModelHover } from './hover';
import { Inspections } from './inspections';
import { issueText } from './issue';
import { JsonStore } from './jsonStore';
import { languageIds } from './literals';
import { registerModelPages } from './modelPage';
import { documentsIn } from './paths';
import { panelType } from './resultPanel';
import { Runs, Stored } from './runs';
import { SaveLens } from './saveLens';
import { StatusBar } from './statusBar';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Boundary Lens', { log: true });
  let lastError = '';
  const engine = new Engine({
    modulePath: context.asAbsolutePath(path.join('dist', 'engine.js')),
    log: (text) => {
      lastError = text;
      log.warn(text);
    },
  });
  const statusBar = new StatusBar();
  const storage = context.storageUri ?? context.globalStorageUri;
  const reports = new JsonStore<Stored>(vscode.Uri.joinPath(storage, 'reports'), Stored, log);
  const history = new History(context.workspaceState);
  const runs = new Runs(context.extensionUri, engine, reports, history, statusBar, log);
  const decorations = new ResultDecorations(history);
  const inspections = new Inspections(engine);
  const command = (name: string, run: (argument?: unknown) => unknown): vscode.Disposable => {
    return vscode.commands.registerCommand(`boundaryLens.${name}`, run);
  };
  context.subscriptions.push(
    log,
    engine,
    statusBar,
    runs,
    registerModelPages({ extensionUri: context.extensionUri, inspections, history, log }),
    vscode.languages.registerHoverProvider(documentsIn(languageIds), new ModelHover(inspections, history)),
    decorations,
    vscode.window.registerFileDecorationProvider(decorations),
    vscode.languages.registerCodeLensProvider(documentsIn(['python']), new SaveLens()),
    registerCommands({
      runs,
      inspections,
      remembered: new Remembered(context.workspaceState),
      calibrations: new JsonStore<Report>(vscode.Uri.joinPath(storage, 'calibrations'), Report, log),
    }),
    command('cancel', () => {
      runs.cancelAll();
    }),
    command('showResults', (id) => runs.showResults(typeof id === 'string' ? id : undefined)),
    command('showLog', () => {
      log.show();
    }),
    command('restartEngine', () => {
      engine.restart();
      void vscode.window.showInformationMessage(
        'Boundary Lens: the analysis engine starts anew with the next analysis.',
      );
    }),
    command('reportIssue', async () => {
      await vscode.env.clipboard.writeText(issueText(context, lastError));
      void vscode.window.showInformationMessage('Boundary Lens: versions and the last error are on the clipboard.');
    }),
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: (panel, state: unknown) => runs.restore(panel, state),
    }),
  );
}
