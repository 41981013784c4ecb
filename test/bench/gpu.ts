import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import type { Backend } from '../../src/analysis/backends/backend';
import { checkOperators } from '../../src/analysis/backends/check';
import { backends } from '../../src/analysis/backends/table';
import { AnalysisError } from '../../src/analysis/base/errors';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { classifierOf } from '../../src/analysis/model/networkClassifier';
import { readModel } from '../../src/analysis/model/read';
import type { BackendId } from '../../src/protocol/words';

/* Figures from a graphics card: what each backend does there beside PyTorch, end to end, and operator by operator. */

/** What is asked for. */
export interface GpuOptions {
  /** One with torch, torchvision and onnx. */
  readonly python: string | undefined;
  /** Whether a card that the processor plays counts, to try this out. */
  readonly software: boolean;
  /** A model and its images, to be run end to end: EfficientNet-Lite0 and a hundred photographs or more. */
  readonly subject: readonly [model: string, images: string] | undefined;
}

type Rows = (string | number)[][];
type Section = (title: string, head: string[], body: Rows) => void;

interface TorchFigures {
  readonly torch: string;
  readonly device: string;
  readonly batch: number;
  readonly gradients: Readonly<Record<string, number>>;
}

const cards: readonly BackendId[] = ['cuda', 'webgpu', 'directml', 'coreml'];
const seconds = 5;

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
  await gradients(found, python, say, section);
  if (subject) endToEnd(found, subject, section);
  else say('\nFor calibration and the preset standard end to end, name a model and its images: --gpu MODEL IMAGES.');
  await conformance(found, section);
}

async function gradients(
  found: readonly Backend[],
  python: string | undefined,
  say: (text: string) => void,
  section: Section,
): Promise<void> {
  if (python === undefined) {
    say('\nFor gradients a second beside PyTorch, name a Python with torch, torchvision and onnx: --python PYTHON.');
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-gpu-'));
  try {
    spawnSync(python, ['scripts/gpu/torchGradients.py', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
    const file = path.join(folder, 'torch.json');
    if (!existsSync(file)) {
      say(`\n${python} scripts/gpu/torchGradients.py did not end well: see above.`);
      return;
    }
    const theirs = JSON.parse(readFileSync(file, 'utf8')) as TorchFigures;
    const body: Rows = [];
    for (const [name, torch] of Object.entries(theirs.gradients)) {
      for (const backend of found) {
        const ours = await gradientsASecond(backend, path.join(folder, `${name}.onnx`), theirs.batch);
        body.push([name, backend.id, ours, torch, `${(ours / torch).toFixed(2)} ×`]);
      }
    }
    section(
      `Gradients a second, batches of ${theirs.batch}, beside PyTorch ${theirs.torch} on ${theirs.device}, TF32 off (goal with CUDA: ≥ 1 ×)`,
      ['network', 'backend', 'ours', 'PyTorch', 'ratio'],
      body,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function gradientsASecond(backend: Backend, file: string, batch: number): Promise<number> {
  const model = await readModel(file, {});
  const { classifier, dispose } = classifierOf(model.network, model, backend, { batch, memory: 2 ** 34 });
  const xs = Array.from({ length: batch }, (_, i) => gaussianVector(classifier.dimension, seededRandom('gpu', i)));
  const cotangent = Float64Array.from({ length: model.classes }, (_, k) => Number(k === 0));
  const once = () => Promise.all(xs.map((x) => classifier.gradients(x, [cotangent])));
  for (let i = 0; i < 3; i++) await once();
  const start = performance.now();
  let batches = 0;
  for (; performance.now() - start < 1000 * seconds; batches++) await once();
  const speed = (1000 * batch * batches) / (performance.now() - start);
  await dispose();
  return speed;
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
