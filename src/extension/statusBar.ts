import path from 'node:path';

import * as vscode from 'vscode';

import type { Progress } from '../protocol/job';

/** One item for all that runs. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('boundaryLens.progress', vscode.StatusBarAlignment.Left);
  private readonly running = new Map<string, Progress>();

  constructor() {
    this.item.name = 'Boundary Lens';
    this.item.command = 'boundaryLens.cancel';
  }

  show(model: string, progress: Progress): void {
    this.running.set(model, progress);
    this.update();
  }

  hide(model: string): void {
    this.running.delete(model);
    this.update();
  }

  dispose(): void {
    this.item.dispose();
  }

  private update(): void {
    const lines = [...this.running].map(([model, { stage, done, total, elapsedMs, backend }]) => {
      const share = total > 1 ? ` ${done}/${total}` : '';
      const seconds = `${Math.round(elapsedMs / 1000)} s`;
      return {
        short: `${stage}${share}`,
        long: `${path.basename(model)}: ${stage}${share}, ${seconds}, ${backend ?? ''}`,
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
