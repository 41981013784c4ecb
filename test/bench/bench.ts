import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { onnxruntimeBackend } from '../../src/analysis/backends/onnxruntime/sessions';
import { table } from '../../src/analysis/cli/table';
import { type BoundarySettings, nearestBoundary } from '../../src/analysis/geometry/boundary';
import { curvatureAt } from '../../src/analysis/geometry/curvature';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import { classifierOf } from '../../src/analysis/model/networkClassifier';
import type { Network } from '../../src/analysis/network/network';
import { smoothness } from '../../src/analysis/network/smoothness';
import { activation } from './activation';
import { batchFill, passesByAnalysis, passesByEstimator, timeAgainstImages, timeOutsideNetwork } from './analyses';
import { figuresOfCards } from './gpu';
import { gradientsInPasses, sampleModels } from './gradients';
import { answers, inspections } from './inspection';
import { messages } from './messages';
import { convolutionalNetwork } from './networks';
import { looks } from './preflight';
import { profile } from './profile';
import { PythonEnded } from './pythonProcess';
import { type Subject, tightness } from './tightness';
import { besideTorch } from './torch';
import { memoryOfWeights } from './weights';

/* Speed, as ratios and counts measured in one run. Nothing here is asserted; machines differ. */

const search: BoundarySettings = { level: 'standard', overshoot: 0.02, candidates: 10 };
const rows: (string | number)[][] = [];

function report(what: string, figure: string | number, against: string): void {
  rows.push([what, figure, against]);
}

async function classifier(network: Network, batch?: number): Promise<ReturnType<typeof classifierOf>> {
  const model = { classes: 10, smoothness: smoothness(network) };
  return classifierOf(network, model, await onnxruntimeBackend({}), { batch, memory: 2 ** 29 });
}

function points(n: number, dimension: number): Float64Array[] {
  return Array.from({ length: n }, (_, i) => gaussianVector(dimension, seededRandom(7, i)));
}

