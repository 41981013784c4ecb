import type { Network } from '../network/network';
import type { Tensor } from './backend';

/** A network that an engine has made ready to run. */
export interface Session {
  /**
   * The outputs that are asked for, by name.
   *
   * @param feeds by name
   * @param shapes of the outputs
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    shapes: Readonly<Record<string, readonly number[]>>,
  ): Promise<Record<string, Float32Array<ArrayBuffer>>>;
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
export function mapped<T, U>(record: Readonly<Record<string, T>>, of: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}

/** How many images a run is given. */
export function imagesOf(feeds: Readonly<Record<string, Tensor>>): number {
  return Object.values(feeds)[0].shape[0];
}

/** Entries of the first axis, in the same memory. */
export function rows({ data, shape: [count, ...rest] }: Tensor, from: number, to: number): Tensor {
  const each = data.length / count;
  return { data: data.subarray(from * each, to * each), shape: [to - from, ...rest] };
}

/** The shapes of a network's outputs for so many images, by name. */
export function outputShapes(network: Network, images: number): Record<string, readonly number[]> {
  const shapes = Object.entries(network.outputs).map(([name, { shape }]) => {
    return [name, shape.map((dim) => (dim < 0 ? -dim * images : dim))] as const;
  });
  return Object.fromEntries(shapes);
}
