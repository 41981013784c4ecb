import '../support/vscode';

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Engine, JobOptions } from '../../src/extension/engine';
import { JsonStore } from '../../src/extension/jsonStore';
import { analysisTask, taskId } from '../../src/extension/request';
import { Runs, Stored } from '../../src/extension/runs';
import type { StatusBar } from '../../src/extension/statusBar';
import { mismatch } from '../../src/protocol/check';
import type { Report } from '../../src/protocol/report';
import { ToView } from '../../src/protocol/view';
import { within } from '../support/processes';
import { sampleReport } from '../support/sampleReport';
import { temporaryFolder } from '../support/temporaryFolder';
import { FakePanel, panels } from '../support/vscode';

const report = sampleReport({ images: 20 });
const settings = { backend: 'auto', seed: 0, threads: 0, memory: 0, imageLimit: 0, calibrationLimit: 0 } as const;
const task = analysisTask(settings, '/m/lenet.onnx', ['/photos'], 'quick');
const id = taskId(task);

describe('runs and their panels', () => {
  const folder = temporaryFolder();
  let complaints: string[];
  let jobs: { options: JobOptions; end: (report: Report) => void }[];
  let runs: Runs;
  let store: JsonStore<Stored>;

  beforeEach(() => {
    complaints = [];
    jobs = [];
    panels.length = 0;
    const uri = vscode.Uri.file(folder());
    const said = (text: string) => complaints.push(text);
    const log = { warn: said, error: said, info: () => undefined } as unknown as vscode.LogOutputChannel;
    const engine = {
      run: (_request: unknown, options: JobOptions) => new Promise((end) => jobs.push({ options, end })),
    } as unknown as Engine;
    store = new JsonStore<Stored>(uri, Stored, log);
    const statusBar = { show: () => undefined, hide: () => undefined } as unknown as StatusBar;
    runs = new Runs(uri, engine, store, statusBar, log);
  });

  it('ignore what is no message of the protocol, and say so in the log', async () => {
    void runs.run(task);
    await within('the job', () => jobs.length > 0);
    for (const message of [null, 7, {}, { type: 'format' }, { type: 'export', as: 'exe' }, { type: 'openImage' }]) {
      panels[0].say(message);
    }
    assert.equal(complaints.length, 6);
    assert.match(complaints.at(-1) ?? '', /not of the protocol, \/name/);
    panels[0].say({ type: 'cancel' });
    assert.ok(jobs[0].options.signal?.aborted);
  });

  it('tell a page that comes back the whole once, and after that only what is new', async () => {
    const ended = runs.run(task);
    await within('the job', () => jobs.length > 0);
    const [{ options, end }] = jobs;
    const progress = { stage: 's', done: 1, total: 2, elapsedMs: 3 };
    const { boundary, ...others } = report.analyses;
    const partial: Report = { ...report, analyses: others };
    const [page] = panels;
    const types = () => page.sent.splice(0).map((message) => (message as { type: string }).type);
    page.say({ type: 'ready' });
    options.onReport?.(partial);
    options.onProgress?.(progress);
    assert.deepEqual(types(), ['state', 'change', 'progress']);
    page.see(false);
    options.onProgress?.({ ...progress, done: 2 });
    assert.deepEqual(types(), []);
    page.see(true);
    assert.deepEqual(types(), ['progress']);
    end({ ...report, analyses: { ...others, ...(boundary && { boundary }) } });
    await ended;
    assert.ok(page.sent.every((message) => mismatch(ToView, message) === undefined));
    assert.ok(!JSON.stringify(page.sent).includes('data:image'), 'pictures cross once');
    page.sent.length = 0;
    page.say({ type: 'ready' });
    assert.deepEqual(types(), ['state']);
  });

  it('come back after Reload Window from what was stored, and only from what is whole', async () => {
    const first = runs.run(task);
    await within('the job', () => jobs.length > 0);
    const remembered = { id, model: '/m/lenet.onnx' };
    jobs[0].end(report);
    assert.equal((await first).phase, 'done');
    const restore = async (state: unknown): Promise<FakePanel & { gone?: boolean }> => {
      const panel: FakePanel & { gone?: boolean } = new FakePanel('');
      panel.onDidDispose(() => (panel.gone = true));
      await runs.restore(panel as unknown as vscode.WebviewPanel, state);
      return panel;
    };
    assert.equal((await restore(remembered)).gone, undefined);
    for (const state of [undefined, 7, { id }]) assert.equal((await restore(state)).gone, true);
    const [name] = readdirSync(folder());
    const file = path.join(folder(), name);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Stored;
    for (const damaged of ['{', '7', JSON.stringify({ ...kept, report: { ...report, failures: 3 } })]) {
      writeFileSync(file, damaged);
      assert.equal((await restore(remembered)).gone, true);
    }
    assert.match(complaints.at(-1) ?? '', /is not what is kept there, \/report\/failures/);
  });
});
