import '../../support/vscode';

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { Remembered } from '../../../src/extension/choosing/choose';
import { compare } from '../../../src/extension/commands/analyze';
import { calibrate, checkPerturbation } from '../../../src/extension/commands/detection';
import type { Tools } from '../../../src/extension/commands/tools';
import { JsonStore } from '../../../src/extension/jsonStore';
import { Inspections } from '../../../src/extension/models/inspections';
import { Preflights } from '../../../src/extension/preflight/preflights';
import { AllSeries } from '../../../src/extension/series/allSeries';
import type { Preflight } from '../../../src/protocol/preflight';
import { Report } from '../../../src/protocol/report';
import { EditorWindow, type Job, noSettings, silent, storageIn } from '../../support/editorRuns';
import { sampleInspection } from '../../support/modelPages';
import { samplePreflight } from '../../support/preflights';
import { within } from '../../support/processes';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';
import { FakeMemento, type FakePanel, panels, questions } from '../../support/vscode';

const fine = samplePreflight({ doubts: [], candidates: [], proposal: null });
const [best] = samplePreflight().candidates;
const chosen = JSON.stringify(best.preprocessing);

describe('images that a person chose', () => {
  const folder = temporaryFolder();
  let window: EditorWindow;
  let tools: Tools;
  /** What the engine was asked to look at: the model with its images. */
  let looked: [model: string, ...images: string[]][];
  let found: Preflight;
  let model: string;
  let other: string;
  let photos: string;

  beforeEach(async () => {
    for (const list of [panels, questions]) list.length = 0;
    [looked, found] = [[], samplePreflight()];
    const storage = storageIn(folder());
    [model, other, photos] = ['net.onnx', 'other.onnx', 'photos'].map((name) => path.join(storage, name));
    for (const file of [model, other]) writeFileSync(file, 'a model');
    mkdirSync(photos);
    const extensionUri = vscode.Uri.file(storage);
    window = new EditorWindow(storage);
    const { runs, results, history } = window;
    const inspections = new Inspections({ inspect: () => Promise.resolve(sampleInspection()) });
    const preflight = ({ model: of, images }: { model: string; images: string[] }): Promise<Preflight> => {
      looked.push([of, ...images]);
      return Promise.resolve(found);
    };
    const remembered = new Remembered(new FakeMemento());
    for (const key of [`clean:${model}`, `images:${model}`]) await remembered.set(key, photos);
    tools = {
      ...{ runs, results, inspections, remembered },
      calibrations: new JsonStore<Report>(vscode.Uri.joinPath(extensionUri, 'calibrations'), Report, silent),
      preflights: new Preflights({ extensionUri, engine: { preflight }, log: silent }),
      series: new AllSeries({
        ...{ extensionUri, runs, history, inspections, log: silent, settings: () => noSettings },
      }),
    };
  });
  afterEach(() => {
    window.runs.dispose();
  });

  const pick = async (label: string): Promise<void> => {
    const isIt = (one: string): boolean => one.startsWith(label);
    await within(label, () => questions.some(({ offered }) => offered.some(isIt)));
    for (const { offered, choose } of questions.splice(0)) choose(offered.find(isIt));
  };
  /** The nth page of a look, once it asks. */
  const page = async (n: number): Promise<FakePanel> => {
    const pages = (): FakePanel[] => panels.filter(({ title }) => title.startsWith('Images: '));
    await within(`look ${n}`, () => pages().length === n && looked.length === n);
    const one = pages()[n - 1];
    one.say({ type: 'ready' });
    await within('its question', () => {
      return one.sent.some((message) => (message as { state: { phase: string } }).state.phase === 'asking');
    });
    return one;
  };
  const job = async (n: number): Promise<Job> => {
    await within(`job ${n}`, () => window.jobs.length === n);
    return window.jobs[n - 1];
  };

  it('are looked at before a calibration, which is made as was chosen, and so is the check after it', async () => {
    const image = path.join(photos, 'a.png');
    const check = checkPerturbation(tools, [image], { model });
    await pick('photos');
    (await page(1)).say({ type: 'useOnce', candidate: 0 });
    const calibration = await job(1);
    assert.deepEqual([calibration.request.images, calibration.request.preprocessing], [[photos], chosen]);
    calibration.end(sampleReport());
    const { request, end } = await job(2);
    assert.deepEqual([request.images, request.preprocessing], [[image], chosen]);
    assert.ok(request.analyses.detect?.calibration !== undefined);
    end(sampleReport());
    await check;
    assert.deepEqual(looked, [[model, photos]]);
    // What is kept says how images are prepared.
    const again = checkPerturbation(tools, [image], { model });
    (await job(3)).end(sampleReport());
    await again;
    assert.equal(looked.length, 1);
  });

  it('are looked at where they are checked without a calibration', async () => {
    const check = checkPerturbation(tools, [photos], { model });
    await pick('Check without calibration');
    (await page(1)).say({ type: 'useOnce', candidate: 0 });
    assert.equal((await job(1)).request.preprocessing, chosen);
    window.jobs[0].end(sampleReport());
    await check;
    assert.deepEqual(looked, [[model, photos]]);
  });

  it('are looked at with both models that are compared, and nothing is asked twice', async () => {
    const first = compare(tools, model, other);
    await pick('photos');
    (await page(1)).say({ type: 'asItIs' });
    (await page(2)).say({ type: 'useOnce', candidate: 0 });
    const { request, end } = await job(1);
    assert.deepEqual([request.preprocessing, request.againstPreprocessing], [undefined, chosen]);
    assert.match(request.command, / --against-preprocessing /);
    end(sampleReport());
    await first;
    assert.deepEqual(looked, [
      [model, photos],
      [other, photos],
    ]);
    // The first is as it was when the user let it run; then the run waits for nothing.
    const calibration = calibrate(tools, model);
    await pick('photos');
    (await job(2)).end(sampleReport());
    await calibration;
    writeFileSync(model, 'a model trained on');
    void calibrate(tools, model);
    await pick('photos');
    (await page(4)).dispose();
    assert.equal(window.jobs.length, 2);
  });

  it('are no reason to wait where nothing is in doubt, nor where a program gives them', async () => {
    found = fine;
    const asked = calibrate(tools, model);
    await pick('photos');
    (await job(1)).end(sampleReport());
    await asked;
    const given = compare(tools, model, other, { images: photos });
    (await job(2)).end(sampleReport());
    await given;
    const calibrated = calibrate(tools, model, { clean: photos });
    (await job(3)).end(sampleReport());
    await calibrated;
    assert.equal(looked.length, 1);
  });

  it('are not analysed where their page is closed', async () => {
    const asked = calibrate(tools, model);
    await pick('photos');
    (await page(1)).dispose();
    assert.equal(await asked, undefined);
    assert.equal(window.jobs.length, 0);
  });
});
