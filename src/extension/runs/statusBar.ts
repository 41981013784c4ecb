import * as vscode from 'vscode';

import type { Progress } from '../../protocol/job';

const [show, cancel] = ['boundaryLens.showResults', 'boundaryLens.cancel'];

/** One item for all that runs, whether or not a panel shows it. A click shows the results, or asks which. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('boundaryLens.progress', vscode.StatusBarAlignment.Left);
  private readonly running = new Map<string, { readonly title: string; readonly progress: Progress }>();

  constructor() {
    this.item.name = 'Boundary Lens';
  }

  show(key: string, title: string, progress: Progress): void {
    this.running.set(key, { title, progress });
    this.update();
  }

  hide(key: string): void {
    this.running.delete(key);
    this.update();
  }

  dispose(): void {
    this.item.dispose();
  }

  private update(): void {
    const lines = Array.from(this.running, ([key, { title, progress }]) => {
      const { stage, done, total, elapsedMs, backend } = progress;
      const share = total > 1 ? ` ${done}/${total}` : '';
      const seconds = `${Math.round(elapsedMs / 1000)} s`;
      const long = [`${title}: ${stage}${share}`, seconds, ...(backend === undefined ? [] : [backend])].join(', ');
      return { key, short: `${stage}${share}`, long };
    });
    const [first] = lines;
    if (!first) {
      this.item.hide();
      return;
    }
    const several = lines.length > 1;
    this.item.text = `$(loading~spin) ${first.short}${several ? ` (+${lines.length - 1})` : ''}`;
    this.item.command = { command: show, title: 'Show Results', arguments: several ? [] : [first.key] };
    const tooltip = new vscode.MarkdownString();
    tooltip.isTrusted = { enabledCommands: [show, cancel] };
    for (const { key, long } of lines) {
      const argument = encodeURIComponent(JSON.stringify([key]));
      tooltip.appendText(long);
      tooltip.appendMarkdown(`  \n[Show](command:${show}?${argument}) · [Cancel](command:${cancel}?${argument})\n\n`);
    }
    tooltip.appendMarkdown('Closing results stops nothing.');
    this.item.tooltip = tooltip;
    this.item.show();
  }
}
