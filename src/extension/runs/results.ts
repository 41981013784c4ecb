import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { type PanelState, Remembered } from '../../protocol/view';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { versionOf } from '../files/modelFiles';
import { watchModel } from '../files/watchModel';
import { tellDone, tellFailure, tellFault } from '../notifications';
import { currentSettings } from '../settings';
import { whenTrusted } from '../trust';
import { exportReport, saveFigure } from './exports';
import type { History } from './history';
import { openImage } from './openImage';
import { pickRun } from './pickRun';
import { readReport } from './reportFile';
import { modelsOf, renewed, type Task, taskId, taskInWords, taskTitle } from './request';
import { type Asked, ResultPanel } from './resultPanel';
import type { Run } from './run';
import type { Runs } from './runs';

/** What results are shown with. */
export interface ResultTools {
  readonly extensionUri: vscode.Uri;
  readonly runs: Runs;
  readonly history: History;
  readonly engine: Pick<Engine, 'insist'>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error' | 'show'>;
}

/** What a panel shows: a run, which may be another one next, or a report from a file. */
interface Shown {
  readonly panel: ResultPanel;
  run: Run | undefined;
  state: () => PanelState;
  /** What listens to the run and to its model's files. */
  listening: vscode.Disposable;
}

/** Where VS Code finds a report again that was opened from a file. */
const fromFile = 'file:';

