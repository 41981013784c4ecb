import './vscode';

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Engine, JobOptions } from '../../src/extension/engine/engine';
import { JobFailure } from '../../src/extension/engine/jobFailure';
import { type Entry, History } from '../../src/extension/runs/history';
import { analysisTask, type Settings } from '../../src/extension/runs/request';
import { Results } from '../../src/extension/runs/results';
import { Runs } from '../../src/extension/runs/runs';
import { StatusBar } from '../../src/extension/runs/statusBar';
import { mismatch } from '../../src/protocol/check';
import type { FailureCode } from '../../src/protocol/failure';
import type { Request } from '../../src/protocol/job';
import type { Report } from '../../src/protocol/report';
import { type PanelState, ToView } from '../../src/protocol/view';
import { type FakePanel, panels } from './vscode';

/** A job that the engine was given, for the test to end. */
export interface Job {
  readonly request: Request;
  readonly options: JobOptions;
  readonly end: (report: Report) => void;
  readonly fail: (code: FailureCode, message: string) => void;
}

/** Nothing is set. */
export const noSettings: Settings = {
  ...{ backend: 'auto', seed: 0, threads: 0, memory: 0, imageLimit: 0, calibrationLimit: 0 },
};

/** A log that nobody reads. */
export const silent = { warn: (): void => undefined, error: (): void => undefined, show: (): void => undefined };

/** A window of the editor, its engine in the hands of the test. */
export class EditorWindow {
  readonly complaints: string[] = [];
  readonly jobs: Job[] = [];
  insisted = 0;
  readonly history: History;
  readonly runs: Runs;
  readonly results: Results;

  /** @param folder - what is kept there, the next window of the same folder finds. */
  constructor(folder: string, limit = 1e9) {
    const uri = vscode.Uri.file(folder);
    const said = (text: string): void => {
      this.complaints.push(text);
    };
    const log = { warn: said, error: said, info: () => undefined, show: () => undefined };
    const run: Engine['run'] = (request, options) =>
      new Promise<Report>((end, reject) => {
        const fail = (code: FailureCode, message: string): void => {
          reject(new JobFailure({ code, message }));
        };
        options?.signal?.addEventListener('abort', () => {
          fail('cancelled', 'the analysis was cancelled');
        });
        this.jobs.push({ request, options: options ?? {}, end, fail });
      });
    const insist = (): void => {
      this.insisted++;
    };
    this.history = new History(uri, () => limit, log);
    this.runs = new Runs({ run }, this.history, new StatusBar(), log);
    this.results = new Results({
      extensionUri: uri,
      ...{ runs: this.runs, history: this.history, engine: { insist }, log },
    });
  }
}

/** A new folder for what a window keeps, within a temporary one. */
export function storageIn(folder: string): string {
  return mkdtempSync(path.join(folder, 'storage '));
}

/** The state that a page of results is sent first. */
export function stateOf(panel = lastPanel()): PanelState {
  panel.sent.length = 0;
  panel.say({ type: 'ready' });
  const [message] = panel.sent.splice(0);
  assert.equal(mismatch(ToView, message), undefined);
  const { type, state } = message as Extract<ToView, { type: 'state' }>;
  assert.equal(type, 'state');
  return state;
}

/** The panel that was made last. */
export function lastPanel(): FakePanel {
  const panel = panels.at(-1);
  assert.ok(panel);
  return panel;
}

/** A run that is kept, of a model that is not there. */
export function keptRun(change: Partial<Entry> = {}): Entry {
  return {
    ...{ key: 'a', task: analysisTask(noSettings, '/m/lenet.onnx', ['/photos'], 'quick'), at: 1, state: 'done' },
    ...{ models: [{ path: '/m/lenet.onnx', version: null }], replaced: false, bytes: 0, headlines: [] },
    ...{ accuracy: null, distance: null },
    ...change,
  };
}
