import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Backend } from '../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../src/analysis/backends/onnxruntime/sessions';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { classifierOf, type NetworkClassifier } from '../../src/analysis/model/networkClassifier';
import { readModel } from '../../src/analysis/model/read';
import { fastest } from './fastest';
import { PythonProcess } from './pythonProcess';

/** A network of random weights that PyTorch made and exported. */
export interface TorchNetwork {
  readonly name: string;
  readonly batches: readonly number[];
  readonly file: string;
  /** Where PyTorch runs it, and its version. */
  readonly device: string;
  readonly torch: string;
  /** ms that PyTorch's eager mode takes for so many gradients of each image of a batch, with its better layout. */
  readonly theirs: (batch: number, cotangents: number) => Promise<number>;
}

/** ms that each measurement takes; those here and there come in turns. */
const time = 500;
const turns = 3;

/**
 * Each network beside which gradients are measured.
 *
 * @param python - an interpreter that has what `test/bench/python/requirements.txt` names.
 * @param where - the processor with two threads, or the graphics card where PyTorch has one, TF32 off.
 * @param wanted - names of networks; all where there are none.
 */
export async function ofTorch(
  python: string,
  where: 'processor' | 'card',
  wanted: readonly string[],
  work: (network: TorchNetwork) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-torch-'));
  const process = new PythonProcess(python, 'speed.py', [folder, where, ...wanted]);
  try {
    for (;;) {
      const { fields } = await process.receive();
      if (fields['end'] === true) return;
      const theirs = async (batch: number, cotangents: number): Promise<number> => {
        process.send({ batch, cotangents, seconds: time / 1000 });
        return (await process.receive()).fields['ms'] as number;
      };
      await work({ ...(fields as unknown as TorchNetwork), theirs });
      process.send({ next: true });
    }
  } finally {
    process.end();
    rmSync(folder, { recursive: true });
  }
}

/**
 * A network on a backend, and what asks it for so many gradients of each image, all images together, in batches; for logits alone
 * where none.
 */
export async function asked(
  { file }: TorchNetwork,
  backend: Backend,
  batch: number,
  images = batch,
): Promise<Pick<NetworkClassifier, 'dispose'> & { readonly ask: (cotangents: number) => Promise<unknown> }> {
  const model = await readModel(file);
  const { classifier, dispose } = classifierOf(model.network, model, backend, { batch, memory: 2 ** 31 });
  const xs = Array.from({ length: images }, (_, i) => gaussianVector(classifier.dimension, seededRandom(11, i)));
  const cotangents = Array.from({ length: 9 }, (_, i) => {
    return Float64Array.from({ length: model.classes }, (__, k) => Number(k === i));
  });
  return {
    ask: (count) =>
      Promise.all(
        xs.map((x): Promise<unknown> => {
          return count === 0 ? classifier.logits(x) : classifier.gradients(x, cotangents.slice(0, count));
        }),
      ),
    dispose,
  };
}

/**
 * ms an image of gradients here and in PyTorch, two threads each, what a gradient costs in forward passes, and s from the file
 * to the first of them.
 */
export async function besideTorch(python: string, wanted: readonly string[]): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  const backend = await onnxruntimeBackend({ threads: 2 });
  await ofTorch(python, 'processor', wanted, async (network) => {
    for (const batch of network.batches) {
      const start = performance.now();
      const { ask, dispose } = await asked(network, backend, batch);
      await ask(1);
      const first = (performance.now() - start) / 1000;
      let best = [Infinity, Infinity, Infinity, Infinity, Infinity];
      for (let turn = 0; turn < turns; turn++) {
        const ours = await fastest([() => ask(0), () => ask(1), () => ask(9)], 3 * time);
        const all = [...ours, await network.theirs(batch, 1), await network.theirs(batch, 9)];
        best = best.map((least, i) => Math.min(least, all[i] ?? Infinity));
      }
      await dispose();
      const [forward = 0, one = 0, nine = 0, torchOne = 0, torchNine = 0] = best.map((whole) => whole / batch);
      const ms = (of: number): string => of.toPrecision(2);
      const row = [
        ...[network.name, batch, ms(forward), ms(one), ms(nine / 9), ms(torchOne), ms(torchNine / 9)],
        ...[torchOne / one, torchNine / nine, one / forward, nine / forward].map((ratio) => ratio.toFixed(2)),
        first.toFixed(2),
      ];
      // All take more than half an hour: what is ended before has said what it found.
      console.error(row.join('  '));
      rows.push(row);
    }
  });
  return rows;
}
