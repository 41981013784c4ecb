import { Type } from '@sinclair/typebox';
import * as vscode from 'vscode';

import { mismatch } from '../../protocol/check';
import { Report } from '../../protocol/report';
import { type PanelState, Remembered } from '../../protocol/view';
import { headlines } from '../../reading/headlines';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { versionOf } from '../files/modelFiles';
import type { JsonStore } from '../jsonStore';
import { tellDone, tellFailure, tellFault } from '../notifications';
import { whenTrusted } from '../trust';
import { exportReport, saveFigure } from './exports';
import type { Found, History } from './history';
import { openImage } from './openImage';
import { isCalibrationRefused, Task, taskId, taskInWords, taskTitle } from './request';
import { type Asked, ResultPanel } from './resultPanel';
import type { StatusBar } from './statusBar';

/** What a run is made of, kept over Reload Window. */
export const Stored = Type.Object({ task: Task, report: Type.Optional(Report) });
export interface Stored {
  readonly task: Task;
  /** Absent while nothing was found yet. */
  readonly report?: Report | undefined;
}

/** The latest run of a task's identity: all that a panel shows follows from its state. */
interface Run {
  task: Task;
  state: PanelState;
  /** Absent while it is closed, which stops nothing. */
  panel?: ResultPanel | undefined;
  /** While it is going on. */
  controller?: AbortController | undefined;
}

/** What runs tasks and shows them, all in the same way: one run and one panel a task's identity. */
export class Runs implements vscode.Disposable {
  private readonly runs = new Map<string, Run>();
  private readonly choices = new vscode.EventEmitter<Task>();

  /** The user wants to choose anew what a run is about. */
  readonly onChoose = this.choices.event;
  private readonly recalibrations = new vscode.EventEmitter<Task>();

  /** The user wants to calibrate again, because the engine refused the calibration of a run. */
  readonly onRecalibrate = this.recalibrations.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly engine: Engine,
    private readonly store: JsonStore<Stored>,
    private readonly history: History,
    private readonly statusBar: StatusBar,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Runs a task and shows it beside the editor from the start; an earlier run of it that is still going on gives way. How it
   * ended, the state says, and the user is told of failures, and of all that ends out of sight.
   *
   * @param askingBack - the caller deals with a calibration that the engine refuses.
   */
  async run(task: Task, askingBack = false): Promise<PanelState> {
    const [id, title] = [taskId(task), taskTitle(task)];
    const controller = new AbortController();
    let state: PanelState = { phase: 'running', id, model: task.request.model };
    const run: Run = this.runs.get(id) ?? { task, state };
    run.controller?.abort();
    this.runs.set(id, Object.assign(run, { task, state, controller }));
    this.open(run);
    this.tellRunning();
    const superseded = (): boolean => run.controller !== controller;
    const update = (change: Partial<PanelState>): void => {
      state = { ...state, ...change };
      if (superseded()) return;
      run.state = state;
      run.panel?.update();
      if (state.progress) this.statusBar.show(id, title, state.progress);
    };
    this.log.info(`${title}: ${task.request.command}`);
    let models: Found['models'] = [];
    try {
      await this.history.add({ id, title });
      models = await versionsOf(task);
      await this.store.save(id, { task });
      const report = await this.engine.run(task.request, {
        signal: controller.signal,
        onProgress: (progress) => {
          update({ progress });
        },
        onReport: (partial) => {
          update({ report: partial });
        },
      });
      update({ phase: 'done', report, progress: undefined });
      this.log.info(`${title}: done in ${report.manifest.durationMs} ms`);
    } catch (error) {
      const failure = failureOf(error);
      const cancelled = controller.signal.aborted || failure.code === 'cancelled';
      update({ phase: cancelled ? 'cancelled' : 'failed', failure, progress: undefined });
      if (!cancelled) this.log.error(`${title}: ${failure.message} [${failure.code}]`);
    }
    if (superseded()) return state;
    run.controller = undefined;
    this.tellRunning();
    this.statusBar.hide(id);
    this.tell(run, askingBack);
    const { report } = state;
    await this.store.save(id, { task, report });
    if (report) {
      await this.history.keep(id, { at: Date.now(), models, headlines: headlinesOf(report) });
    }
    return state;
  }

  /** Shows the results of a run, whether or not it has ended: those asked for, else the only ones, else those picked. */
  async showResults(asked?: string): Promise<void> {
    const id = asked ?? (await this.pick());
    if (id === undefined) return;
    const run = await this.find(id);
    if (run) this.open(run);
    else void vscode.window.showWarningMessage('Boundary Lens: these results are not kept any more; run it again.');
  }

