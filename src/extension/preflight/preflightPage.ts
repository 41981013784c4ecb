import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { FromPreflightPage, type PreflightPageState, type ToPreflightPage } from '../../protocol/preflightPage';
import { literal } from '../../reading/format';
import { modelName } from '../../reading/model';
import { panelColumn } from '../panelColumn';
import { panelPage, panelRoots } from '../panelPage';

/** What the user asks for. */
export type Asked = Exclude<FromPreflightPage, { type: 'ready' | 'refused' }>;

/** The page on which a preprocessing is chosen: everything on it follows from its one state. */
export class PreflightPage implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly messages = new vscode.EventEmitter<Asked>();
  private readonly closed = new vscode.EventEmitter<void>();
  private ready = false;

  readonly onMessage = this.messages.event;
  readonly onClosed = this.closed.event;

  constructor(
    extensionUri: vscode.Uri,
    private state: PreflightPageState,
    log: Pick<vscode.LogOutputChannel, 'warn'>,
  ) {
    this.panel = vscode.window.createWebviewPanel(
      'boundaryLens.preflight',
      `Images: ${literal(modelName(state.model))}`,
      { viewColumn: panelColumn(), preserveFocus: true },
      { enableScripts: true, localResourceRoots: panelRoots(extensionUri) },
    );
    this.panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    this.panel.webview.onDidReceiveMessage((message: unknown) => {
      const reason = mismatch(FromPreflightPage, message);
      if (reason !== undefined) {
        log.warn(`The preprocessing page’s message is not of the protocol, ${reason}.`);
        return;
      }
      const known = message as FromPreflightPage;
      if (known.type === 'refused') log.warn(`The preprocessing page refused what it was sent: ${known.reason}.`);
      else if (known.type === 'ready') this.makeReady();
      else this.messages.fire(known);
    });
    this.panel.onDidChangeViewState(() => {
      this.send();
    });
    this.panel.onDidDispose(() => {
      this.ready = false;
      this.closed.fire();
      this.closed.dispose();
      this.messages.dispose();
    });
    this.panel.webview.html = panelPage(this.panel.webview, extensionUri, 'preflight.js');
  }

  show(change: Partial<PreflightPageState>): void {
    this.state = { ...this.state, ...change };
    this.send();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private makeReady(): void {
    this.ready = true;
    this.send();
  }

  private send(): void {
    if (!this.ready || !this.panel.visible) return;
    const message: ToPreflightPage = { type: 'preflight', state: this.state };
    void this.panel.webview.postMessage(message);
  }
}
