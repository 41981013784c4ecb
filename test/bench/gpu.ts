import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

import type { Backend } from '../../src/analysis/backends/backend';
import { checkOperators } from '../../src/analysis/backends/check';
import { backends } from '../../src/analysis/backends/table';
import { AnalysisError } from '../../src/analysis/base/errors';
import type { BackendId } from '../../src/protocol/words';
import { fastest } from './fastest';
import { asked, ofTorch } from './torch';

/* Figures from a graphics card: what each backend does there beside PyTorch, end to end, and operator by operator. */

/** What is asked for. */
export interface GpuOptions {
  /** One that has what `test/bench/python/requirements.txt` names. */
  readonly python: string | undefined;
  /** Whether a card that the processor plays counts, to try this out. */
  readonly software: boolean;
  /** A model and its images, to be run end to end: EfficientNet-Lite0 and a hundred photographs or more. */
  readonly subject: readonly [model: string, images: string] | undefined;
}

type Rows = (string | number)[][];
type Section = (title: string, head: string[], body: Rows) => void;

const cards: readonly BackendId[] = ['cuda', 'webgpu', 'directml', 'coreml'];
const batch = 64;
/** Batches asked for together: one is packed while another runs, as it is in an analysis. */
const batches = 4;
/** ms that each measurement takes. */
const time = 5000;

/** Measures what there is, section by section; without a card it says what it needs. */
export async function figuresOfCards(
  { python, software, subject }: GpuOptions,
  say: (text: string) => void,
  section: Section,
): Promise<void> {
  const found: Backend[] = [];
  for (const id of cards) {
    try {
      const backend = await backends[id]({});
      if (backend.isSoftware === true && !software) say(`${id}: a card that the processor plays; --software takes it`);
      else found.push(backend);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      say(`${id}: ${error.message}`);
    }
  }
  if (found.length === 0) {
    say(
      '\nThis measures graphics cards, and found none: run it on a machine that has one, with its driver, after “npm run setup:cuda” for NVIDIA’s.',
    );
    return;
  }
  for (const { id, device, version } of found) say(`${id}: ${device}, onnxruntime ${version}`);
  if (python === undefined) {
    say('\nFor gradients a second beside PyTorch, name a Python that has it: --python PATH.');
  } else {
    await gradients(found, python, section);
  }
  if (subject) endToEnd(found, subject, section);
  else say('\nFor calibration and the preset standard end to end, name a model and its images: --gpu MODEL IMAGES.');
  await conformance(found, section);
}

async function gradients(found: readonly Backend[], python: string, section: Section): Promise<void> {
  const body: Rows = [];
  let torch = '';
  // A card that the processor plays takes minutes for the others.
  const wanted = found.some(({ isSoftware }) => isSoftware === true) ? ['LeNet'] : [];
  await ofTorch(python, 'card', wanted, async (network) => {
    torch = `${network.torch} on ${network.device}`;
    const theirs = (1000 * batch) / (await network.theirs(batch, 1));
    for (const backend of found) {
      const { ask, dispose } = await asked(network, backend, batch, batches * batch);
      const [ms] = await fastest([() => ask(1)], time);
      await dispose();
      const ours = (1000 * batches * batch) / ms;
      body.push([network.name, backend.id, ours, theirs, `${(ours / theirs).toFixed(2)} ×`]);
    }
  });
  section(
    `Gradients a second, batches of ${batch}, ours from and to the processor’s memory, beside PyTorch ${torch}, TF32 off (goal with CUDA: ≥ 1 ×)`,
    ['network', 'backend', 'ours', 'PyTorch', 'ratio'],
    body,
  );
}

function endToEnd(found: readonly Backend[], [model, images]: readonly [string, string], section: Section): void {
  const commands = {
    calibrate: ['calibrate', model, '--clean', images, '--limit', '160'],
    'analyze --preset standard': ['analyze', model, '--images', images, '--limit', '100', '--preset', 'standard'],
  };
  const body: Rows = [];
  for (const [title, args] of Object.entries(commands)) {
    for (const { id } of found) {
      const start = performance.now();
      const env = { ...process.env, BOUNDARY_LENS_CACHE: 'off' };
      const { status, stderr } = spawnSync(
        process.execPath,
        ['dist/cli.js', ...args, '--backend', id, '--quiet', '--yes'],
        { env, encoding: 'utf8' },
      );
      const [why] = stderr.split('\n');
      body.push([title, id, status === 0 ? (performance.now() - start) / 1000 : `ended with ${status}: ${why}`]);
    }
  }
  section(`End to end on ${path.basename(model)}, from the start of the command`, ['command', 'backend', 's'], body);
}

async function conformance(found: readonly Backend[], section: Section): Promise<void> {
  const trusted = await backends.onnxruntime({});
  for (const backend of found) {
    const checks = await checkOperators(backend, trusted);
    section(
      `Operators and their gradients on ${backend.id} (${backend.device}) against the processor`,
      ['operator', 'cases', 'wrong', 'refused', 'error'],
      checks.map(({ operator, cases, wrong, refused, error }) => {
        return [operator, cases, wrong, refused, error === null ? '' : error.toExponential(1)];
      }),
    );
  }
}