/** The fastest of several runs, ms: the others were disturbed. */
async function best(runs: number, work: () => Promise<unknown>): Promise<number> {
  let fastest = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

/** The batching classifier against the same batches handed to the session by hand. */
async function overhead(width: number): Promise<void> {
  const network = convolutionalNetwork(32, 'relu', width);
  const [n, batch, d] = [256, 64, 3072];
  const xs = points(n, d);
  const executable = await (await onnxruntimeBackend({})).load(network);
  const data = Float32Array.from(xs.slice(0, batch).flatMap((x) => [...x]));
  const raw = async (): Promise<void> => {
    for (let i = 0; i < n / batch; i++) await executable.run({ x: { data, shape: [batch, 3, 32, 32] } });
  };
  const { classifier: batching, dispose } = await classifier(network, batch);
  const batched = (): Promise<unknown> => Promise.all(xs.map((x) => batching.logits(x)));
  await raw();
  await batched();
  // In turns, so that whatever else the machine does disturbs both alike.
  let [rawTime, batchedTime] = [Infinity, Infinity];
  for (let i = 0; i < 7; i++) {
    rawTime = Math.min(rawTime, await best(1, raw));
    batchedTime = Math.min(batchedTime, await best(1, batched));
  }
  const each = `width ${width}: ${(rawTime / n).toFixed(2)} ms an image`;
  report(
    `batching layer over raw session runs, ${each}`,
    `${((batchedTime / rawTime - 1) * 100).toFixed(1)} %`,
    'goal ≤ 5 %',
  );
  await executable.dispose();
  await dispose();
}

/** Nine gradients an image from one forward pass, against nine passes. */
async function sharedForward(): Promise<void> {
  const { classifier: batching, dispose } = await classifier(convolutionalNetwork(32, 'relu'), 16);
  const xs = points(48, 3072);
  const cotangents = Array.from({ length: 9 }, (_, i) => Float64Array.from({ length: 10 }, (_, k) => Number(k === i)));
  const shared = (): Promise<unknown> => Promise.all(xs.map((x) => batching.gradients(x, cotangents)));
  const repeated = (): Promise<unknown> => {
    return Promise.all(xs.flatMap((x) => cotangents.map((cotangent) => batching.gradients(x, [cotangent]))));
  };
  await shared();
  await repeated();
  const ratio = (await best(4, repeated)) / (await best(4, shared));
  report('nine gradients an image: repeated over shared forward pass', `${ratio.toFixed(2)} ×`, '> 1 is a gain');
  await dispose();
}

async function boundaryPoints(): Promise<void> {
  const { classifier: batching, dispose } = await classifier(convolutionalNetwork(32, 'relu'));
  const xs = points(64, 3072);
  const counting = new CountingClassifier(batching);
  const run = (): Promise<unknown> => Promise.all(xs.map((x) => nearestBoundary(counting, x, search)));
  const time = await best(2, run);
  report('boundary points a second (32 × 32 × 3)', (1000 * xs.length) / time, 'this machine');
  report('gradients a boundary point', counting.cost.gradients / xs.length / 2, 'count');
  report('forward passes a boundary point', counting.cost.forwards / xs.length / 2, 'count');
  await dispose();
}

/** The boundary point and its principal curvatures at half the distance, as the curvature analysis asks for them. */
async function curvatureOf(asked: Classifier, x: Float64Array, i: number): Promise<void> {
  const { status, point, label, target, distance } = await nearestBoundary(asked, x, search);
  if (status !== 'converged') return;
  await curvatureAt(
    asked,
    point,
    { label, target },
    { method: 'auto', step: 0.5 * distance, eigenvalues: 10 },
    seededRandom(9, i),
  );
}

async function curvatures(): Promise<void> {
  const timeOf = async (side: number, n: number): Promise<{ time: number; counting: CountingClassifier }> => {
    const { classifier: batching, dispose } = await classifier(convolutionalNetwork(side, 'relu'));
    const counting = new CountingClassifier(batching);
    const run = async (asked: Classifier): Promise<void> => {
      await Promise.all(points(n, 3 * side * side).map((x, i) => curvatureOf(asked, x, i)));
    };
    await run(batching);
    const time = await best(1, () => run(counting));
    await dispose();
    return { time, counting };
  };
  const [few, many] = [await timeOf(32, 8), await timeOf(32, 32)];
  report('curvature: time of 32 images over that of 8', `${(many.time / few.time).toFixed(2)} ×`, '4 is linear');
  report('gradients an image for its curvature', many.counting.cost.gradients / 32, 'count');
  const [small, large] = [await timeOf(16, 8), await timeOf(64, 8)];
  report(
    'curvature: time at D = 12,288 over that at D = 768',
    `${(large.time / small.time).toFixed(1)} ×`,
    '16 is linear',
  );
}

function startUp(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  const run = (args: string[]): number => {
    const start = performance.now();
    spawnSync(process.execPath, ['dist/cli.js', ...args], { env: { ...process.env, BOUNDARY_LENS_CACHE: 'off' } });
    return performance.now() - start;
  };
  const model = 'samples/relu/lenet-mnist.onnx';
  run(['inspect', model]);
  const node = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  const bare = performance.now() - node;
  const first = run(['boundary', model, '--images', 'samples/mnist', '--limit', '1', '--quiet']);
  report('start-up to the first distance, s', first / 1000, `${(first / bare).toFixed(1)} × an empty Node process`);
  rmSync(folder, { recursive: true });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function section(title: string, head: string[], body: (string | number)[][]): void {
  print(`\n${title}\n${table([head, ...body])}`);
}

/** The parts that run alone; what follows them are models with images, or names of networks. */
const usage = `npm run bench [-- PART]
--preflight [MODEL IMAGES …]
--gradients [MODEL …]
--profile MODEL [--batch N]
--tightness [--limit N] [--clip | --attacks [--python PATH]] [MODEL IMAGES …]
--torch [--python PATH] [NETWORK …]
--gpu [--python PATH] [--software] [MODEL IMAGES]`;

async function main(): Promise<void> {
  const processors = cpus();
  const model = processors.at(0)?.model.trim() ?? 'unknown processor';
  print(`${model}, ${processors.length} cores, Node ${process.version}\n`);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ preflight: { type: 'boolean' }, tightness: { type: 'boolean' }, torch: { type: 'boolean' } },
      ...{ attacks: { type: 'boolean' }, clip: { type: 'boolean' }, python: { type: 'string' } },
      ...{ limit: { type: 'string', default: '50' }, help: { type: 'boolean' } },
      ...{ gradients: { type: 'boolean' }, profile: { type: 'string' }, batch: { type: 'string', default: '16' } },
      ...{ gpu: { type: 'boolean' }, software: { type: 'boolean' } },
    },
  });
  const subjects = Array.from({ length: Math.floor(positionals.length / 2) }, (_, i): Subject => {
    return [positionals[2 * i], positionals[2 * i + 1]];
  });
  const given = subjects.length > 0 ? subjects : undefined;
  const { software = false, python = 'python3' } = values;
  if (values.help) {
    print(usage);
  } else if (values.preflight) {
    section(looksTitle, looksHead, await looks(given));
  } else if (values.gradients) {
    section(passesTitle, passesHead, await gradientsInPasses(positionals.length > 0 ? positionals : sampleModels));
  } else if (values.profile !== undefined) {
    section(profileTitle, profileHead, await profile(values.profile, Number(values.batch)));
  } else if (values.gpu) {
    await figuresOfCards({ python: values.python, software, subject: subjects.at(0) }, print, section);
  } else if (values.torch) {
    section(torchTitle, torchHead, await besideTorch(python, positionals));
  } else if (values.tightness) {
    const { attacks = false, clip = false, limit } = values;
    const settings = { limit: Number(limit), clip, python: attacks ? python : undefined };
    if (attacks && clip) throw new Error('the attacks know no range of pixels: --attacks or --clip');
    tightnessSections(await tightness(given, settings));
  } else {
    await everything();
  }
}

