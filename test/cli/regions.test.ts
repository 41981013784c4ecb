import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { unzipSync } from 'fflate';

import { decodeNpy } from '../../src/analysis/images/npy';
import type { Report } from '../../src/protocol/report';
import { cli, cliReport } from '../support/cli';
import { assertReport, withoutTimes } from '../support/reportSchema';
import { temporaryFolder } from '../support/temporaryFolder';

const relu = 'samples/relu/lenet-mnist.onnx';
const smooth = 'samples/smooth/lenet-mnist-softplus.keras';
const all = ['--images', 'samples/mnist'];
const some = [...all, '--limit', '16'];

describe('the command line on regions, shared directions and detection', function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);
  const saved = (name: string): Report => {
    const report: unknown = JSON.parse(readFileSync(file(name), 'utf8'));
    assertReport(report);
    return report;
  };

  it('finds paths, with nothing depending on the batch', async () => {
    const command = ['paths', relu, ...some, '--pairs', '1', '--scenario', '1,3', '--batch'];
    const reports = await Promise.all(['1', '64'].map((batch) => cliReport([...command, batch])));
    const [one, many] = reports.map(withoutTimes);
    assert.deepEqual(one, many);
    const pairs = reports[0].analyses.paths?.pairs ?? [];
    assert.deepEqual(
      pairs.map(({ scenario }) => scenario),
      [1, 3],
    );
    assert.ok(pairs.every(({ connected, forwards }) => connected && forwards >= 10_000));
  });

  it('mixes images, the numbers of which are given', async () => {
    const report = await cliReport(['convexity', relu, ...all, '--members', '2,4', '--combinations', '50']);
    assert.deepEqual(
      report.analyses.convexity?.fractions?.map(({ m, total }) => [m, total]),
      [
        [2, 50],
        [4, 50],
      ],
    );
  });

  it('cuts planes through images that are named, and says which names there are not', async () => {
    const plane = ['--plane', '0/test0002.png', '1/test0007.png', '2/test0000.png', '--resolution', '12'];
    const { analyses } = await cliReport(['slice', relu, ...all, ...plane]);
    assert.equal(analyses.slice?.planes, undefined, 'the one plane stands in the closing fields');
    assert.match(analyses.slice?.title ?? '', /^The plane through/);
    assert.deepEqual(
      analyses.slice?.anchors?.map(({ name }) => name),
      ['0/test0002.png', '1/test0007.png', '2/test0000.png'],
    );
    for (const [pair, message] of [
      [['0/test0002.png', '1/test0007.png'], /--pair must name two images of one predicted class, got classes 0 and 1/],
      [['0/test0002.png', 'absent.png'], /named absent\.png, got none/],
      [['0/test0002.png'], /--pair must be 2 names, got 1/],
    ] as const) {
      const { code, stderr } = await cli(['slice', relu, ...all, '--pair', ...pair]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });

  it('writes shared directions as arrays, and their pictures into the report', async () => {
    const out = ['--out', file('directions.npz'), '--out', file('directions.json')];
    const { code, stdout, stderr } = await cli(['subspace', relu, ...some, '--dimension', '5', ...out]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /S is spanned by 5 directions of 784, learned on 8 images and tested on 8 others/);
    const { subspace } = saved('directions.json').analyses;
    assert.equal(subspace?.tiles?.length, 5);
    assert.ok(subspace.tiles.every((tile) => tile.startsWith('data:image/png;base64,')));
    const { shape, data } = decodeNpy(unzipSync(readFileSync(file('directions.npz')))['directions.npy'], 'directions');
    assert.deepEqual(shape, [5, 1, 28, 28]);
    const u = Array.from(data).slice(0, 784).map(Number);
    assert.ok(Math.abs(Math.hypot(...u) - 1) < 1e-6);
  });

  it('calibrates to a file that detect takes, and that no other model or preprocessing may', async () => {
    const calibration = file('calibration.json');
    const made = await cli(['calibrate', relu, '--clean', 'samples/mnist', '--out', calibration]);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /without, .* by the margin alone/);
    const { clean, state } = saved('calibration.json').analyses.calibration ?? {};
    assert.equal(clean?.used, 50);

    const detected = await cliReport(['detect', relu, ...some, '--calibration', calibration]);
    const { images = [] } = detected.analyses.detect ?? {};
    assert.equal(images.length, 16);
    assert.ok(images.every(({ step, verdict }) => step === state?.settings.step && verdict !== 'uncalibrated'));
    assert.ok(detected.manifest.notes.some((note) => note.includes('16 of 16 images were in the calibration')));

    const preprocessing = ['--preprocessing', '{"preprocessing": {"scale": 0.5}}'];
    for (const [args, message] of [
      [[smooth, ...some], /another model .*calibrate again/],
      [[relu, ...some, ...preprocessing], /another preprocessing .*calibrate again/],
    ] as const) {
      const { code, stderr } = await cli(['detect', ...args, '--calibration', calibration]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    // What the network sees is in the units of the calibration: the adversarial images are those that it flags.
    const moved = ['boundary', relu, ...some, '--out', file('moved.npz')];
    assert.equal((await cli(moved)).code, 0);
    writeFileSync(file('perturbed.npy'), unzipSync(readFileSync(file('moved.npz')))['perturbed.npy']);
    const given = ['--images', file('perturbed.npy'), '--preprocessed', '--calibration', calibration];
    const flagged = (await cliReport(['detect', relu, ...given])).analyses.detect?.images ?? [];
    const median = (scores: (number | null)[]): number => scores.map(Number).sort((a, b) => a - b)[8];
    assert.ok(median(flagged.map(({ score }) => score)) > median(images.map(({ score }) => score)));

    const boundary = file('boundary.json');
    writeFileSync(boundary, JSON.stringify(await cliReport(['boundary', relu, ...all, '--limit', '2'])));
    const { code, stderr } = await cli(['detect', relu, ...some, '--calibration', boundary]);
    assert.equal(code, 2);
    assert.match(stderr, /holds no calibration; write one with: boundary-lens calibrate/);
  });

  it('gives numbers and no verdict without a calibration', async () => {
    const { code, stdout } = await cli(['detect', relu, ...all, '--limit', '4']);
    assert.equal(code, 0);
    assert.match(stdout, /No verdicts: without a calibration/);
    assert.match(stdout, /Detection is no protection/);
  });

  it('refuses perturbations of no size, shares beyond 1 and other bad numbers', async () => {
    for (const [args, message] of [
      [['calibrate', relu, '--clean', 'samples/mnist', '--alpha', '0'], /--alpha.*above 0/],
      [['calibrate', relu, '--clean', 'samples/mnist', '--alpha', '1,-2'], /--alpha.*above 0/],
      [['detect', relu, ...some, '--false-positive-rate', '1'], /--false-positive-rate.*above 0 and below 1/],
      [['convexity', relu, ...some, '--members', '1'], /--members.*at least 2/],
      [['paths', relu, ...some, '--scenario', '4'], /--scenario.*at most 3/],
      [['calibrate', relu], /--clean/],
      [['compare', relu, ...some], /missing required argument/],
    ] as const) {
      const { code, stderr } = await cli(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, message);
    }
  });

  it('compares two models in pixels', async () => {
    const { analyses } = await cliReport(['compare', relu, smooth, ...some]);
    const { models, unit, differences = [], images = [] } = analyses.compare ?? {};
    assert.deepEqual(
      models?.map(({ path: name }) => name),
      [relu, smooth],
    );
    assert.equal(unit, 'pixel values 0–255');
    assert.equal(images.length, 16);
    const own = await cliReport(['boundary', relu, ...some]);
    images.forEach(({ distance: [first] }, i) => {
      const there = own.analyses.boundary?.images?.[i].pixelDistance ?? NaN;
      assert.ok(first !== null && Math.abs(first / there - 1) < 0.02, `${first} and ${there}`);
    });
    assert.deepEqual(
      differences.map(({ quantity, n }) => [quantity, n]),
      [
        ['distance to the boundary', 16],
        ['L∞ distance to the boundary', 16],
        ['mean curvature', 16],
        ['curvature × distance', 16],
        ['accuracy', 16],
      ],
    );
  });

  it('analyses everything at once, leaves out what the images do not allow, and keeps what is typed', async () => {
    // No two of one class, so that there is nothing to mix.
    const three = ['0/test0002.png', '1/test0007.png', '2/test0000.png'].map((name) => `samples/mnist/${name}`);
    const command = ['analyze', relu, '--images', ...three, '--eigenvalues', '4', '--out', file('all.html')];
    const { analyses, manifest } = await cliReport(command);
    for (const name of ['evaluate', 'boundary', 'curvature', 'subspace', 'calibration', 'detect'] as const) {
      assert.ok(analyses[name], name);
    }
    assert.ok(analyses.curvature?.images?.every(({ principalCurvatures }) => principalCurvatures.length === 4));
    assert.ok(
      analyses.detect?.images?.every(({ verdict, reason }) => verdict === 'undecided' && reason === 'too-few-images'),
    );
    assert.ok(manifest.notes.some((note) => note.startsWith('Left out: convexity.')));
    assert.match(readFileSync(file('all.html'), 'utf8'), /^<!doctype html>/i);
  });

  it('tells which backends this machine has', async () => {
    const { code, stdout } = await cli(['backends', '--json']);
    assert.equal(code, 0);
    const backends = JSON.parse(stdout) as { id: string; present: boolean; reason: string | null }[];
    assert.ok(backends.some(({ id, present }) => id === 'onnxruntime' && present));
    assert.ok(backends.every(({ present, reason }) => present || reason));
  });
});
