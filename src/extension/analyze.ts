import path from 'node:path';

import { Value } from '@sinclair/typebox/value';
import * as vscode from 'vscode';

import { SearchParams } from '../protocol/analyses';
import type { Preset, Request } from '../protocol/job';
import type { FromView, PanelState } from '../protocol/view';
import { chooseImages, chooseModel, choosePreset, type Remembered } from './choose';
import { type Engine, JobFailure } from './engine';
import { withEngineActions } from './engineActions';
import { exportReport, saveFigure } from './exports';
import type { ReportStore } from './reportStore';
import { ResultPanel } from './resultPanel';
import type { StatusBar } from './statusBar';

/** What runs analyses for the user and shows them: one panel a model. */
export class Analyses implements vscode.Disposable {
  private readonly panels = new Map<string, ResultPanel>();
  private readonly running = new Map<string, AbortController>();
  private readonly requests = new Map<string, Request>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly engine: Engine,
    private readonly remembered: Remembered,
    private readonly store: ReportStore,
    private readonly statusBar: StatusBar,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Asks for what is not given, and runs it. The panel stands beside the editor from the start. */
  async analyze(model?: string, images?: string, preset?: Preset): Promise<void> {
    const title = 'Analyze Decision Boundary: model';
    const chosenModel = model ?? (await chooseModel(this.remembered, title));
    if (chosenModel === undefined) return;
    const chosenImages = images ?? (await chooseImages(this.remembered, chosenModel));
    if (chosenImages === undefined) return;
    const chosenPreset = preset ?? (await choosePreset(this.remembered));
    if (chosenPreset === undefined) return;
    await this.run(chosenModel, requestFor(chosenModel, [chosenImages], chosenPreset));
  }

  /** Shows a panel that VS Code kept over Reload Window, from the stored report. */
  async restore(restored: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = (state as { state?: PanelState } | undefined)?.state;
    if (!kept) {
      restored.dispose();
      return;
    }
    const report = (await this.store.load(kept.model)) ?? kept.report;
    const phase = report ? (report.manifest.state === 'done' ? 'done' : 'cancelled') : 'empty';
    this.panels.set(kept.model, this.panelFor(kept.model, { phase, model: kept.model, report }, restored));
  }

  /** Cancels whatever runs. */
  cancelAll(): void {
    for (const controller of this.running.values()) controller.abort();
  }

  dispose(): void {
    this.cancelAll();
    for (const panel of this.panels.values()) panel.dispose();
  }

  private async run(model: string, request: Request): Promise<void> {
    this.running.get(model)?.abort();
    this.requests.set(model, request);
    const controller = new AbortController();
    this.running.set(model, controller);
    let state: PanelState = { phase: 'running', model };
    const panel = this.panels.get(model) ?? this.panelFor(model, state);
    this.panels.set(model, panel);
    panel.reveal();
    const update = (change: Partial<PanelState>): void => {
      state = { ...state, ...change };
      if (this.running.get(model) === controller) panel.show(state);
    };
    update({});
    this.log.info(`Analysing ${model}`);
    try {
      const report = await this.engine.run(request, {
        signal: controller.signal,
        onProgress: (progress) => {
          this.statusBar.show(model, progress);
          update({ progress });
        },
        onReport: (partial) => {
          update({ report: partial });
        },
      });
      update({ phase: 'done', report, progress: undefined });
      this.log.info(`Analysed ${model} in ${report.manifest.durationMs} ms`);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      const { failure } = error;
      update({ phase: failure.code === 'cancelled' ? 'cancelled' : 'failed', failure, progress: undefined });
      if (failure.code !== 'cancelled') {
        this.log.error(`${model}: ${failure.message} [${failure.code}]`);
        void withEngineActions(failure);
      }
    } finally {
      if (this.running.get(model) === controller) this.running.delete(model);
      this.statusBar.hide(model);
      if (state.report) await this.store.save(model, state.report);
    }
  }

  private panelFor(model: string, state: PanelState, restored?: vscode.WebviewPanel): ResultPanel {
    const panel = new ResultPanel(this.extensionUri, state, restored);
    panel.onMessage((message) => {
      this.act(model, panel, message).catch((error: unknown) => {
        this.log.error(String(error));
        void vscode.window.showErrorMessage(`Boundary Lens: ${error instanceof Error ? error.message : String(error)}`);
      });
    });
    panel.onClosed(() => {
      this.panels.delete(model);
      this.running.get(model)?.abort();
    });
    return panel;
  }

  private async act(model: string, panel: ResultPanel, message: Exclude<FromView, { type: 'ready' }>): Promise<void> {
    const { report } = panel.current;
    switch (message.type) {
      case 'cancel':
        this.running.get(model)?.abort();
        return;
      case 'retry': {
        const request = this.requests.get(model);
        return request ? this.run(model, request) : this.analyze(model);
      }
      case 'choose':
        return this.analyze();
      case 'showLog':
        this.log.show();
        return;
      case 'openImage': {
        const folder = this.requests.get(model)?.images[0];
        const file = folder === undefined ? undefined : path.join(folder, message.name);
        if (file !== undefined) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
        return;
      }
      case 'export':
        if (report) await exportReport(this.extensionUri, report, message.as);
        return;
      case 'saveFigure':
        await saveFigure(message.name, message.data);
    }
  }
}

/** The request that the user's choices and settings stand for. */
function requestFor(model: string, images: string[], preset: Preset): Request {
  const settings = vscode.workspace.getConfiguration('boundaryLens');
  const memory = settings.get<number>('memoryLimit', 0);
  const threads = settings.get<number>('threads', 0);
  const limit = settings.get<number>('imageLimit', 0);
  return {
    command: `Analyze Decision Boundary (${preset})`,
    model,
    images,
    preprocessed: false,
    backend: settings.get<Request['backend']>('backend', 'auto'),
    seed: settings.get<number>('seed', 0),
    search: Value.Create(SearchParams),
    preset,
    analyses: {},
    ...(memory > 0 && { memory }),
    ...(threads > 0 && { threads }),
    ...(limit > 0 && { limit }),
  };
}
