import type { Executable } from '../../src/analysis/backends/backend';
import { BatchingClassifier, type BatchingOptions } from '../../src/analysis/model/batchingClassifier';

/** f(x) = (x₀, x₁): logits and gradients can be read off; every run's batch size is recorded, and seen while it runs. */
export function open(batches: number[], seen: (images: number) => void = () => undefined): BatchingOptions['open'] {
  const run: Executable['run'] = (feeds) => {
    const { data, shape } = feeds['x'];
    batches.push(shape[0]);
    seen(shape[0]);
    const logits = Float32Array.from(data);
    const cotangent = 'cotangent' in feeds ? feeds['cotangent'].data : [];
    if ('direction' in feeds) return Promise.resolve({ product: Float32Array.from(data) });
    return Promise.resolve({ logits, gradient: Float32Array.from(cotangent) });
  };
  const executable = Promise.resolve({ run, dispose: () => Promise.resolve() });
  return () => executable;
}

export function classifier(batches: number[], batch?: number, memory = 1024): BatchingClassifier {
  return new BatchingClassifier({
    open: open(batches),
    image: [2],
    classes: 2,
    smoothness: 'smooth',
    batch,
    memoryLimit: () => Promise.resolve(memory),
    bytesOfImage: () => Promise.resolve(1),
  });
}

export const point = (i: number): Float64Array => Float64Array.of(i, -i);

/** Logits like those above of a backend that answers, or fails with an error, only when it is told to, run by run. */
export function held(batch: number): {
  readonly shared: BatchingClassifier;
  /** The size of each batch. */
  readonly given: readonly number[];
  readonly answers: readonly ((failure?: Error) => void)[];
  readonly turns: () => Promise<void>;
} {
  const answers: ((failure?: Error) => void)[] = [];
  const given: number[] = [];
  const run: Executable['run'] = ({ x: { data, shape } }) => {
    given.push(shape[0]);
    const logits = data.slice();
    return new Promise((resolve, reject) => {
      answers.push((failure) => {
        if (failure) reject(failure);
        else resolve({ logits });
      });
    });
  };
  const executable = Promise.resolve({ run, dispose: () => Promise.resolve() });
  const shared = new BatchingClassifier({
    ...{ open: () => executable, image: [2], classes: 2, smoothness: 'smooth', batch },
    memoryLimit: () => Promise.resolve(1024),
    bytesOfImage: () => Promise.resolve(1),
  });
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { shared, given, answers, turns };
}
