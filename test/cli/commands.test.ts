import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { unzipSync } from 'fflate';

import { decodeNpy, type NumericArray } from '../../src/analysis/images/npy';
import type { Inspection } from '../../src/protocol/job';
import { inspectionFacts } from '../../src/reading/model';
import { cli, cliReport } from '../support/cli';
import { assertReport, withoutTimes } from '../support/reportSchema';
import { section } from '../support/section';
import { temporaryFolder } from '../support/temporaryFolder';

const relu = 'samples/relu/lenet-mnist.onnx';
const smooth = 'samples/smooth/lenet-mnist-softplus.keras';
const few = ['--images', 'samples/mnist', '--limit', '6'];

/** The numeric arrays of an .npz file. */
function arraysOf(file: string, ...names: string[]): NumericArray[] {
  const entries = unzipSync(readFileSync(file));
  return names.map((name) => decodeNpy(entries[`${name}.npy`], name));
}

describe('the command line', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);

  it('tells the version and what it can do', async () => {
    const version = await cli(['--version']);
    assert.equal(version.code, 0);
    assert.equal(
      version.stdout,
      `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
    );
    const help = await cli(['--help']);
    assert.equal(help.code, 0);
    for (const command of ['inspect', 'evaluate', 'boundary', 'curvature', 'analyze', 'render']) {
      assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
      const own = await cli([command, '--help']);
      assert.equal(own.code, 0);
      assert.match(own.stdout, /Examples?:\n {2}\$ boundary-lens/, `${command} --help has an example`);
    }
  });

  it('ends with 2 at bad usage, saying what is wrong on stderr and nothing on stdout', async () => {
    const usages: [string[], RegExp][] = [
      [[], /Usage/],
      [['bend'], /bend/],
      [['boundary'], /--images|model/],
      [['boundary', '--images', 'samples/mnist'], /missing required argument 'model'/],
      [['boundary', relu], /--images/],
      [['boundary', relu, ...few, '--seed', 'seven'], /--seed.*whole number/],
      [['boundary', relu, ...few, '--overshoot', '-1'], /--overshoot.*above 0/],
      [['boundary', relu, ...few, '--backend', 'abacus'], /--backend/],
      [['boundary', relu, ...few, '--colour', 'blue'], /--colour/],
      [['boundary', relu, ...few, '--out', file('report.doc')], /--out.*\.json, \.csv, \.html, \.npz/],
      [['boundary', relu, ...few, '--require', 'median is large'], /--require/],
      [['boundary', relu, ...few, '--resume'], /--resume needs --out/],
      [['boundary', relu, ...few, '--preprocessing', '{"scale": "much"}'], /scale/],
      [['render', file('absent.json'), '--out', file('x.html')], /absent\.json/],
    ];
    for (const [args, message] of usages) {
      const { code, stdout, stderr } = await cli(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    }
  });

  it('inspects models of either format, as text and as JSON', async () => {
    for (const [model, smoothness, inputShape] of [
      [relu, 'piecewise linear', [1, 28, 28]],
      [smooth, 'smooth', [28, 28, 1]],
    ] as const) {
      const text = await cli(['inspect', model]);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stdout, new RegExp(`Network +${smoothness}`));
      const { code, stdout } = await cli(['inspect', model, '--json']);
      assert.equal(code, 0);
      const inspection = JSON.parse(stdout) as Record<string, unknown>;
      assert.deepEqual(inspection['inputShape'], inputShape);
      // In the words of the editor’s page and hover.
      for (const { name, text: said } of inspectionFacts(inspection as unknown as Inspection)) {
        assert.ok(text.stdout.replace(/\s+/g, ' ').includes(`${name} ${said.replace(/\s+/g, ' ')}`), name);
      }
      assert.equal(inspection['classes'], 10);
    }
  });

  it('classifies the sample digits as the samples’ own description says', async () => {
    const report = await cliReport(['evaluate', relu, '--images', 'samples/mnist']);
    const { images, summary } = section(report, 'evaluate');
    assert.equal(images.length, 50);
    assert.ok(summary.accuracy! >= 0.94, `97.6 % of all test digits are right, here ${summary.accuracy ?? ''}`);
    for (const { margin, confidence, label, runnerUp } of images) {
      assert.ok(margin >= 0 && confidence > 0.1 && confidence <= 1 && label !== runnerUp);
    }
  });

  it('prints the report and nothing else with --json', async () => {
    const { code, stdout, stderr } = await cli(['boundary', relu, ...few, '--json', '--quiet']);
    assert.equal(code, 0);
    assertReport(JSON.parse(stdout));
    assert.equal(stderr, '');
  });

  it('prints a table and closing figures without --json, free of colours where there is no terminal', async () => {
    const { code, stdout, stderr } = await cli(['boundary', relu, ...few]);
    assert.equal(code, 0);
    assert.match(stdout, /Half of the images lie within \d/);
    assert.match(stderr, /Searching the boundary/);
    assert.ok(!(stdout + stderr).includes('\u001b'));
  });

  it('writes JSON, CSV, HTML and npz at once, all of the same results', async () => {
    const outputs = ['r.json', 'r.csv', 'r.html', 'r.npz'].map(file);
    const { code, stderr } = await cli(['boundary', relu, ...few, ...outputs.flatMap((out) => ['--out', out])]);
    assert.equal(code, 0, stderr);
    const report: unknown = JSON.parse(readFileSync(outputs[0], 'utf8'));
    assertReport(report);
    const items = section(report, 'boundary').images;
    const rows = readFileSync(outputs[1], 'utf8').trim().split(/\r?\n/);
    assert.equal(rows.length, 1 + items.length);
    items.forEach(({ name }, i) => {
      assert.ok(rows[i + 1].includes(name));
    });
    assert.match(readFileSync(outputs[2], 'utf8'), /<script type="application\/json" id="boundary-lens-report">/);
    for (const { shape } of arraysOf(outputs[3], 'boundaryPoint', 'perturbed')) {
      assert.deepEqual(shape, [6, 1, 28, 28]);
    }
  });

  it('writes logits and margin gradients that agree with the report', async () => {
    const out = file('logits.npz');
    const report = await cliReport(['evaluate', relu, ...few, '--out', out]);
    const [logits, labels, runnersUp, gradients] = arraysOf(out, 'logits', 'label', 'runnerUp', 'marginGradient');
    assert.deepEqual(logits.shape, [6, 10]);
    assert.deepEqual(gradients.shape, [6, 1, 28, 28]);
    section(report, 'evaluate').images.forEach(({ label, runnerUp, margin }, i) => {
      const row = [...logits.data.slice(10 * i, 10 * i + 10)];
      assert.equal(label, row.indexOf(Math.max(...row)));
      assert.equal(labels.data[i], label);
      assert.equal(runnersUp.data[i], runnerUp);
      assert.ok(Math.abs(row[label] - row[runnerUp] - margin) <= 1e-5 * Math.max(...row.map(Math.abs)));
    });
  });

  it('renders HTML and CSV from a saved report without its model', async () => {
    const saved = file('saved.json');
    assert.equal((await cli(['boundary', relu, ...few, '--out', saved, '--out', file('a.csv'), '--quiet'])).code, 0);
    const { code, stderr } = await cli(['render', saved, '--out', file('b.csv'), '--out', file('b.html')], {
      cwd: folder(),
    });
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(file('b.csv'), 'utf8'), readFileSync(file('a.csv'), 'utf8'));
    assert.ok(existsSync(file('b.html')));
  });

  it('refuses a report of a newer schema by name', async () => {
    const report = await cliReport(['evaluate', relu, ...few]);
    writeFileSync(file('newer.json'), JSON.stringify({ ...report, schemaVersion: 2 }));
    const { code, stderr } = await cli(['render', file('newer.json'), '--out', file('newer.csv')]);
    assert.equal(code, 2);
    assert.match(stderr, /schemaVersion/);
  });

  it('gives the same report for the same seed, whatever the batches, the threads and the cache', async () => {
    const args = ['curvature', relu, '--images', 'samples/mnist', '--limit', '5', '--eigenvalues', '4', '--seed', '3'];
    const first = withoutTimes(await cliReport(args));
    const cache = file('cache');
    for (const [more, options] of [
      [[], {}],
      [['--batch', '1'], {}],
      [['--batch', '3', '--threads', '1'], {}],
      [[], { cache }],
      [[], { cache }],
    ] as const) {
      assert.deepEqual(withoutTimes(await cliReport([...args, ...more], options)), first, more.join(' '));
    }
  });

  it('gives the same main job twice, with other batches and threads', async () => {
    const args = ['analyze', relu, '--images', 'samples/mnist', '--limit', '4'];
    const other = await cliReport([...args, '--batch', '5', '--threads', '1']);
    assert.deepEqual(withoutTimes(other), withoutTimes(await cliReport(args)));
  });

  it('draws other images for another seed, and analyses only the limit', async () => {
    const names = async (seed: string): Promise<string[]> => {
      const report = await cliReport(['evaluate', relu, ...few, '--seed', seed]);
      return section(report, 'evaluate').images.map(({ name }) => name);
    };
    const [one, two] = [await names('1'), await names('2')];
    assert.equal(one.length, 6);
    assert.notDeepEqual(one, two);
  });

  it('measures the exact curvature of a smooth network', async () => {
    const report = await cliReport(['curvature', smooth, '--images', 'samples/mnist', '--limit', '2']);
    const { images, summary } = section(report, 'curvature');
    assert.equal(images.length, 2);
    assert.equal(summary.smoothness, 'smooth');
    for (const { method, principalCurvatures, step } of images) {
      assert.equal(method, 'exact');
      assert.equal(step, null);
      assert.equal(principalCurvatures.length, 10);
      const descending = principalCurvatures.toSorted((a, b) => b - a);
      assert.deepEqual(principalCurvatures, descending);
    }
  });

  it('ends with 4 if a requirement does not hold, after the report', async () => {
    const args = ['boundary', relu, ...few, '--quiet'];
    const met = await cli([...args, '--require', 'boundary.summary.median>0', '--require', 'boundary.summary.n==6']);
    assert.equal(met.code, 0, met.stderr);
    const out = file('required.json');
    const unmet = await cli([...args, '--require', 'boundary.summary.median>=1000', '--out', out]);
    assert.equal(unmet.code, 4);
    assert.match(unmet.stderr, /Required boundary\.summary\.median>=1000, but it is \d/);
    assertReport(JSON.parse(readFileSync(out, 'utf8')));
    const absent = await cli([...args, '--require', 'curvature.summary.meanCurvature>=0']);
    assert.equal(absent.code, 4);
    assert.match(absent.stderr, /not in the report/);
    const misspelt = await cli([...args, '--require', 'boundary.summary.colour>=0', '--out', file('misspelt.json')]);
    assert.equal(misspelt.code, 2);
    assert.match(misspelt.stderr, /boundary.summary has no colour; it has n, median/);
    assert.ok(!existsSync(file('misspelt.json')));
  });
});
