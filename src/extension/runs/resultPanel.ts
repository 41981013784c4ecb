import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import { difference } from '../../protocol/change';
import { mismatch } from '../../protocol/check';
import { FromView, type PanelState, type ToView } from '../../protocol/view';
import { panelColumn } from '../panelColumn';
import { panelPage, panelRoots } from '../panelPage';

/** The view type that VS Code keeps panels by. */
export const panelType = 'boundaryLens.result';

/** What the user asks for. */
export type Asked = Exclude<FromView, { type: 'ready' | 'refused' }>;

/**
 * What shows a run. It can be closed and opened, and its page thrown away and made again, at any time: everything follows
 * from the run's state.
 */
export class ResultPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly messages = new vscode.EventEmitter<Asked>();
  private readonly closed = new vscode.EventEmitter<void>();
  private ready = false;
  /** What the page shows, and how often it was told of more than progress. */
  private sent: PanelState | undefined;
  private revision = 0;

  /** What the user asks for. */
  readonly onMessage = this.messages.event;
  readonly onClosed = this.closed.event;

  /**
   * @param current - the state of the run that is shown, which may be another one every time.
   * @param restored - the panel that VS Code made, after Reload Window or as an editor; a new one beside the code otherwise.
   */
  constructor(
    extensionUri: vscode.Uri,
    title: string,
    private readonly current: () => PanelState,
    private readonly log: Pick<vscode.LogOutputChannel, 'warn'>,
    restored?: vscode.WebviewPanel,
  ) {
    const options = { enableScripts: true, enableFindWidget: true, localResourceRoots: panelRoots(extensionUri) };
    this.panel =
      restored ??
      vscode.window.createWebviewPanel(panelType, title, { viewColumn: panelColumn(), preserveFocus: true }, options);
    this.panel.webview.options = options;
    this.panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    this.panel.webview.onDidReceiveMessage((message: unknown) => {
      const reason = mismatch(FromView, message);
      if (reason !== undefined) {
        log.warn(`The panel’s message is not of the protocol, ${reason}.`);
        return;
      }
      this.receive(message as FromView);
    });
    // A hidden page is gone; it asks again when it is back, but one that was only covered is not made anew.
    this.panel.onDidChangeViewState(() => {
      this.update();
    });
    this.panel.onDidDispose(() => {
      this.ready = false;
      this.closed.fire();
      this.closed.dispose();
      this.messages.dispose();
    });
    this.panel.webview.html = panelPage(this.panel.webview, extensionUri);
  }

  get visible(): boolean {
    return this.panel.visible;
  }

  /** Tells the page what became of the state, as soon as it can hear it. */
  update(): void {
    const state = this.current();
    if (!this.ready || !this.panel.visible || this.sent === state) return;
    void this.panel.webview.postMessage(this.news(state));
    this.sent = state;
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  private receive(message: FromView): void {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.sent = undefined;
        this.update();
        return;
      case 'refused':
        this.log.warn(`The panel refused what it was sent: ${message.reason}.`);
        return;
      default:
        this.messages.fire(message);
    }
  }

  /** What the page does not know yet. */
  private news(state: PanelState): ToView {
    const { sent } = this;
    if (!sent || sent.id !== state.id || (sent.report && !state.report)) {
      return { type: 'state', revision: ++this.revision, state };
    }
    const { report, ...rest } = state;
    const { progress } = state;
    if (progress && report === sent.report && isDeepStrictEqual({ ...sent, progress }, state)) {
      return { type: 'progress', progress };
    }
    const change = report && report !== sent.report ? { report: difference(sent.report, report) } : {};
    return { type: 'change', revision: ++this.revision, rest, ...change };
  }
}
