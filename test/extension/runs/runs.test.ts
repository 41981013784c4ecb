import '../../support/vscode';

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Engine, JobOptions } from '../../../src/extension/engine/engine';
import { JobFailure } from '../../../src/extension/engine/jobFailure';
import { JsonStore } from '../../../src/extension/jsonStore';
import { History } from '../../../src/extension/runs/history';
import { analysisTask, calibrationTask, detectionTask, taskId } from '../../../src/extension/runs/request';
import { Runs, Stored } from '../../../src/extension/runs/runs';
import { StatusBar } from '../../../src/extension/runs/statusBar';
import { mismatch } from '../../../src/protocol/check';
import type { FailureCode } from '../../../src/protocol/failure';
import type { Report } from '../../../src/protocol/report';
import { type PanelState, ToView } from '../../../src/protocol/view';
import { within } from '../../support/processes';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import { FakePanel, panels, questions, statusBarItems } from '../../support/vscode';

const report = sampleReport({ images: 20 });
const settings = { backend: 'auto', seed: 0, threads: 0, memory: 0, imageLimit: 0, calibrationLimit: 0 } as const;
const task = analysisTask(settings, '/m/lenet.onnx', ['/photos'], 'quick');
const calibration = calibrationTask(settings, '/m/lenet.onnx', '/photos');
const id = taskId(task);
const progress = { stage: 'Boundary points', done: 1, total: 2, elapsedMs: 3 };

/** A job that the engine was given, for the test to end. */
interface Job {
  readonly options: JobOptions;
  end(report: Report): void;
  fail(code: FailureCode, message: string): void;
}

