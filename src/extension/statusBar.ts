import * as vscode from 'vscode';

import type { Progress } from '../protocol/job';

/** One item for all that runs. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('boundaryLens.progress', vscode.StatusBarAlignment.Left);
  private readonly running = new Map<string, { readonly title: string; readonly progress: Progress }>();

  constructor() {
    this.item.name = 'Boundary Lens';
    this.item.command = 'boundaryLens.cancel';
  }

  show(id: string, title: string, progress: Progress): void {
    this.running.set(id, { title, progress });
    this.update();
  }

  hide(id: string): void {
    this.running.delete(id);
    this.update();
  }

  dispose(): void {
    this.item.dispose();
  }

  private update(): void {
    const lines = Array.from(this.running.values(), ({ title, progress }) => {
      const { stage, done, total, elapsedMs, backend } = progress;
      const share = total > 1 ? ` ${done}/${total}` : '';
      const seconds = `${Math.round(elapsedMs / 1000)} s`;
      return {
        short: `${stage}${share}`,
        long: [`${title}: ${stage}${share}`, seconds, ...(backend === undefined ? [] : [backend])].join(', '),
      };
    });
    const [first] = lines;
    if (!first) {
      this.item.hide();
      return;
    }
    this.item.text = `$(loading~spin) ${first.short}${lines.length > 1 ? ` (+${lines.length - 1})` : ''}`;
    this.item.tooltip = `${lines.map(({ long }) => long).join('\n')}\nClick to cancel.`;
    this.item.show();
  }
}
