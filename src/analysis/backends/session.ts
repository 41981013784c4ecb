import type { Network } from '../network/network';
import { elementCount } from '../network/shapes';
import type { Executable, Memory, Tensor } from './backend';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A network that an engine has made ready to run. */
export interface Session {
  /**
   * Computes the outputs that are asked for.
   *
   * @param feeds the inputs, read until the run ends
   * @param results where each output goes: nothing is allocated for a run that the caller has no use for after it
   */
  run(feeds: Tensors, results: Tensors): Promise<void>;
  /** Ends what runs early, where it can; the release follows. */
  interrupt?(): void;
  /** After it, nothing runs. */
  release(): Promise<void>;
  readonly engine?: Engine;
}

/** What runs a session, where that is not known before. */
export interface Engine {
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly isOnCard: boolean;
}

/** The first image of each of so many parts of a batch, and the first that is behind it. */
export function parts(images: number, count: number): (readonly [number, number])[] {
  const start = (i: number): number => Math.floor((i * images) / count);
  return Array.from({ length: count }, (_, i) => [start(i), start(i + 1)] as const);
}

/** The same names, each with what its value becomes. */
export function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  of: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value, name)]));
}

/** How many images a run is given. */
export function imagesOf(feeds: Tensors): number {
  return Object.values(feeds)[0].shape[0];
}

/** Entries of the first axis, in the same memory. */
export function rows({ data, shape: [count, ...rest] }: Tensor, from: number, to: number): Tensor {
  const each = data.length / count;
  return { data: data.subarray(from * each, to * each), shape: [to - from, ...rest] };
}

/** Where a network's outputs for so many images go, by name. */
export function resultsFor(
  network: Network,
  images: number,
  memory: Memory = (_, length) => new Float32Array(length),
): Record<string, Tensor> {
  return mapped(network.outputs, ({ shape: symbolic }, name) => {
    const shape = symbolic.map((dim) => (dim < 0 ? -dim * images : dim));
    return { data: memory(name, elementCount(shape)), shape };
  });
}

/** A network's session as backends give it. */
export function executableOf(network: Network, session: Session): Executable {
  return {
    run: async (feeds, memory) => {
      const results = resultsFor(network, imagesOf(feeds), memory);
      await session.run(feeds, results);
      return mapped(results, ({ data }) => data);
    },
    dispose: () => session.release(),
  };
}
