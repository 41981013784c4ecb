import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onnxruntimeBackend } from '../../src/analysis/backends/onnxruntime/sessions';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { Vector } from '../../src/analysis/math/vector';
import { classifierOf } from '../../src/analysis/model/networkClassifier';
import { readModel } from '../../src/analysis/model/read';
import { PythonProcess } from './pythonProcess';

/** A network that the script exported, and the batches at which it is timed. */
interface Subject {
  readonly name: string;
  readonly side: number;
  readonly batches: readonly number[];
  readonly file: string;
}

/** Seconds that each measurement takes; they come in turns, so that what else the machine does disturbs both alike. */
const seconds = 0.5;
const turns = 3;

/**
 * ms an image of gradients here and in PyTorch's eager mode with its better layout, two threads each, and what a gradient
 * costs in forward passes.
 *
 * @param python - an interpreter that has what `test/bench/python/requirements.txt` names.
 * @param wanted - names of networks; all where there are none.
 */
export async function besideTorch(python: string, wanted: readonly string[]): Promise<(string | number)[][]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-torch-'));
  const process = new PythonProcess(python, 'speed.py', [folder, ...wanted]);
  const rows: (string | number)[][] = [];
  try {
    for (;;) {
      const { fields } = await process.receive();
      if (fields['end'] === true) return rows;
      rows.push(...(await timed(process, fields as unknown as Subject)));
      process.send({ next: true });
    }
  } finally {
    process.end();
    rmSync(folder, { recursive: true });
  }
}

async function timed(process: PythonProcess, { name, side, batches, file }: Subject): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  const { network, classes, smoothness } = await readModel(file);
  for (const batch of batches) {
    const backend = await onnxruntimeBackend({ threads: 2 });
    const { classifier, dispose } = classifierOf(network, { classes, smoothness }, backend, { batch, memory: 2 ** 31 });
    const xs = Array.from({ length: batch }, (_, i) => gaussianVector(3 * side * side, seededRandom(11, i)));
    const asked = Array.from({ length: 9 }, (_, i) =>
      Float64Array.from({ length: classes }, (__, k) => Number(k === i)),
    );
    const ours = (work: (x: Vector) => Promise<unknown>): Promise<number> => fastest(() => Promise.all(xs.map(work)));
    const theirs = async (cotangents: number): Promise<number> => {
      process.send({ batch, cotangents, seconds });
      return (await process.receive()).fields['ms'] as number;
    };
    let best = [Infinity, Infinity, Infinity, Infinity, Infinity];
    for (let turn = 0; turn < turns; turn++) {
      const times = [
        await ours((x) => classifier.logits(x)),
        await ours((x) => classifier.gradients(x, asked.slice(0, 1))),
        await ours((x) => classifier.gradients(x, asked)),
        await theirs(1),
        await theirs(9),
      ];
      best = best.map((time, i) => Math.min(time, times[i] ?? Infinity));
    }
    await dispose();
    const [forward = 0, one = 0, nine = 0, torchOne = 0, torchNine = 0] = best.map((time) => time / batch);
    const ms = (time: number): string => time.toPrecision(2);
    rows.push([
      ...[name, batch, ms(forward), ms(one), ms(nine / 9), ms(torchOne), ms(torchNine / 9)],
      ...[torchOne / one, torchNine / nine, one / forward, nine / forward].map((ratio) => ratio.toFixed(2)),
    ]);
  }
  return rows;
}

/** ms of the fastest of the runs that fit into the seconds, three at least. */
async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  const end = performance.now() + 1000 * seconds;
  for (let runs = 0; runs < 3 || performance.now() < end; runs++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
