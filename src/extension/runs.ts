import { Type } from '@sinclair/typebox';
import * as vscode from 'vscode';

import { mismatch } from '../protocol/check';
import { Report } from '../protocol/report';
import { type PanelState, Remembered } from '../protocol/view';
import { type Engine, JobFailure } from './engine';
import { withEngineActions } from './engineActions';
import { exportReport, saveFigure } from './exports';
import { imageCandidates } from './imageFiles';
import { exists, type JsonStore } from './jsonStore';
import { Task, taskId, taskTitle } from './request';
import { type Asked, ResultPanel } from './resultPanel';
import type { StatusBar } from './statusBar';
import { whenTrusted } from './trust';

/** What a panel is made of, kept over Reload Window. */
export const Stored = Type.Object({ task: Task, report: Type.Optional(Report) });
export interface Stored {
  readonly task: Task;
  /** Absent while nothing was found yet. */
  readonly report?: Report | undefined;
}

/** A panel, what it is about, and the run that fills it, if one does. */
interface Shown {
  task: Task;
  readonly panel: ResultPanel;
  controller?: AbortController | undefined;
}

/** What runs tasks and shows them, all in the same way: one panel a task's identity, beside the editor from the start. */
export class Runs implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly choices = new vscode.EventEmitter<Task>();

  /** The user wants to choose anew what a panel is about. */
  readonly onChoose = this.choices.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly engine: Engine,
    private readonly store: JsonStore<Stored>,
    private readonly statusBar: StatusBar,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Runs a task in its panel; a run that still fills that panel gives way. How it ended, the state says, and the user is
   * told of failures.
   *
   * @param askingBack - the caller deals with input that the engine refuses.
   */
  async run(task: Task, askingBack = false): Promise<PanelState> {
    const id = taskId(task);
    const title = taskTitle(task);
    const controller = new AbortController();
    let state: PanelState = { phase: 'running', id, model: task.request.model };
    const shown = this.shown.get(id) ?? this.show(task, state);
    shown.controller?.abort();
    shown.controller = controller;
    shown.task = task;
    shown.panel.reveal();
    const update = (change: Partial<PanelState>): void => {
      state = { ...state, ...change };
      if (shown.controller === controller) shown.panel.show(state);
    };
    update({});
    await this.store.save(id, { task });
    this.log.info(`${title}: ${task.request.command}`);
    try {
      const report = await this.engine.run(task.request, {
        signal: controller.signal,
        onProgress: (progress) => {
          this.statusBar.show(id, title, progress);
          update({ progress });
        },
        onReport: (partial) => {
          update({ report: partial });
        },
      });
      update({ phase: 'done', report, progress: undefined });
      this.log.info(`${title}: done in ${report.manifest.durationMs} ms`);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      const { failure } = error;
      update({ phase: failure.code === 'cancelled' ? 'cancelled' : 'failed', failure, progress: undefined });
      if (failure.code !== 'cancelled') {
        this.log.error(`${title}: ${failure.message} [${failure.code}]`);
        if (!(askingBack && failure.code === 'invalid-input')) void withEngineActions(failure);
      }
    } finally {
      if (shown.controller === controller) {
        shown.controller = undefined;
        this.statusBar.hide(id);
        await this.store.save(id, { task, report: state.report });
      }
    }
    return state;
  }

  /** Shows a panel that VS Code kept over Reload Window, from what was stored. */
  async restore(restored: vscode.WebviewPanel, state: unknown): Promise<void> {
    const reason = mismatch(Remembered, state);
    if (reason !== undefined) this.log.warn(`What a panel remembered is not of the protocol, ${reason}.`);
    const kept = reason === undefined ? (state as Remembered) : undefined;
    const stored = kept && (await this.store.load(kept.id));
    if (!kept || !stored) {
      restored.dispose();
      return;
    }
    const { report } = stored;
    const phase = report?.manifest.state === 'done' ? 'done' : 'cancelled';
    this.show(stored.task, { phase, id: kept.id, model: kept.model, report }, restored);
  }

  cancelAll(): void {
    for (const { controller } of this.shown.values()) controller?.abort();
  }

  /** The panels stay: Reload Window shows them again. */
  dispose(): void {
    this.cancelAll();
    this.choices.dispose();
  }

  private show(task: Task, state: PanelState, restored?: vscode.WebviewPanel): Shown {
    const id = taskId(task);
    const panel = new ResultPanel(this.extensionUri, taskTitle(task), state, this.log, restored);
    const shown: Shown = { task, panel };
    panel.onMessage((message) => {
      this.act(shown, message).catch((error: unknown) => {
        this.log.error(String(error));
        void vscode.window.showErrorMessage(`Boundary Lens: ${error instanceof Error ? error.message : String(error)}`);
      });
    });
    panel.onClosed(() => {
      this.shown.delete(id);
      shown.controller?.abort();
    });
    this.shown.set(id, shown);
    return shown;
  }

  private async act(shown: Shown, message: Asked): Promise<void> {
    const { task, panel, controller } = shown;
    const { report } = panel.current;
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
      case 'saveFigure':
        await saveFigure(message.name, message.data);
    }
  }
}

async function openImage(given: readonly string[], name: string): Promise<void> {
  for (const file of imageCandidates(given, name)) {
    if (!(await exists(file))) continue;
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    return;
  }
  void vscode.window.showInformationMessage(`Boundary Lens: ${name} is no image file of its own, or it was moved.`);
}
