import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { FromModelPage, type ModelPageState, type ToModelPage } from '../../protocol/modelPage';
import { exportCode } from '../../reading/model';
import { versionOf } from '../files/modelFiles';
import { watchModel } from '../files/watchModel';
import { tellFault } from '../notifications';
import { panelPage, panelRoots } from '../panelPage';
import type { History } from '../runs/history';
import type { Inspections } from './inspections';

/** What the pages of models work with. */
export interface ModelPageTools {
  readonly extensionUri: vscode.Uri;
  readonly inspections: Inspections;
  readonly history: History;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error' | 'show'>;
}

type Known = Pick<ModelPageState, 'phase'> & Partial<ModelPageState>;

/**
 * The page of one model: what its file says of itself, without its weights. What is known at once is shown at once, the rest
 * when the engine has answered; it is told anew when the file changes.
 */
export class ModelPage {
  private readonly disposables: vscode.Disposable[] = [];
  private ready = false;
  private known: Known = { phase: 'reading' };
  /** Counts what was begun, so that what was overtaken is dropped. */
  private turn = 0;

  constructor(
    private readonly file: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private readonly tools: ModelPageTools,
  ) {
    const { extensionUri, history, log } = tools;
    panel.webview.options = { enableScripts: true, localResourceRoots: panelRoots(extensionUri) };
    this.disposables.push(
      watchModel(file.fsPath, () => {
        void this.refresh();
      }),
      history.onChange(() => {
        void this.send();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        void this.refresh();
      }),
      panel.onDidChangeViewState(() => {
        // What changed while it was hidden may not have been watched.
        if (panel.visible) void this.refresh();
      }),
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const reason = mismatch(FromModelPage, message);
        if (reason !== undefined) {
          log.warn(`The model page’s message is not of the protocol, ${reason}.`);
          return;
        }
        this.act(message as FromModelPage).catch((error: unknown) => {
          tellFault(error, log);
        });
      }),
    );
    panel.onDidDispose(() => {
      this.turn++;
      this.ready = false;
      vscode.Disposable.from(...this.disposables).dispose();
    });
    panel.webview.html = panelPage(panel.webview, extensionUri, 'model.js');
    void this.refresh();
  }

  /** Looks at the file again, and asks the engine where something is new. */
  private async refresh(): Promise<void> {
    const turn = ++this.turn;
    const { fsPath, scheme } = this.file;
    const show = async (known: Known): Promise<void> => {
      if (turn !== this.turn) return;
      this.known = known;
      await this.send();
    };
    if (!vscode.workspace.isTrusted) return show({ phase: 'restricted' });
    if (scheme !== 'file') {
      const message = `The model must be a file on disk, and this is one of ${scheme}.`;
      return show({ phase: 'refused', failure: { code: 'invalid-input', message } });
    }
    const version = await versionOf(fsPath);
    if (!version) return show({ phase: 'gone' });
    // Until the answer is there, what was known stays; where it is another file that changed beside it, nothing is said.
    if (!isDeepStrictEqual(version, this.known.version)) await show({ ...this.known, phase: 'reading', version });
    const { inspection, failure } = await this.tools.inspections.of(fsPath);
    return show(inspection ? { phase: 'read', version, inspection } : { phase: 'refused', version, failure });
  }

  private async send(): Promise<void> {
    const { phase } = this.known;
    const turn = this.turn;
    const results = phase === 'restricted' ? [] : await this.tools.history.of(this.file.fsPath);
    if (!this.ready || !this.panel.visible || turn !== this.turn) return;
    const state: ModelPageState = { ...this.known, phase, path: this.file.fsPath, results, now: Date.now() };
    const message: ToModelPage = { type: 'model', state };
    await this.panel.webview.postMessage(message);
  }

  private async act(message: FromModelPage): Promise<unknown> {
    const { fsPath } = this.file;
    const run = (command: string, ...args: unknown[]): Thenable<unknown> =>
      vscode.commands.executeCommand(command, ...args);
    switch (message.type) {
      case 'ready':
        this.ready = true;
        return this.send();
      case 'refused':
        this.tools.log.warn(`The model page refused what it was sent: ${message.reason}.`);
        return;
      case 'analyze':
        return run('boundaryLens.analyze', fsPath);
      case 'checkImages':
        return run('boundaryLens.checkPerturbation', undefined, undefined, { model: fsPath });
      case 'compare':
        return run('boundaryLens.compare', fsPath);
      case 'watch':
        return run('boundaryLens.watch', fsPath);
      case 'choosePreprocessing':
        return run('boundaryLens.choosePreprocessing', fsPath);
      case 'copyExport': {
        const code = exportCode(this.known.failure?.message ?? '');
        if (code === undefined) return;
        await vscode.env.clipboard.writeText(code);
        return vscode.window.setStatusBarMessage('Boundary Lens: the export code is on the clipboard.', 5000);
      }
      case 'manageTrust':
        return run('workbench.trust.manage');
      case 'showLog':
        this.tools.log.show();
        return;
      case 'again':
        this.known = { phase: 'reading' };
        return this.refresh();
      case 'showResults':
        return run('boundaryLens.showResults', message.id);
    }
  }
}

/** The editor of the files that are models by their name, which VS Code opens with it, and that of those that may be or are something else. */
const modelView = 'boundaryLens.model';
const anyModelView = 'boundaryLens.maybeModel';

/** Opens the page of a model. */
export async function openModelPage(file: string): Promise<void> {
  const view = /\.(onnx|keras)$/i.test(file) ? modelView : anyModelView;
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), view);
}

/** Registers the pages of models as VS Code's editors for their files. */
export function registerModelPages(tools: ModelPageTools): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      new ModelPage(uri, panel, tools);
    },
  };
  const options = { supportsMultipleEditorsPerDocument: true };
  return vscode.Disposable.from(
    ...[modelView, anyModelView].map((type) => vscode.window.registerCustomEditorProvider(type, provider, options)),
  );
}
