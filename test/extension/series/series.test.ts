import '../../support/vscode';

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Inspected } from '../../../src/extension/models/inspections';
import { AllSeries } from '../../../src/extension/series/allSeries';
import { checkpointsIn } from '../../../src/extension/series/checkpoints';
import { mismatch } from '../../../src/protocol/check';
import { type SeriesState, type SeriesSubject, ToSeriesPage } from '../../../src/protocol/seriesPage';
import { EditorWindow, noSettings, silent, storageIn } from '../../support/editorRuns';
import { sampleInspection } from '../../support/modelPages';
import { within } from '../../support/processes';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import { FakePanel, fileChanged, panels, questions, trust } from '../../support/vscode';

const report = sampleReport({ images: 20 });
const { accuracy } = report.analyses.evaluate?.summary ?? {};

describe('series', () => {
  const folder = temporaryFolder();
  let models: string;
  let storage: string;
  let window: EditorWindow;
  let series: AllSeries;
  /** What the engine says of the files; undefined stands for what is whole. */
  let unreadable: Inspected | undefined;

  const open = (): void => {
    window = new EditorWindow(storage);
    series = new AllSeries({
      ...{ extensionUri: vscode.Uri.file(models), runs: window.runs, history: window.history, settling: 5 },
      inspections: { of: () => Promise.resolve(unreadable ?? { inspection: sampleInspection() }) },
      ...{ settings: () => noSettings, log: silent },
    });
  };
  const model = (name = 'net.onnx'): string => path.join(models, name);
  const save = (content: string, name?: string): void => {
    writeFileSync(model(name), content);
    fileChanged(model(name));
  };
  const subject = (): SeriesSubject => ({ kind: 'watch', path: model(), images: '/photos' });
  const stateOf = (): Promise<SeriesState> => series.start(subject()).state();
  const phase = (wanted: SeriesState['phase']) => within(wanted, async () => (await stateOf()).phase === wanted);
  const job = async (n: number) => {
    await within(`job ${n}`, () => window.jobs.length === n);
    return window.jobs[n - 1];
  };

  beforeEach(() => {
    for (const list of [panels, questions]) list.length = 0;
    unreadable = undefined;
    models = storageIn(folder());
    storage = storageIn(folder());
    writeFileSync(model(), 'first');
    open();
  });
  afterEach(() => {
    series.dispose();
    window.runs.dispose();
    trust(true);
  });

  it('analyse a model after each of its saves, quickly and on the same images, and say nothing of it', async () => {
    series.start(subject());
    const first = await job(1);
    assert.deepEqual([first.request.preset, first.request.images], ['quick', ['/photos']]);
    first.end(report);
    await phase('waiting');
    save('the second');
    (await job(2)).end(report);
    await phase('waiting');
    const { points } = await stateOf();
    assert.deepEqual(
      points.map((point) => [point.state, point.accuracy, point.path]),
      [1, 2].map(() => ['done', accuracy ?? null, model()]),
    );
    assert.ok((points[0].distance ?? 0) > 0);
    assert.ok((points[1].saved ?? 0) > (points[0].saved ?? 0));
    assert.equal((await window.history.all()).length, 2);
    assert.deepEqual([panels.length, questions.length], [1, 0], 'its own page alone');
  });

  it('count saves during an analysis as one, and never analyse two at a time', async () => {
    series.start(subject());
    const first = await job(1);
    for (const content of ['2nd', 'third', 'fourth']) save(content);
    // Time enough to be told of all of them.
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(window.jobs.length, 1);
    first.end(report);
    (await job(2)).end(report);
    await phase('waiting');
    assert.equal(window.jobs.length, 2);
    fileChanged(model());
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(window.jobs.length, 2, 'what is analysed is not analysed again');
  });

  it('go on after a save that cannot be analysed, which is a point with its reason', async () => {
    series.start(subject());
    (await job(1)).fail('model-unreadable', 'net.onnx ends within a tensor');
    await phase('waiting');
    save('the second');
    (await job(2)).end(report);
    await phase('waiting');
    const { points } = await stateOf();
    assert.deepEqual(
      points.map(({ state, reason }) => [state, reason]),
      [
        ['failed', 'net.onnx ends within a tensor'],
        ['done', undefined],
      ],
    );
    assert.deepEqual(questions, []);
  });

  it('wait until a file is whole', async () => {
    unreadable = { failure: { code: 'model-unreadable', message: 'half a file' } };
    writeFileSync(model(), '');
    let asked = 0;
    const { subject: same } = series.start(subject());
    const grow = setInterval(() => {
      asked++;
      writeFileSync(model(), 'x'.repeat(asked));
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(window.jobs.length, 0, 'while it grows');
    unreadable = undefined;
    clearInterval(grow);
    (await job(1)).end(report);
    assert.equal(same.path, model());
  });

  it('end when they are stopped, with the analysis that goes on, and start again', async () => {
    const one = series.start(subject());
    const { options } = await job(1);
    one.stop();
    await within('the job to be cancelled', () => options.signal?.aborted === true);
    await within('stopped', async () => (await one.state()).phase === 'stopped');
    save('another');
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(window.jobs.length, 1);
    assert.equal(series.watching(model()), undefined);
    one.start();
    (await job(2)).end(report);
    await phase('waiting');
    assert.equal(series.watching(model()), one);
  });

  it('take every model of a folder by name, whatever fails, and only what is new the next time', async () => {
    rmSync(model());
    for (const name of ['epoch10.onnx', 'epoch2.keras', 'notes.txt']) writeFileSync(model(name), name);
    mkdirSync(model('saved'));
    writeFileSync(model('saved/saved_model.pb'), 'x');
    mkdirSync(model('empty'));
    const wanted = ['epoch2.keras', 'epoch10.onnx', 'saved/saved_model.pb'].map(model);
    assert.deepEqual(await checkpointsIn(models), wanted);
    const all: SeriesSubject = { kind: 'folder', path: models, images: '/photos' };
    const one = series.start(all);
    (await job(1)).end(report);
    (await job(2)).fail('engine-lost', 'lost');
    (await job(3)).end(report);
    await within('the end', async () => (await one.state()).phase === 'done');
    const { points } = await one.state();
    assert.deepEqual(
      points.map((point) => [point.path, point.state]),
      wanted.map((file, i) => [file, i === 1 ? 'failed' : 'done']),
    );
    one.stop();
    writeFileSync(model('epoch2.keras'), 'trained on');
    one.start();
    const fourth = await job(4);
    assert.equal(fourth.request.model, model('epoch2.keras'));
    fourth.end(report);
    await within('the end', async () => (await one.state()).phase === 'done');
    assert.equal((await one.state()).points.length, 3);
  });

  it('are watched again after Reload Window, with the points of before, and nothing is analysed twice', async () => {
    series.start(subject());
    (await job(1)).end(report);
    await phase('waiting');
    series.dispose();
    open();
    const panel = new FakePanel('');
    series.restore(panel as unknown as vscode.WebviewPanel, subject());
    panel.say({ type: 'ready' });
    await within('a state', () => panel.sent.length > 0);
    for (const message of panel.sent) assert.equal(mismatch(ToSeriesPage, message), undefined);
    await phase('waiting');
    assert.equal((await stateOf()).points.length, 1);
    assert.equal(window.jobs.length, 0);
    save('the second');
    (await job(1)).end(report);
    await within('both', async () => (await stateOf()).points.filter(({ state }) => state === 'done').length === 2);
  });

  it('are shown, but start nothing in Restricted Mode, and panels that remember nonsense go', () => {
    trust(false);
    const panel = new FakePanel('');
    series.restore(panel as unknown as vscode.WebviewPanel, subject());
    panel.say({ type: 'start' });
    assert.equal(series.watching(model()), undefined);
    const other = new FakePanel('');
    series.restore(other as unknown as vscode.WebviewPanel, { kind: 'watch' });
    assert.equal(other.visible, false);
    assert.equal(window.jobs.length, 0);
  });
});
