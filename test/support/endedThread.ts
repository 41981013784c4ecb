/**
 * A process of its own, as the thread of sessions is one a process: ends that thread, prints what became of what was asked, and
 * ends while another computes.
 */
import process from 'node:process';
import type { Worker } from 'node:worker_threads';

import type { Executable } from '../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../src/analysis/backends/onnxruntime/sessions';
import { randomConstant } from '../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import { HEAVY } from '../../src/analysis/network/weights';

/** What is printed, as JSON; why something was rejected, or null where it was not. */
export interface AfterItsEnd {
  /** Of what was asked before the thread failed and after. */
  readonly pending: readonly (string | null)[];
  /** What its session is asked once it has ended. */
  readonly later: string | null;
  /** What becomes of a heavy network's weights that the thread had been lent. */
  readonly weights: string | null;
  /** Threads that there were when the first had ended and two more networks were loaded. */
  readonly threads: number;
  /** The first number that each of these gives, of which the second is released, twice, while it runs. */
  readonly results: readonly number[];
}

const width = 512;
/** So many that they are still computed when the process ends. */
const images = 8192;

async function main(): Promise<void> {
  const threads: Worker[] = [];
  process.on('worker', (thread) => threads.push(thread));
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, width]);
  const network = { inputs: { x }, outputs: { y: b.matMul(x, randomConstant(b, [width, width])) } };
  const backend = await onnxruntimeBackend({ threads: 1 });
  const ask = async (one: Executable, count: number): Promise<number> => {
    const { y } = await one.run({ x: { data: new Float32Array(count * width).fill(1), shape: [count, width] } });
    return y[0];
  };

  const heavy = {
    inputs: { x },
    outputs: { y: b.matMul(x, b.constant(new Float32Array(HEAVY / 4), [width, HEAVY / 4 / width])) },
  };

  await backend.load(heavy);
  const first = await backend.load(network);
  const ended = new Promise((resolve) => threads[0].once('exit', resolve));
  const before = await whyNot(ask(first, 2));
  // No question: the thread fails over it.
  threads[0].postMessage(null);
  const pending = [before, await whyNot(ask(first, 2))];

  // It has said so, and not yet ended.
  const second = await backend.load(network);
  await ended;
  const later = await whyNot(ask(first, 2));
  const weights = await whyNot(backend.load(heavy));
  const third = await backend.load(network);
  const last = ask(third, 2);
  await Promise.all([first.dispose(), third.dispose(), third.dispose()]);
  const found: AfterItsEnd = {
    pending,
    later,
    weights,
    threads: threads.length,
    results: [await ask(second, 2), await last],
  };
  process.stdout.write(JSON.stringify(found));

  void ask(second, images);
  process.exit();
}

async function whyNot(asked: Promise<unknown>): Promise<string | null> {
  return asked.then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

void main();
