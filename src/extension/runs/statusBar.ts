import * as vscode from 'vscode';

import type { Progress } from '../../protocol/job';

/** One item for all that runs, whether or not a panel shows it. A click shows the results. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('boundaryLens.progress', vscode.StatusBarAlignment.Left);
  private readonly running = new Map<string, { readonly title: string; readonly progress: Progress }>();

  constructor() {
    this.item.name = 'Boundary Lens';
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
    const several = lines.length > 1;
    this.item.text = `$(loading~spin) ${first.short}${several ? ` (+${lines.length - 1})` : ''}`;
    const [show, cancel] = ['boundaryLens.showResults', 'boundaryLens.cancel'];
    this.item.command = { command: show, title: 'Show Results', arguments: several ? [] : [...this.running.keys()] };
    const tooltip = new vscode.MarkdownString();
    tooltip.isTrusted = { enabledCommands: [cancel] };
    for (const { long } of lines) tooltip.appendText(long).appendMarkdown('\n\n');
    tooltip.appendMarkdown(
      `Click to show results; closing them stops nothing. [Cancel${several ? ' all' : ''}](command:${cancel})`,
    );
    this.item.tooltip = tooltip;
    this.item.show();
  }
}