  /** Shows a panel that VS Code kept over Reload Window. */
  async restore(restored: vscode.WebviewPanel, state: unknown): Promise<void> {
    const reason = mismatch(Remembered, state);
    if (reason !== undefined) this.log.warn(`What a panel remembered is not of the protocol, ${reason}.`);
    const run = reason === undefined ? await this.find((state as Remembered).id) : undefined;
    if (run) this.open(run, restored);
    else restored.dispose();
  }

  cancelAll(): void {
    for (const { controller } of this.runs.values()) controller?.abort();
  }

  /** The panels stay: Reload Window shows them again. */
  dispose(): void {
    this.cancelAll();
    this.choices.dispose();
    this.recalibrations.dispose();
  }

  /** Tells menus and the palette whether there is something to cancel. */
  private tellRunning(): void {
    const running = [...this.runs.values()].some(({ controller }) => controller !== undefined);
    void vscode.commands.executeCommand('setContext', 'boundaryLens.running', running);
  }

  /** Shows a run in its panel, which is made where it was closed, or restored. */
  private open(run: Run, restored?: vscode.WebviewPanel): void {
    if (run.panel) {
      restored?.dispose();
      run.panel.update();
      run.panel.reveal();
      return;
    }
    const panel = new ResultPanel(this.extensionUri, taskTitle(run.task), () => run.state, this.log, restored);
    panel.onMessage((message) => {
      this.act(run, message).catch((error: unknown) => {
        tellFault(error, this.log);
      });
    });
    panel.onClosed(() => {
      run.panel = undefined;
    });
    run.panel = panel;
  }

  /** The run of this id: of this window, else as it was stored. */
  private async find(id: string): Promise<Run | undefined> {
    const stored = this.runs.has(id) ? undefined : await this.store.load(id);
    const known = this.runs.get(id);
    if (known || !stored) return known;
    const { task, report } = stored;
    const phase = report?.manifest.state === 'done' ? 'done' : 'cancelled';
    const run: Run = { task, state: { phase, id, model: task.request.model, report } };
    this.runs.set(id, run);
    return run;
  }

  /** Asks which results are meant where there are several: first what is going on, then the latest. */
  private async pick(): Promise<string | undefined> {
    const items = this.history.all.map(({ id, title }) => {
      const { phase, progress } = this.runs.get(id)?.state ?? {};
      const description = phase === 'running' ? (progress?.stage ?? 'Starting') : phase;
      return { id, label: title, running: phase === 'running', ...(description !== undefined && { description }) };
    });
    items.sort((a, b) => Number(b.running) - Number(a.running));
    if (items.length === 0) {
      void vscode.window.showInformationMessage('Boundary Lens: nothing was analysed in this workspace yet.');
    }
    if (items.length < 2) return items[0]?.id;
    return (await vscode.window.showQuickPick(items, { title: 'Show Results', placeHolder: 'Results of' }))?.id;
  }

  /** Says how a run ended where nobody sees it, and of failures anyway. */
  private tell(run: Run, askingBack: boolean): void {
    const { phase, failure } = run.state;
    const show = (): void => {
      this.open(run);
    };
    const refused = failure !== undefined && isCalibrationRefused(run.task, failure);
    const unseen = run.panel?.visible ? undefined : { what: taskInWords(run.task), show };
    if (phase === 'done' && unseen) void tellDone(unseen);
    if (phase !== 'failed' || !failure || (askingBack && refused)) return;
    void tellFailure(
      failure,
      unseen,
      refused
        ? () => {
            this.recalibrations.fire(run.task);
          }
        : undefined,
    );
  }

  private async act(run: Run, message: Asked): Promise<void> {
    const { task, controller } = run;
    const { report } = run.state;
    switch (message.type) {
      case 'cancel':
        controller?.abort();
        return;
      case 'retry':
        await whenTrusted(() => this.run(task));
        return;
      case 'choose':
        this.choices.fire(task);
        return;
      case 'showLog':
        this.log.show();
        return;
      case 'openImage':
        await openImage(task.request.images, message.name);
        return;
      case 'export':
        if (report) await exportReport(this.extensionUri, report, message.as);
        return;
      case 'pick-run':
        await this.showResults();
        return;
      case 'open-report':
      case 'restartEngine':
      case 'reportIssue':
        await vscode.commands.executeCommand(
          `boundaryLens.${message.type === 'open-report' ? 'openReport' : message.type}`,
        );
        return;
      case 'recalibrate':
        this.recalibrations.fire(task);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'saveFigure':
        await saveFigure(message.name, message.data);
    }
  }
}

/** The files that a task is about, as they are before it reads them. */
function versionsOf({ request: { model, against } }: Task): Promise<Found['models']> {
  const files = against === undefined ? [model] : [model, against];
  return Promise.all(files.map(async (file) => ({ path: file, version: (await versionOf(file)) ?? null })));
}

function headlinesOf(report: Report): string[] {
  return headlines(report).map(({ text, label }) => `${text} ${label}`);
}
