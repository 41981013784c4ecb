import '../../support/vscode';

import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type * as vscode from 'vscode';

import { panelColumn } from '../../../src/extension/panelColumn';
import { openImage } from '../../../src/extension/runs/openImage';
import { analysisTask, detectionTask } from '../../../src/extension/runs/request';
import type { Outcome } from '../../../src/extension/runs/runs';
import { presetRuns } from '../../../src/protocol/presets';
import { schemaVersion } from '../../../src/protocol/report';
import { EditorWindow, type Job, lastPanel, noSettings, stateOf, storageIn } from '../../support/editorRuns';
import { within } from '../../support/processes';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import {
  columns,
  commandsRun,
  FakePanel,
  fileChanged,
  panels,
  questions,
  settings,
  textTab,
  trust,
  webviewTab,
} from '../../support/vscode';

const report = sampleReport({ images: 20 });
const { evaluate } = report.analyses;
const partial = {
  ...report,
  manifest: { ...report.manifest, state: 'running' as const },
  analyses: { ...(evaluate && { evaluate }) },
};
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('panels of results', () => {
  const folder = temporaryFolder();
  let window: EditorWindow;
  let storage: string;
  let model: string;

  beforeEach(() => {
    for (const list of [panels, questions, columns, commandsRun]) list.length = 0;
    settings.clear();
    storage = storageIn(folder());
    window = new EditorWindow(storage);
    model = path.join(storageIn(folder()), 'net.onnx');
    writeFileSync(model, 'a model');
  });
  afterEach(() => {
    window.runs.dispose();
    window.results.dispose();
  });

  const task = (images = '/photos', preset: 'quick' | 'paper' = 'quick') =>
    analysisTask(noSettings, model, [images], preset);
  const begun = async (asked = task()): Promise<{ job: Job; ended: Promise<Outcome> }> => {
    const before = window.jobs.length;
    const ended = window.runs.run(asked);
    await within('the job', () => window.jobs.length > before);
    return { job: window.jobs[before], ended };
  };
  const finished = async (asked = task()): Promise<Outcome> => {
    const { job, ended } = await begun(asked);
    job.end(report);
    return ended;
  };
  /** What Reload Window leaves: a panel, with what its page remembered. */
  const reloaded = async (id: unknown): Promise<FakePanel & { gone?: boolean }> => {
    window.runs.dispose();
    window.results.dispose();
    window = new EditorWindow(storage);
    const panel: FakePanel & { gone?: boolean } = new FakePanel('');
    panel.onDidDispose(() => (panel.gone = true));
    const state = typeof id === 'string' ? { id, model } : id;
    await window.results.restore(panel as unknown as vscode.WebviewPanel, state);
    return panel;
  };

  it('still show what the last run found, below why the next one failed', async () => {
    await finished();
    const { at } = stateOf().run ?? {};
    const { job, ended } = await begun(task('/photos', 'paper'));
    assert.deepEqual([stateOf().phase, stateOf().earlier], ['running', at]);
    assert.deepEqual(stateOf().report, plain(report));
    job.options.onReport?.(partial);
    assert.deepEqual([stateOf().report, stateOf().earlier], [plain(partial), undefined]);
    job.fail('limit-exceeded', 'memory must stay below 64 MB');
    await ended;
    const state = stateOf();
    assert.deepEqual([state.phase, state.failure?.code, state.earlier], ['failed', 'limit-exceeded', at]);
    assert.deepEqual(state.report, plain(report));
    assert.equal((await window.history.all()).length, 2);
    const panel = await reloaded(state.id);
    assert.deepEqual([stateOf(panel).phase, stateOf(panel).earlier], ['failed', at]);
    assert.equal(stateOf(panel).failure?.message, 'memory must stay below 64 MB');
    // What the failed run found itself is there for those who pick it.
    const again = new EditorWindow(storage);
    await again.results.showResults(state.id);
    assert.deepEqual(stateOf().report, plain(partial));
  });

  it('name what a run will find until it has found some of it, and where nothing is shown of an earlier one', async () => {
    const { job, ended } = await begun();
    assert.deepEqual(stateOf().planned, presetRuns.quick);
    job.options.onReport?.(partial);
    assert.equal(stateOf().planned, undefined);
    job.end(report);
    await ended;
    await begun(task('/photos', 'paper'));
    assert.equal(stateOf().planned, undefined);
    await begun(detectionTask(noSettings, model, ['/a.png']));
    assert.deepEqual(stateOf().planned, ['detect']);
  });

  it('show nothing of other images below a failure, and what a cancelled run found itself', async () => {
    await finished();
    const other = await begun(task('/others'));
    other.job.fail('invalid-input', 'no images');
    await other.ended;
    assert.equal(stateOf().report, undefined);
    const { job, ended } = await begun();
    job.options.onReport?.(partial);
    lastPanel().say({ type: 'cancel' });
    await ended;
    assert.deepEqual([stateOf().phase, stateOf().report], ['cancelled', plain(partial)]);
  });

  it('come back after Reload Window from what was kept, and only from what is whole', async () => {
    const { key } = await finished();
    const panel = await reloaded(key);
    assert.equal(panel.gone, undefined);
    assert.deepEqual([stateOf(panel).phase, stateOf(panel).report], ['done', plain(report)]);
    for (const state of [undefined, 7, { id: key }, 'another']) assert.equal((await reloaded(state)).gone, true);
    const [name] = readdirSync(path.join(storage, 'reports'));
    writeFileSync(path.join(storage, 'reports', name), '{');
    assert.equal((await reloaded(key)).gone, true);
  });

  it('say after Reload Window in mid-run that it was interrupted, with what was found, and run it again', async () => {
    const { job } = await begun();
    job.options.onReport?.(partial);
    const panel = await reloaded(stateOf().id);
    assert.deepEqual([stateOf(panel).phase, stateOf(panel).report], ['interrupted', plain(partial)]);
    panel.say({ type: 'retry' });
    await within('the job', () => window.jobs.length === 1);
    assert.deepEqual(window.jobs[0].request, job.request);
    assert.equal(stateOf(panel).phase, 'running');
    window.jobs[0].end(report);
    await within('the end', () => stateOf(panel).phase === 'done');
  });

  it('show another run of their model when it is picked, and go on with the one that is running', async () => {
    const first = await finished();
    await finished(task('/others'));
    const { job, ended } = await begun(task('/others'));
    lastPanel().say({ type: 'pick-run' });
    await within('the list', () => questions.length === 1);
    const [{ offered, choose }] = questions;
    assert.equal(offered.length, 3);
    assert.match(offered[0], /Starting$/);
    choose(offered.find((label) => label.includes(' photos ')));
    await within('the other run', () => stateOf().id === first.key);
    assert.equal(panels.length, 1);
    job.end(report);
    assert.equal((await ended).phase, 'done');
    assert.equal(stateOf().id, first.key);
    // It ended out of sight.
    assert.deepEqual(questions.at(-1)?.offered, ['Show Results']);
  });

  it('run again with what is set now of the machine, and with what was chosen then', async () => {
    const { key } = await finished(
      analysisTask({ ...noSettings, seed: 3, imageLimit: 5 }, model, ['/photos'], 'quick'),
    );
    await window.results.showResults(key);
    settings.set('memoryLimit', 4096).set('seed', 9).set('imageLimit', 50).set('backend', 'onnxruntime');
    lastPanel().say({ type: 'retry' });
    await within('the job', () => window.jobs.length === 2);
    const { seed, limit, memory, backend, command } = window.jobs[1].request;
    assert.deepEqual({ seed, limit, memory, backend }, { seed: 3, limit: 5, memory: 4096, backend: 'onnxruntime' });
    assert.match(command, / --backend onnxruntime --seed 3 --limit 5 --memory 4096$/);
  });

  it('say that the model was replaced while it ran, or changed since', async () => {
    const { key } = await finished();
    assert.equal(stateOf().modelChanged, undefined);
    writeFileSync(model, 'another model');
    fileChanged(model);
    await within('the change', () => stateOf().modelChanged === 'since');
    const { job, ended } = await begun();
    writeFileSync(model, 'a third one');
    job.end(report);
    await ended;
    assert.equal(stateOf().modelChanged, 'during');
    assert.ok(window.complaints.some((text) => text.includes('replaced while they were analysed')));
    await window.results.showResults(key);
    await within('the change', () => stateOf().modelChanged === 'since');
  });

  it('leave nothing behind when they are closed: fifty of them, less than 20 MB', async () => {
    const { key } = await finished();
    const kept = new EditorWindow(storage);
    const cycle = async (): Promise<void> => {
      await kept.results.showResults(key);
      stateOf();
      lastPanel().dispose();
      panels.length = 0;
    };
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    for (let i = 0; i < 5; i++) await cycle();
    const before = used();
    for (let i = 0; i < 50; i++) await cycle();
    assert.ok(used() - before < 20e6);
  });

  it('open beside the code, with those that are open, and never in a third column', () => {
    assert.equal(panelColumn(), -2);
    columns.push({ tabs: [{ input: textTab('/a.py') }], viewColumn: 1 });
    assert.equal(panelColumn(), -2);
    columns.push({ tabs: [], viewColumn: 2 });
    assert.equal(panelColumn(), 2);
    columns.reverse();
    assert.equal(panelColumn(), 1);
    columns[0].tabs.push({ input: webviewTab('mainThreadWebview-boundaryLens.result') });
    assert.equal(panelColumn(), 2);
  });

  it('open an image in the column of the code, not over themselves', async () => {
    columns.push({ tabs: [{ input: webviewTab('mainThreadWebview-boundaryLens.result') }], viewColumn: 2 });
    const photos = path.dirname(model);
    cpSync('samples/mnist/7/test0004.png', path.join(photos, 'a.png'));
    await openImage([photos], 'a.png');
    columns.push({ tabs: [], viewColumn: 3 }, { tabs: [{ input: textTab('/a.py') }], viewColumn: 1 });
    await openImage([photos], 'a.png');
    const opened = commandsRun.filter(({ name }) => name === 'vscode.open');
    assert.deepEqual(
      opened.map(({ arguments: [, options] }) => options),
      [{ viewColumn: -2 }, { viewColumn: 1 }],
    );
  });
});

