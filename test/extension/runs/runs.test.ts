import assert from 'node:assert/strict';

import type * as vscode from 'vscode';

import { calibrationTask, detectionTask } from '../../../src/extension/runs/request';
import type { Outcome } from '../../../src/extension/runs/runs';
import { mismatch } from '../../../src/protocol/check';
import type { Report } from '../../../src/protocol/report';
import { ToView } from '../../../src/protocol/view';
import { EditorWindow, type Job, keptRun, lastPanel, noSettings, stateOf, storageIn } from '../../support/editorRuns';
import { within } from '../../support/processes';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import { FakePanel, panels, questions, statusBarItems } from '../../support/vscode';

const report = sampleReport({ images: 20 });
const { task } = keptRun();
const calibration = calibrationTask(noSettings, '/m/lenet.onnx', '/photos');
const progress = { stage: 'Boundary points', done: 1, total: 2, elapsedMs: 3 };

describe('runs and their panels', () => {
  const folder = temporaryFolder();
  let window: EditorWindow;
  let storage: string;

  beforeEach(() => {
    for (const list of [panels, questions, statusBarItems]) list.length = 0;
    storage = storageIn(folder());
    window = new EditorWindow(storage);
  });

  /** Starts a task and waits until the engine has it. */
  const begun = async (asked = task): Promise<{ job: Job; key: string; ended: Promise<Outcome> }> => {
    const before = window.jobs.length;
    const ended = window.runs.run(asked);
    await within('the job', () => window.jobs.length > before);
    return { job: window.jobs[before], key: window.runs.all[0].key, ended };
  };
  const texts = (): string[] => questions.map(({ text }) => text);

  it('ignore what is no message of the protocol, and say so in the log', async () => {
    const { job } = await begun();
    for (const message of [null, 7, {}, { type: 'format' }, { type: 'export', as: 'exe' }, { type: 'openImage' }]) {
      panels[0].say(message);
    }
    assert.equal(window.complaints.length, 6);
    assert.match(window.complaints.at(-1) ?? '', /not of the protocol, \/name/);
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

  it('go on when their panel is closed, and show what was found when they are asked for', async () => {
    const { job, key, ended } = await begun();
    lastPanel().dispose();
    assert.equal(job.options.signal?.aborted, false);
    job.options.onProgress?.(progress);
    const [item] = statusBarItems;
    assert.ok(item.visible);
    assert.match(item.text, /Boundary points 1\/2/);
    assert.deepEqual(item.command, { command: 'boundaryLens.showResults', title: 'Show Results', arguments: [key] });
    job.end(report);
    assert.equal((await ended).phase, 'done');
    assert.equal(item.visible, false);
    assert.equal(panels.length, 1);
    await window.results.showResults(key);
    assert.equal(panels.length, 2);
    const { phase, report: found } = stateOf(lastPanel());
    assert.deepEqual([phase, found], ['done', structuredClone(report)]);
    await window.results.showResults(key);
    assert.equal(panels.length, 2, 'a panel that is open is shown, not made again');
  });

  it('show how far they are in a panel that is opened again in mid-run, and end by its Cancel', async () => {
    const { job, key, ended } = await begun();
    lastPanel().dispose();
    job.options.onProgress?.(progress);
    await window.results.showResults(key);
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
    const { key, ended } = await begun();
    lastPanel().dispose();
    window.runs.cancel(key);
    assert.equal((await ended).phase, 'cancelled');
    assert.deepEqual(texts(), []);
  });

  it('end with the window, and say nothing of that the engine was lost with it', async () => {
    const { job, ended } = await begun();
    lastPanel().dispose();
    job.fail('engine-lost', 'the window was closed');
    window.runs.dispose();
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
    await analysis.ended;
    other.job.end(report);
    await other.ended;
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
    const check = detectionTask(noSettings, '/m/lenet.onnx', ['/p/a.png'], { calibration: '/s/calibration.json' });
    const wanted: unknown[] = [];
    window.results.onRecalibrate((each) => wanted.push(each));
    for (const [message, offered] of [
      ['/p/a.png: the file or folder must exist', ['Show Results', 'Show Log']],
      ['/s/calibration.json was calibrated with another model', ['Calibrate Again', 'Show Results', 'Show Log']],
    ] as const) {
      const { job, ended } = await begun(check);
      lastPanel().see(false);
      job.fail('invalid-input', message);
      await ended;
      assert.deepEqual(questions.at(-1)?.offered, offered);
    }
    questions.at(-1)?.choose('Calibrate Again');
    await within('the wish', () => wanted.length > 0);
    lastPanel().see(true);
    assert.equal(stateOf(lastPanel()).recalibrate, true);
    lastPanel().say({ type: 'recalibrate' });
    assert.deepEqual(wanted, [check, check]);
  });

  it('say in their panel alone why they failed, where it is seen', async () => {
    const { job, ended } = await begun();
    job.fail('internal', 'a bug');
    await ended;
    assert.deepEqual(texts(), []);
    assert.equal(stateOf(lastPanel()).failure?.message, 'a bug');
  });

  it('begin anew, whatever lost the engine before, when the user says so', async () => {
    const { job, ended } = await begun();
    job.fail('engine-lost', 'the analysis engine was lost: it ended with code 3, twice at the same work');
    await ended;
    lastPanel().say({ type: 'retry' });
    await within('the second job', () => window.jobs.length === 2);
    assert.equal(window.insisted, 1);
    assert.equal(stateOf(lastPanel()).phase, 'running');
    window.jobs[1].end(report);
  });

  it('begin anew without a panel: the state of before is gone, and what gave way says nothing', async () => {
    const old = await begun();
    old.job.options.onReport?.(report);
    lastPanel().dispose();
    const { job, ended } = await begun();
    assert.equal((await old.ended).phase, 'cancelled');
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

  it('that are going on take the panel that Reload Window kept, and keep the one they have', async () => {
    const { job, key } = await begun();
    const kept = new FakePanel('');
    const [own] = panels;
    let gone = false;
    kept.onDidDispose(() => (gone = true));
    const remembered = { id: key, model: '/m/lenet.onnx' };
    await window.results.restore(kept as unknown as vscode.WebviewPanel, remembered);
    assert.ok(gone);
    own.dispose();
    const late = new FakePanel('');
    await window.results.restore(late as unknown as vscode.WebviewPanel, remembered);
    assert.equal(stateOf(late).phase, 'running');
    late.say({ type: 'cancel' });
    assert.ok(job.options.signal?.aborted);
  });
});
