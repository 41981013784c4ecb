import '../../support/vscode';

import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { History } from '../../../src/extension/runs/history';
import { pickRun } from '../../../src/extension/runs/pickRun';
import { analysisTask, calibrationTask } from '../../../src/extension/runs/request';
import { EditorWindow, keptRun, noSettings, storageIn } from '../../support/editorRuns';
import { hostileNames } from '../../support/hostileNames';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import { questions } from '../../support/vscode';

const report = sampleReport({ images: 20 });

describe('the history of runs', () => {
  const folder = temporaryFolder();
  let storage: string;
  let complaints: string[];

  const history = (limit = 1e9): History => {
    return new History(vscode.Uri.file(storage), () => limit, { warn: (text: string) => complaints.push(text) });
  };
  const keys = async (kept: History): Promise<string[]> => (await kept.all()).map(({ key }) => key);
  /** Bytes that one report takes. */
  const size = (): number => {
    const reports = path.join(storage, 'reports');
    return Math.max(...readdirSync(reports).map((name) => statSync(path.join(reports, name)).size));
  };

  beforeEach(() => {
    storage = storageIn(folder());
    complaints = [];
    questions.length = 0;
  });

  it('is there in the next window: every run with its report, the latest first', async () => {
    const before = history();
    await before.keep(keptRun(), report);
    await before.keep(keptRun({ key: 'c', at: 3, state: 'failed', failure: { code: 'internal', message: 'a bug' } }));
    await before.keep(keptRun({ key: 'b', at: 2 }), report);
    const after = history();
    assert.deepEqual(await keys(after), ['c', 'b', 'a']);
    assert.deepEqual(await after.all(), await before.all());
    assert.deepEqual(await after.report('a'), JSON.parse(JSON.stringify(report)));
    assert.equal(await after.report('c'), undefined);
    const [, { headlines, accuracy, bytes }] = await after.all();
    assert.equal(headlines[0], '20 images');
    assert.equal(accuracy, report.analyses.evaluate?.summary?.accuracy);
    assert.equal(bytes, size());
  });

  it('takes no more room than it may: the oldest go, and the latest stays whatever its size', async () => {
    await history().keep(keptRun({ key: '0', at: 0 }), report);
    const kept = history(2.5 * size());
    for (const at of [1, 2, 3]) await kept.keep(keptRun({ key: String(at), at }), report);
    assert.deepEqual(await keys(kept), ['3', '2']);
    assert.equal(readdirSync(path.join(storage, 'reports')).length, 2);
    assert.equal(readdirSync(path.join(storage, 'runs')).length, 2);
    const small = history(1);
    await small.keep(keptRun({ key: '4', at: 4 }), report);
    assert.deepEqual(await keys(small), ['4']);
  });

  it('is cleared of all but what is going on', async () => {
    const kept = history();
    for (const key of ['a', 'b']) await kept.keep(keptRun({ key }), report);
    await kept.clear(new Set(['b']));
    assert.deepEqual(await keys(kept), ['b']);
    assert.deepEqual(await keys(history()), ['b']);
  });

  it('leaves out what is damaged, and says which file that is', async () => {
    await history().keep(keptRun(), report);
    const [name] = readdirSync(path.join(storage, 'runs'));
    for (const damaged of ['{', '7', '{}', JSON.stringify({ ...keptRun(), at: 'noon' })]) {
      writeFileSync(path.join(storage, 'runs', name), damaged);
      assert.deepEqual(await keys(history()), []);
      assert.ok(complaints.pop()?.includes(name));
    }
    const kept = history();
    await kept.keep(keptRun(), report);
    writeFileSync(path.join(storage, 'reports', name), JSON.stringify({ ...report, failures: 3 }));
    assert.equal(await kept.report('a'), undefined);
    assert.match(complaints.at(-1) ?? '', /\/failures/);
  });

  it('never lets an earlier state of a run replace a later one, however they are written', async () => {
    const kept = history();
    const states = ['running', 'running', 'running', 'done'] as const;
    await Promise.all(states.map((state) => kept.keep(keptRun({ state }), report)));
    assert.equal((await history().entry('a'))?.state, 'done');
  });

  it('tells of a model the last of each kind of run, and of what was found only', async () => {
    const kept = history();
    const calibration = calibrationTask(noSettings, '/m/lenet.onnx', '/photos');
    await kept.keep(keptRun(), report);
    await kept.keep(keptRun({ key: 'b', at: 2 }), report);
    await kept.keep(keptRun({ key: 'c', at: 3 }));
    await kept.keep(keptRun({ key: 'd', at: 0, task: calibration }), report);
    assert.deepEqual(
      (await kept.of('/m/lenet.onnx')).map(({ id }) => id),
      ['b', 'd'],
    );
    assert.deepEqual(await kept.of('/m/other.onnx'), []);
  });

  it('knows the last run that finished of the same kind, model and images', async () => {
    const kept = history();
    const of = (images: string, preset: 'quick' | 'standard') =>
      analysisTask(noSettings, '/m/lenet.onnx', [images], preset);
    await kept.keep(keptRun({ key: 'a', at: 1, task: of('/photos', 'quick') }), report);
    await kept.keep(keptRun({ key: 'b', at: 2, task: of('/others', 'quick') }), report);
    await kept.keep(keptRun({ key: 'c', at: 3, task: of('/photos', 'quick'), state: 'failed' }), report);
    assert.equal((await kept.lastFinished(of('/photos', 'standard')))?.key, 'a');
    assert.equal(await kept.lastFinished(of('/none', 'quick')), undefined);
  });

  it('is picked from, what goes on first, each run named by when, images, preset and model', async () => {
    const window = new EditorWindow(storage);
    await pickRun(window, 'Show Results');
    assert.match(questions[0].text, /nothing was analysed/);
    const today = new Date();
    const at = today.setHours(0, 2, 0, 0);
    const older = new Date(2020, 0, 5, 12, 0).getTime();
    const { task } = keptRun();
    await window.history.keep(keptRun({ key: 'old', at: older, state: 'running' }));
    await window.history.keep(keptRun({ key: 'new', at }), report);
    void window.runs.run(calibrationTask(noSettings, '/m/lenet.onnx', '/photos'));
    const picked = pickRun(window, 'Show Results');
    while (questions.length < 2) await new Promise(setImmediate);
    const [, { offered, choose }] = questions;
    assert.equal(offered.length, 3);
    assert.match(offered[0], /^today \d\d:\d\d · photos · Calibration · lenet\.onnx, Starting$/);
    assert.match(offered[1], /^today 00:02 · photos · Quick · lenet\.onnx, 20 images, /);
    assert.equal(offered[2], '5 Jan 2020 · photos · Quick · lenet.onnx, interrupted; nothing found');
    choose(offered[1]);
    assert.equal(await picked, 'new');
    void pickRun(window, 'Show Results', (each) => each.kind === task.kind);
    while (questions.length < 3) await new Promise(setImmediate);
    assert.equal(questions[2].offered.length, 2);
    window.runs.dispose();
  });

  it('names files letter by letter, whatever they are called', async () => {
    const window = new EditorWindow(storage);
    for (const [i, name] of hostileNames.entries()) {
      const task = analysisTask(noSettings, `/m/${name.replaceAll('/', '')}.onnx`, [`/${name}`], 'quick');
      await window.history.keep(keptRun({ key: String(i), task }));
    }
    void pickRun(window, 'Show Results');
    while (questions.length < 1) await new Promise(setImmediate);
    const { offered } = questions[0];
    assert.equal(offered.length, hostileNames.length);
    for (const label of offered) assert.ok(!/\$\(|[\p{Cc}\u2028\u202e\u2066]/u.test(label), JSON.stringify(label));
  });
});