const passesTitle = 'Gradients in forward passes, 2 threads (goal: one ≤ 2.2, nine ≤ 11)';
const passesHead = ['network', 'batch', 'forward, ms an image', 'one gradient', 'nine gradients'];
const profileTitle = 'Time by operator, ms an image, fastest runs of each node';
const profileHead = ['work', 'operator', 'nodes', 'ms', 'share'];
const looksTitle = 'The look before a run, engine warm (goal: ≤ 1,000 ms to the first pictures)';
const looksHead = ['model', 'images', 'first, ms', 'ranked, ms'];

const torchTitle = 'Gradients beside PyTorch’s eager mode, two threads each: ms an image, and ratios';
const torchHead = [
  ...['network', 'batch', 'forward', 'gradient', 'of nine, each', 'PyTorch: gradient', 'of nine, each'],
  ...['faster alone', 'faster of nine', 'gradient in forwards', 'nine in forwards', 'file to first gradients, s'],
];
const tightnessTitle = 'Distances over the shortest known of each image';
const tightnessHead = ['network', 'norm', 'search', 'median', 'mean', '≤ 1.02', '> 1.1', 'worst', 'gradients'];
const refinementTitle = 'The shortest known, refined until two rounds in a row change less than .1 %';
const refinementHead = [
  ...['network', 'norm', 'images', 'rounds, mean', 'most', 'shorter, mean', 'most', 'not settled at the bound'],
];

function tightnessSections({ ratios, refinements }: Awaited<ReturnType<typeof tightness>>): void {
  section(tightnessTitle, tightnessHead, ratios);
  section(refinementTitle, refinementHead, refinements);
}

async function everything(): Promise<void> {
  await overhead(32);
  await overhead(128);
  await sharedForward();
  await boundaryPoints();
  await curvatures();
  startUp();
  print(table([['what', 'figure', 'against'], ...rows]));
  section(passesTitle, passesHead, await gradientsInPasses(sampleModels));
  section(looksTitle, looksHead, await looks());
  tightnessSections(await tightness());
  section('Passes an image on the sample digits', ['analysis', 'forward', 'gradient'], await passesByAnalysis());
  section(
    'Algorithm 2 with 1,000 classes, T = 20 (goal: forward ≥ 100 times fewer)',
    ['estimator', 'forward', 'gradient', 'fewer passes than literal'],
    await passesByEstimator(),
  );
  section(
    'Processor time of 128 images over that of 32 (4 is linear)',
    ['analysis', 'ratio'],
    await timeAgainstImages(),
  );
  section(
    'Time outside the network, images of 32 × 32 × 3 (goal ≤ 5 %)',
    ['analysis', 'width', 'ms', 'outside'],
    [...(await timeOutsideNetwork(32, 256)), ...(await timeOutsideNetwork(128, 64))],
  );
  section(
    'Batches of the preset standard on the sample digits (goal ≥ 80 %)',
    ['call', 'batch', 'runs', 'images', 'fill'],
    await batchFill(),
  );
  section(
    'Inspection as an editor asks for it, engine warm (goal ≤ 200 ms)',
    ['file', 'MB', 'ms', 'KB read'],
    await inspections(),
  );
  section(
    'Activation of the extension, without VS Code’s own part (goal ≤ 100 ms)',
    ['ms', 'best', 'worst'],
    activation(),
  );
  section('Request to answer for the page of a model (goal ≤ 300 ms warm)', ['engine', 'ms'], await answers());
  const { images, seconds, rows: ways } = await messages();
  section(
    `Messages of a run on ${images} images, over ${seconds.toFixed(0)} s (whole: the report or state in each, as in 0.1.0)`,
    ['way', 'sent', 'whole', 'fewer'],
    ways,
  );
  section(
    'Memory of a fresh process with a network of the size of VGG-19 (goal ≤ 3 ×)',
    ['work', 'MB', 'times the file', 's'],
    memoryOfWeights(),
  );
}

main().catch((error: unknown) => {
  if (!(error instanceof PythonEnded)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
