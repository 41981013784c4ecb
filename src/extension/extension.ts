import path from 'node:path';

import * as vscode from 'vscode';

import { Analyses } from './analyze';
import { Remembered } from './choose';
import { Engine } from './engine';
import { issueText } from './issue';
import { ReportStore } from './reportStore';
import { panelType } from './resultPanel';
import { StatusBar } from './statusBar';
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
  const analyses = new Analyses(
    context.extensionUri,
    engine,
    new Remembered(context.workspaceState),
    new ReportStore(vscode.Uri.joinPath(storage, 'reports')),
    statusBar,
    log,
  );
  const command = (name: string, run: (...parameters: never[]) => unknown): vscode.Disposable => {
    return vscode.commands.registerCommand(`boundaryLens.${name}`, run);
  };
  context.subscriptions.push(
    log,
    engine,
    statusBar,
    analyses,
    command('analyze', (model?: vscode.Uri | string, images?: string) => {
      return whenTrusted(() => analyses.analyze(model instanceof vscode.Uri ? model.fsPath : model, images));
    }),
    command('cancel', () => {
      analyses.cancelAll();
    }),
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
      deserializeWebviewPanel: (panel, state: unknown) => analyses.restore(panel, state),
    }),
  );
}
