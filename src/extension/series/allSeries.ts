import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { SeriesSubject } from '../../protocol/seriesPage';
import { Series, seriesId, type SeriesTools } from './series';
import { SeriesPanel, type SeriesPanelTools } from './seriesPanel';

/** The series of this window, each with its page where that is open. */
export class AllSeries implements vscode.Disposable {
  private readonly known = new Map<string, Series>();
  private readonly panels = new Map<string, SeriesPanel>();

  constructor(private readonly tools: SeriesTools & SeriesPanelTools) {}

  /** The one that watches a model, whatever the images. */
  watching(model: string): Series | undefined {
    return [...this.known.values()].find(({ subject, active }) => {
      return active && subject.kind === 'watch' && subject.path === model;
    });
  }

  isShown({ id }: Series): boolean {
    return this.panels.has(id);
  }

  /** Starts a series or goes on with it, and shows it. */
  start(subject: SeriesSubject): Series {
    const series = this.of(subject);
    this.show(series);
    series.start();
    return series;
  }

  show(series: Series, restored?: vscode.WebviewPanel): void {
    const { id } = series;
    const panel = this.panels.get(id);
    if (panel) {
      restored?.dispose();
      panel.reveal();
      return;
    }
    const closed = (): void => {
      this.panels.delete(id);
    };
    this.panels.set(id, new SeriesPanel(series, this.tools, closed, restored));
  }

  /** Shows a page that VS Code kept over Reload Window. What was watched is watched again, in a trusted workspace. */
  restore(restored: vscode.WebviewPanel, state: unknown): void {
    const reason = mismatch(SeriesSubject, state);
    if (reason !== undefined) {
      this.tools.log.warn(`What a panel remembered is not of the protocol, ${reason}.`);
      restored.dispose();
      return;
    }
    const series = this.of(state as SeriesSubject);
    this.show(series, restored);
    if (series.subject.kind === 'watch' && vscode.workspace.isTrusted) series.start();
  }

  dispose(): void {
    for (const series of this.known.values()) series.dispose();
  }

  private of(subject: SeriesSubject): Series {
    const id = seriesId(subject);
    const series = this.known.get(id) ?? new Series(subject, this.tools);
    this.known.set(id, series);
    return series;
  }
}
