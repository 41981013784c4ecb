import path from 'node:path';

import * as vscode from 'vscode';

import { Report } from '../protocol/report';
import { Remembered } from './choosing/choose';
import { registerCommands } from './commands/commands';
import { openSample } from './commands/sample';
import type { Tools } from './commands/tools';
import { Engine } from './engine/engine';
import { documentsIn } from './files/paths';
import { issueText } from './issue';
import { JsonStore } from './jsonStore';
import { ResultDecorations } from './models/decorations';
import { ModelHover } from './models/hover';
import { Inspections } from './models/inspections';
import { languageIds } from './models/literals';
import { registerModelPages } from './models/modelPage';
import { SaveLens } from './models/saveLens';
import { History } from './runs/history';
import { panelType } from './runs/resultPanel';
import { Runs, Stored } from './runs/runs';
import { StatusBar } from './runs/statusBar';
import { whenTrusted } from './trust';

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
  const tools: Tools = {
    runs,
    inspections,
    remembered: new Remembered(context.workspaceState),
    // Of a file, whatever folder is open.
    calibrations: new JsonStore<Report>(vscode.Uri.joinPath(context.globalStorageUri, 'calibrations'), Report, log),
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
    registerCommands(tools),
    command('openSample', (asked) => whenTrusted(() => openSample(tools, context, asked))),
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