describe('reports from files', () => {
  const folder = temporaryFolder();
  let window: EditorWindow;
  const file = (content: unknown): string => {
    const name = path.join(storageIn(folder()), 'report.json');
    writeFileSync(name, typeof content === 'string' ? content : JSON.stringify(content));
    return name;
  };

  beforeEach(() => {
    for (const list of [panels, questions]) list.length = 0;
    window = new EditorWindow(storageIn(folder()));
  });

  it('fill a panel of their own, without model, images or engine, also after Reload Window', async () => {
    const opened = file(report);
    await window.results.openReport(opened);
    const [panel] = panels;
    assert.equal(panel.title, 'Report: report.json');
    const state = stateOf(panel);
    assert.deepEqual([state.phase, state.file, state.report], ['done', opened, plain(report)]);
    assert.equal(window.jobs.length, 0);
    panel.say({ type: 'retry' });
    await window.results.openReport(opened);
    assert.equal(panels.length, 1);
    const restored = new FakePanel('');
    const next = new EditorWindow(storageIn(folder()));
    await next.results.restore(restored as unknown as vscode.WebviewPanel, { id: state.id, model: state.model });
    assert.equal(stateOf(restored).file, opened);
    assert.deepEqual([window.jobs.length, window.complaints], [0, []]);
  });

  it('are not read in Restricted Mode, whoever asks', async () => {
    const opened = file(report);
    trust(false);
    try {
      const asked = window.results.openReport(opened);
      questions.at(-1)?.choose();
      await asked;
      const restored = new FakePanel('');
      const state = { id: `file:${opened}`, model: '' };
      const shown = window.results.restore(restored as unknown as vscode.WebviewPanel, state);
      questions.at(-1)?.choose();
      await shown;
      assert.equal(restored.visible, false);
      assert.deepEqual([restored.sent, panels], [[], []]);
      assert.equal(questions.filter(({ text }) => text.includes('only in a trusted workspace')).length, 2);
    } finally {
      trust(true);
    }
  });

  it('are refused by name where they are none, damaged, newer, or gone', async () => {
    const newer = { ...report, schemaVersion: schemaVersion + 1 };
    for (const [given, reason] of [
      [file('not JSON'), /report\.json is not a Boundary Lens report: it is no JSON$/],
      [file([1, 2]), /is not a Boundary Lens report: its "schema" is not "boundary-lens\/report"$/],
      [file('null'), /is not a Boundary Lens report/],
      [file({ ...report, failures: 3 }), /is damaged: \/failures: /],
      [file(newer), /has schemaVersion 2, newer than the 1 that this version reads; update Boundary Lens$/],
      [path.join(folder(), 'gone.json'), /gone\.json cannot be read: /],
    ] as const) {
      await window.results.openReport(given);
      assert.match(questions.at(-1)?.text ?? '', reason);
      assert.match(window.complaints.at(-1) ?? '', reason);
    }
    assert.equal(panels.length, 0);
  });

  it('that hold a run that did not end say so', async () => {
    for (const [state, phase] of [
      ['running', 'interrupted'],
      ['cancelled', 'cancelled'],
      ['failed', 'cancelled'],
    ] as const) {
      await window.results.openReport(file({ ...report, manifest: { ...report.manifest, state } }));
      assert.equal(stateOf().phase, phase);
    }
  });
});