/** The panels of results: one for each kind of run and model, in which its runs are shown, and one for each report file. */
export class Results implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly choices = new vscode.EventEmitter<Task>();
  private readonly recalibrations = new vscode.EventEmitter<Task>();
  private readonly listening: vscode.Disposable;

  /** The user wants to choose anew what a run is about. */
  readonly onChoose = this.choices.event;
  /** The user wants to calibrate again, because the engine refused the calibration of a run. */
  readonly onRecalibrate = this.recalibrations.event;

  constructor(private readonly tools: ResultTools) {
    const { runs } = tools;
    this.listening = vscode.Disposable.from(
      runs.onBegin(({ run, options }) => {
        if (options.series === undefined) this.show(run);
      }),
      runs.onEnd(({ run, options }) => {
        if (options.series === undefined) this.tell(run, options.askingBack ?? false);
      }),
    );
  }

  /** Shows a run, whether or not it has ended: the one asked for, else one that is picked. */
  async showResults(asked?: string): Promise<void> {
    const key = asked ?? (await pickRun(this.tools, 'Show Results'));
    if (key !== undefined) await this.showKept(key);
  }

  /** Shows a report from a file, such as one that the command line wrote; asks for it where none is given. */
  async openReport(given?: string): Promise<void> {
    await whenTrusted(async () => {
      const filters = { Reports: ['json'] };
      const file =
        given ??
        (await vscode.window.showOpenDialog({ title: 'Open Report', filters, canSelectMany: false }))?.[0]?.fsPath;
      if (file !== undefined) await this.showFile(file);
    });
  }

  /** Shows a panel that VS Code kept over Reload Window. */
  async restore(restored: vscode.WebviewPanel, state: unknown): Promise<void> {
    const reason = mismatch(Remembered, state);
    if (reason !== undefined) this.tools.log.warn(`What a panel remembered is not of the protocol, ${reason}.`);
    const id = reason === undefined ? (state as Remembered).id : '';
    if (id.startsWith(fromFile)) {
      const shown = await whenTrusted(() => this.showFile(id.slice(fromFile.length), restored));
      if (shown === undefined) restored.dispose();
      return;
    }
    const run = await this.tools.runs.find(id);
    if (run) this.show(run, restored);
    else restored.dispose();
  }

  /**
   * Shows a report from a file, in the panel given or one of its own.
   *
   * @returns whether it is one; where it is none, the user is told why, and the panel is gone.
   */
  async showFile(file: string, given?: vscode.WebviewPanel): Promise<boolean> {
    try {
      const report = await readReport(file);
      const { path: model } = report.manifest.model;
      const phase = report.manifest.state === 'failed' ? 'cancelled' : report.manifest.state;
      const state: PanelState = {
        phase: phase === 'running' ? 'interrupted' : phase,
        id: fromFile + file,
        model,
        report,
        file,
      };
      const shown = this.panel(fromFile + file, `Report: ${path.basename(file)}`, () => state, given);
      shown.state = () => state;
      shown.panel.update();
      return true;
    } catch (error) {
      given?.dispose();
      const failure = failureOf(error);
      this.tools.log.error(failure.message);
      void tellFailure(failure);
      return false;
    }
  }

  /** The panels stay: Reload Window shows them again. */
  dispose(): void {
    this.listening.dispose();
    for (const { listening } of this.shown.values()) listening.dispose();
    this.choices.dispose();
    this.recalibrations.dispose();
  }

  private async showKept(key: string): Promise<void> {
    const run = await this.tools.runs.find(key, true);
    if (run) this.show(run);
    else void vscode.window.showWarningMessage('Boundary Lens: these results are not kept any more; run it again.');
  }

  /** Shows a run in the panel of its kind and model, which is made where it is closed, or was restored. */
  private show(run: Run, restored?: vscode.WebviewPanel): void {
    const shown = this.panel(taskId(run.task), taskTitle(run.task), () => run.state, restored);
    // A panel that Reload Window kept says nothing new of a run that is shown.
    if (restored && shown.run) return;
    if (shown.run?.key !== run.key) {
      shown.listening.dispose();
      Object.assign(shown, { run, state: () => run.state, listening: this.listen(run, shown.panel) });
    }
    shown.panel.update();
  }

  /** The panel of this id: the one that is open, which comes to the front, else a new one. */
  private panel(id: string, title: string, state: () => PanelState, given?: vscode.WebviewPanel): Shown {
    const known = this.shown.get(id);
    if (known) {
      given?.dispose();
      known.panel.reveal();
      return known;
    }
    const { extensionUri, log } = this.tools;
    const panel = new ResultPanel(extensionUri, title, () => shown.state(), log, given);
    const shown: Shown = { panel, run: undefined, state, listening: new vscode.Disposable(() => undefined) };
    panel.onMessage((message) => {
      this.act(shown, message).catch((error: unknown) => {
        tellFault(error, log);
      });
    });
    panel.onClosed(() => {
      shown.listening.dispose();
      this.shown.delete(id);
    });
    this.shown.set(id, shown);
    return shown;
  }

  private listen(run: Run, panel: ResultPanel): vscode.Disposable {
    const look = (): void => {
      void changedSince(run).then((changed) => {
        if (changed !== (run.state.modelChanged !== undefined)) run.update({ changed });
      });
    };
    look();
    return vscode.Disposable.from(
      run.onChange(() => {
        panel.update();
      }),
      ...modelsOf(run.task).map((file) => watchModel(file, look)),
    );
  }

  /** Says how a run ended where nobody sees it: where its panel is in sight, that says it. */
  private tell(run: Run, askingBack: boolean): void {
    const shown = this.shown.get(taskId(run.task));
    if (shown?.run === run && shown.panel.visible) return;
    const { phase, failure, recalibrate, modelChanged } = run.state;
    const show = (): void => {
      this.show(run);
    };
    const unseen = { what: taskInWords(run.task), show };
    if (phase === 'done') {
      void tellDone(unseen, modelChanged === 'during' ? 'the model was replaced meanwhile' : undefined);
    }
    if (phase !== 'failed' || !failure || (askingBack && recalibrate)) return;
    const again = (): void => {
      this.recalibrations.fire(run.task);
    };
    void tellFailure(failure, unseen, recalibrate ? again : undefined);
  }

  private async act({ run, state }: Shown, message: Asked): Promise<void> {
    const { extensionUri, runs, engine, log } = this.tools;
    const { report } = state();
    switch (message.type) {
      case 'cancel':
        if (run) runs.cancel(run.key);
        return;
      case 'retry':
        if (!run) return;
        await whenTrusted(() => {
          // What lost the engine twice is not tried again by itself, but the user may insist.
          engine.insist();
          return runs.run(renewed(run.task, currentSettings(run.task.request.model)));
        });
        return;
      case 'choose':
        if (run) this.choices.fire(run.task);
        return;
      case 'recalibrate':
        if (run) this.recalibrations.fire(run.task);
        return;
      case 'showLog':
        log.show();
        return;
      case 'restartEngine':
      case 'reportIssue':
        await vscode.commands.executeCommand(`boundaryLens.${message.type}`);
        return;
      case 'pick-run': {
        const id = run && taskId(run.task);
        const key = await pickRun(this.tools, 'Show Results', (task) => id === undefined || taskId(task) === id);
        if (key !== undefined) await this.showKept(key);
        return;
      }
      case 'open-report':
        await this.openReport();
        return;
      case 'openImage':
        await openImage(run?.task.request.images ?? [], message.name);
        return;
      case 'export':
        if (report) await exportReport(extensionUri, report, message.as);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'saveFigure':
        await saveFigure(message.name, message.data);
    }
  }
}

/** Whether the model's files are others than those of which what is shown was found. Until a run has begun, there are none. */
async function changedSince({ models }: Run): Promise<boolean> {
  const now = await Promise.all(models.map(({ path: file }) => versionOf(file)));
  return models.some(({ version }, i) => !isDeepStrictEqual(version, now[i] ?? null));
}
