import { AnalysisError } from '../../../src/analysis/base/errors';
import { inspect } from '../../../src/analysis/model/inspect';
import { openModel } from '../../../src/analysis/model/open';
import { type ReadModel, readModel } from '../../../src/analysis/model/read';
import { networkOf } from '../../../src/analysis/network/differentiate';
import { peakBytes } from '../../../src/analysis/network/peakMemory';

/** Bytes of the gradient's values up to which a model is also asked. */
const SMALL = 2 ** 24;

/** What became of a file that nobody vouches for. */
export type Outcome = 'read' | 'refused';

/** How a file is read: without its weights, as it is inspected; with them; or so that its gradient is asked for as well. */
export type Way = 'inspected' | 'read' | 'asked';

/**
 * Reads a model; what was read is differentiated too.
 *
 * @throws whatever is thrown but an AnalysisError
 */
export async function outcomeOf(path: string, ways: readonly Way[]): Promise<Outcome> {
  const outcomes: boolean[] = [];
  for (const way of ways) {
    const done = await unlessRefused(async () => {
      if (way === 'inspected') return inspect(path, 'deferred');
      const model = await readModel(path);
      await unlessRefused(() => answered(model, way === 'asked'));
      return model;
    });
    outcomes.push(done !== undefined);
  }
  return outcomes.some(Boolean) ? 'read' : 'refused';
}

async function answered(model: ReadModel, asked: boolean): Promise<void> {
  const gradient = networkOf(model.network, 'gradients', 1);
  if (!asked || peakBytes(gradient) > SMALL) return;
  const open = await openModel(model, { backend: 'auto', binary: false, memory: SMALL, threads: 1 });
  const numbers = model.loaded.inputShape.reduce((product, extent) => product * extent, 1);
  const cotangent = Float64Array.from({ length: model.classes }, (_, i) => Math.cos(i));
  try {
    await open.classifier.gradients(new Float64Array(numbers).fill(0.25), [cotangent]);
  } finally {
    await open.dispose();
  }
}

async function unlessRefused<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}