describe('runs and their panels', () => {
  const folder = temporaryFolder();
  let complaints: string[];
  let jobs: Job[];
  let past: unknown;
  let runs: Runs;

  /** As after Reload Window: nothing is left but what was stored. */
  const newWindow = (): Runs => {
    const uri = vscode.Uri.file(folder());
    const said = (text: string) => complaints.push(text);
    const log = { warn: said, error: said, info: () => undefined } as unknown as vscode.LogOutputChannel;
    const run = (_request: unknown, options: JobOptions) =>
      new Promise<Report>((end, reject) => {
        const fail = (code: FailureCode, message: string): void => {
          reject(new JobFailure({ code, message }));
        };
        options.signal?.addEventListener('abort', () => {
          fail('cancelled', 'the analysis was cancelled');
        });
        jobs.push({ options, end, fail });
      });
    const engine = { run } as unknown as Engine;
    const memento = {
      get: () => past,
      update: (_key: string, value: unknown) => {
        past = value;
        return Promise.resolve();
      },
    } as unknown as vscode.Memento;
    const store = new JsonStore<Stored>(uri, Stored, log);
    return new Runs(uri, engine, store, new History(memento), new StatusBar(), log);
  };

  beforeEach(() => {
    complaints = [];
    jobs = [];
    past = undefined;
    for (const list of [panels, questions, statusBarItems]) list.length = 0;
    runs = newWindow();
  });

  /** Starts a task and waits until the engine has it. */
  const begun = async (asked = task): Promise<{ job: Job; ended: Promise<{ phase: string }> }> => {
    const before = jobs.length;
    const ended = runs.run(asked);
    await within('the job', () => jobs.length > before);
    return { job: jobs[before], ended };
  };
  const lastPanel = (): FakePanel => {
    const panel = panels.at(-1);
    assert.ok(panel);
    return panel;
  };
  /** What a page is sent first. */
  const stateOf = (panel: FakePanel): PanelState => {
    panel.sent.length = 0;
    panel.say({ type: 'ready' });
    const [message] = panel.sent.splice(0);
    assert.equal(mismatch(ToView, message), undefined);
    const { type, state } = message as Extract<ToView, { type: 'state' }>;
    assert.equal(type, 'state');
    return state;
  };
  const texts = (): string[] => questions.map(({ text }) => text);

  it('ignore what is no message of the protocol, and say so in the log', async () => {
    const { job } = await begun();
    for (const message of [null, 7, {}, { type: 'format' }, { type: 'export', as: 'exe' }, { type: 'openImage' }]) {
      panels[0].say(message);
    }
    assert.equal(complaints.length, 6);
    assert.match(complaints.at(-1) ?? '', /not of the protocol, \/name/);
    panels[0].say({ type: 'cancel' });
    assert.ok(job.options.signal?.aborted);
  });

  it('tell a page that comes back the whole once, and after that only what is new', async () => {
    const { job, ended } = await begun();
    const { options } = job;
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
    job.end({ ...report, analyses: { ...others, ...(boundary && { boundary }) } });
    await ended;
    assert.ok(page.sent.every((message) => mismatch(ToView, message) === undefined));
    assert.ok(!JSON.stringify(page.sent).includes('data:image'), 'pictures cross once');
    page.sent.length = 0;
    page.say({ type: 'ready' });
    assert.deepEqual(types(), ['state']);
  });

  it('come back after Reload Window from what was stored, and only from what is whole', async () => {
    const { job, ended } = await begun();
    const remembered = { id, model: '/m/lenet.onnx' };
    job.end(report);
    assert.equal((await ended).phase, 'done');
    const restore = async (state: unknown): Promise<FakePanel & { gone?: boolean }> => {
      const panel: FakePanel & { gone?: boolean } = new FakePanel('');
      panel.onDidDispose(() => (panel.gone = true));
      await newWindow().restore(panel as unknown as vscode.WebviewPanel, state);
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

  it('go on when their panel is closed, and show what was found when they are asked for', async () => {
    const { job, ended } = await begun();
    lastPanel().dispose();
    assert.equal(job.options.signal?.aborted, false);
    job.options.onProgress?.(progress);
    const [item] = statusBarItems;
    assert.ok(item.visible);
    assert.match(item.text, /Boundary points 1\/2/);
    assert.deepEqual(item.command, { command: 'boundaryLens.showResults', title: 'Show Results', arguments: [id] });
    job.end(report);
    assert.equal((await ended).phase, 'done');
    assert.equal(item.visible, false);
    assert.equal(panels.length, 1);
    await runs.showResults();
    assert.equal(panels.length, 2);
    const { phase, report: found } = stateOf(lastPanel());
    assert.deepEqual([phase, found], ['done', structuredClone(report)]);
    await runs.showResults();
    assert.equal(panels.length, 2, 'a panel that is open is shown, not made again');
  });

  it('show how far they are in a panel that is opened again in mid-run, and end by its Cancel', async () => {
    const { job, ended } = await begun();
    lastPanel().dispose();
    job.options.onProgress?.(progress);
    await runs.showResults(id);
    const page = lastPanel();
    const state = stateOf(page);
    assert.equal(state.phase, 'running');
    assert.deepEqual(state.progress, progress);
    job.options.onProgress?.({ ...progress, done: 2 });
    assert.deepEqual(page.sent, [{ type: 'progress', progress: { ...progress, done: 2 } }]);
    page.say({ type: 'cancel' });
    assert.equal((await ended).phase, 'cancelled');
    assert.equal(stateOf(page).phase, 'cancelled');
  });

  it('end by the command whether or not a panel shows them, and say nothing of it', async () => {
    const { ended } = await begun();
    lastPanel().dispose();
    runs.cancelAll();
    assert.equal((await ended).phase, 'cancelled');
    assert.deepEqual(texts(), []);
  });

  it('end with the window, and say nothing of that the engine was lost with it', async () => {
    const { job, ended } = await begun();
    lastPanel().dispose();
    job.fail('engine-lost', 'the window was closed');
    runs.dispose();
    assert.ok(job.options.signal?.aborted);
    assert.equal((await ended).phase, 'cancelled');
    assert.deepEqual(texts(), []);
  });

  it('say that they are done where their panel is closed or hidden, each for itself, and never where it is seen', async () => {
    const analysis = await begun();
    const other = await begun(calibration);
    const [first, second] = panels;
    first.dispose();
    second.see(false);
    analysis.job.end(report);
    other.job.end(report);
    await Promise.all([analysis.ended, other.ended]);
    assert.deepEqual(texts(), [
      'Boundary Lens: the boundary analysis of lenet.onnx is done.',
      'Boundary Lens: the calibration of lenet.onnx is done.',
    ]);
    assert.deepEqual(questions[0].offered, ['Show Results']);
    questions[0].choose('Show Results');
    await within('its panel', () => panels.length === 3);
    assert.equal(lastPanel().title, 'Boundary: lenet.onnx');
    assert.equal(second.visible, false);
    questions[1].choose('Show Results');
    await within('the hidden panel', () => second.visible);
    assert.equal(panels.length, 3);
    const { job, ended } = await begun();
    job.end(report);
    await ended;
    assert.equal(questions.length, 2);
  });

  it('say why they failed, and show that too', async () => {
    const { job, ended } = await begun();
    lastPanel().dispose();
    job.options.onReport?.(report);
    job.fail('limit-exceeded', 'memory must stay below 64 MB\nand more');
    assert.equal((await ended).phase, 'failed');
    const [{ text, offered, choose }] = questions;
    assert.equal(text, 'Boundary Lens: the boundary analysis of lenet.onnx failed: memory must stay below 64 MB');
    assert.deepEqual(offered, ['Show Results', 'Show Log']);
    choose('Show Results');
    await within('the panel', () => panels.length === 2);
    const { phase, failure, report: found } = stateOf(lastPanel());
    assert.deepEqual([phase, failure?.code], ['failed', 'limit-exceeded']);
    assert.deepEqual(found, structuredClone(report));
  });

  it('offer to calibrate again where the calibration was what was refused', async () => {
    const check = detectionTask(settings, '/m/lenet.onnx', ['/p/a.png'], '/s/calibration.json');
    const wanted: unknown[] = [];
    runs.onRecalibrate((each) => wanted.push(each));
    for (const [message, offered] of [
      ['/p/a.png: the file or folder must exist', ['Show Log']],
      ['/s/calibration.json was calibrated with another model', ['Calibrate Again', 'Show Log']],
    ] as const) {
      const ended = runs.run(check);
      await within('the job', () => jobs.length > 0);
      jobs.shift()?.fail('invalid-input', message);
      await ended;
      assert.deepEqual(questions.at(-1)?.offered, offered);
    }
    questions.at(-1)?.choose('Calibrate Again');
    await within('the wish', () => wanted.length > 0);
    assert.deepEqual(wanted, [check]);
  });

  it('say why they failed without Show Results where their panel is seen', async () => {
    const { job, ended } = await begun();
    job.fail('internal', 'a bug');
    await ended;
    assert.deepEqual(texts(), ['Boundary Lens: a bug']);
    assert.deepEqual(questions[0].offered, ['Restart Engine', 'Show Log', 'Report Issue']);
  });

  it('begin anew without a panel: the state of before is gone, and what gave way says nothing', async () => {
    const old = await begun();
    old.job.options.onReport?.(report);
    lastPanel().dispose();
    // The engine has ended the old run as it gives way.
    old.job.end(report);
    const { job, ended } = await begun();
    assert.equal((await old.ended).phase, 'done');
    assert.ok(old.job.options.signal?.aborted);
    assert.equal(panels.length, 2);
    const { phase, report: found } = stateOf(lastPanel());
    assert.deepEqual([phase, found], ['running', undefined]);
    old.job.options.onProgress?.(progress);
    assert.deepEqual(lastPanel().sent, []);
    assert.deepEqual(texts(), []);
    lastPanel().dispose();
    job.end(report);
    await ended;
    assert.deepEqual(texts(), ['Boundary Lens: the boundary analysis of lenet.onnx is done.']);
  });

  it('are picked from where there are several, those that go on first, also after Reload Window', async () => {
    await runs.showResults();
    assert.match(texts()[0], /nothing was analysed/);
    const first = await begun();
    const second = await begun(calibration);
    second.job.end(report);
    await second.ended;
    for (const panel of panels) panel.dispose();
    void runs.showResults();
    const [, picker] = questions;
    assert.deepEqual(picker.offered, ['Boundary: lenet.onnx, Starting', 'Calibration: lenet.onnx, done']);
    picker.choose('Calibration: lenet.onnx, done');
    await within('the panel', () => panels.length === 3);
    assert.equal(lastPanel().title, 'Calibration: lenet.onnx');
    first.job.end(report);
    await first.ended;
    void newWindow().showResults();
    const list = questions.at(-1);
    assert.ok(list);
    assert.deepEqual(list.offered, ['Calibration: lenet.onnx, ', 'Boundary: lenet.onnx, ']);
    list.choose('Boundary: lenet.onnx, ');
    await within('the panel', () => panels.length === 4);
    assert.deepEqual(stateOf(lastPanel()).report, JSON.parse(JSON.stringify(report)));
  });

  it('that are going on take the panel that Reload Window kept, and keep the one they have', async () => {
    const { job } = await begun();
    const kept = new FakePanel('');
    const [own] = panels;
    let gone = false;
    kept.onDidDispose(() => (gone = true));
    const remembered = { id, model: '/m/lenet.onnx' };
    await runs.restore(kept as unknown as vscode.WebviewPanel, remembered);
    assert.ok(gone);
    own.dispose();
    const late = new FakePanel('');
    await runs.restore(late as unknown as vscode.WebviewPanel, remembered);
    assert.equal(stateOf(late).phase, 'running');
    late.say({ type: 'cancel' });
    assert.ok(job.options.signal?.aborted);
  });
});
