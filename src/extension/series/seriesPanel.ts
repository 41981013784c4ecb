import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { FromSeriesPage, type ToSeriesPage } from '../../protocol/seriesPage';
import { literal } from '../../reading/format';
import { modelName } from '../../reading/model';
import { tellFault } from '../notifications';
import { panelColumn } from '../panelColumn';
import { panelPage, panelRoots } from '../panelPage';
import { saveFigure } from '../runs/exports';
import type { Series } from './series';

/** The view type that VS Code keeps these panels by. */
export const seriesType = 'boundaryLens.series';

/** What these panels work with. */
export interface SeriesPanelTools {
  readonly extensionUri: vscode.Uri;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error' | 'show'>;
}

/** What shows a series; closing it stops nothing. */
export class SeriesPanel {
  private readonly panel: vscode.WebviewPanel;
  private ready = false;

  constructor(
    private readonly series: Series,
    private readonly tools: SeriesPanelTools,
    closed: () => void,
    restored?: vscode.WebviewPanel,
  ) {
    const { extensionUri, log } = tools;
    const { kind, path } = series.subject;
    const title = `${kind === 'watch' ? 'Watch' : 'Checkpoints'}: ${literal(modelName(path))}`;
    const options = { enableScripts: true, localResourceRoots: panelRoots(extensionUri) };
    const place = { viewColumn: panelColumn(), preserveFocus: true };
    this.panel = restored ?? vscode.window.createWebviewPanel(seriesType, title, place, options);
    this.panel.webview.options = options;
    this.panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    const listening = series.onChange(() => {
      void this.send();
    });
    this.panel.onDidChangeViewState(() => {
      void this.send();
    });
    this.panel.onDidDispose(() => {
      this.ready = false;
      listening.dispose();
      closed();
    });
    this.panel.webview.onDidReceiveMessage((message: unknown) => {
      const reason = mismatch(FromSeriesPage, message);
      if (reason !== undefined) {
        log.warn(`The series page’s message is not of the protocol, ${reason}.`);
        return;
      }
      this.act(message as FromSeriesPage).catch((error: unknown) => {
        tellFault(error, log);
      });
    });
    this.panel.webview.html = panelPage(this.panel.webview, extensionUri, 'watch.js');
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  private async send(): Promise<void> {
    if (!this.ready || !this.panel.visible) return;
    const message: ToSeriesPage = { type: 'series', state: await this.series.state() };
    await this.panel.webview.postMessage(message);
  }

  private async act(message: FromSeriesPage): Promise<unknown> {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        return this.send();
      case 'refused':
        this.tools.log.warn(`The series page refused what it was sent: ${message.reason}.`);
        return;
      case 'start':
        if (vscode.workspace.isTrusted) this.series.start();
        return this.send();
      case 'stop':
        this.series.stop();
        return;
      case 'showLog':
        this.tools.log.show();
        return;
      case 'showResults':
        return vscode.commands.executeCommand('boundaryLens.showResults', message.id);
      case 'saveFigure':
        return saveFigure(message.name, message.data);
    }
  }
}
