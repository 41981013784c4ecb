import type { BackendId } from '../../protocol/words';
import type { Network } from '../network/network';

/** What enters a run: row-major elements, and the shape with the batch as a number. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Gives the array of so many elements in which an output of this name is to lie. */
export type Memory = (name: string, length: number) => Float32Array;

/** A network made ready to run. Runs may overlap; each result depends on its own feeds only. */
export interface Executable {
  /**
   * The network's outputs by name, row-major.
   *
   * @param feeds one tensor for each input of the network, read until the run ends
   * @param memory gives the arrays that are answered; new ones where it is left out
   * @throws AnalysisError 'limit-exceeded' when memory runs out, 'device-lost' when it will not answer any more; a network that
   *   is loaded again may
   */
  run(feeds: Readonly<Record<string, Tensor>>, memory?: Memory): Promise<Record<string, Float32Array>>;
  /** Frees the memory; after it, nothing runs. */
  dispose(): Promise<void>;
}

/** What a backend is told when it is made. */
export interface BackendOptions {
  /** All of the processor's where it is left out. */
  readonly threads?: number | undefined;
  /** Bytes that batches may take; a gigabyte where it is left out. */
  readonly memory?: number | undefined;
  /** Which of several graphics cards, from 0; the first where it is left out. */
  readonly device?: number | undefined;
  /** The folder whose node_modules has @tensorflow/tfjs-node; the program's own where it is left out. */
  readonly tensorflow?: string | undefined;
}

/** What batches have to allow for. */
export interface Allowances {
  /** What a run holds, bytes an image whose values need so many at a time; see peakBytes. */
  readonly held: (bytesOfImage: number) => number;
  /** So many images are always taken together: fewer take no less time. */
  readonly smallestBatch: number;
  /** The first batch that is tried. */
  readonly firstBatch: number;
  /** Whether it prepares itself anew for a batch of another size than the last: such are filled up. */
  readonly keepsSize?: boolean;
}

/** Something that runs networks. */
export interface Backend {
  readonly id: BackendId;
  /** The engine's own name for what it runs on. */
  readonly provider: string;
  /** The processor's name, or the graphics card's with its driver. */
  readonly device: string;
  /** Where the device does not tell it: what is another one once the driver is, for keys of results. Nothing to be read. */
  readonly driver?: string | undefined;
  /** Whether a graphics card is played by the processor, which is slower than asking that itself. */
  readonly isSoftware?: boolean;
  /** The engine's version. */
  readonly version: string;
  readonly threads: number;
  readonly allowances: Allowances;
  /**
   * How many images of a network are always taken together, where memory does not even hold the smallest batch; that where it is
   * left out.
   */
  readonly fewestImages?: (network: Network) => number;
  /** Bytes that batches may take on a device with memory of its own, where that is known. */
  readonly memory?: number | undefined;
  /**
   * Makes a network ready to run.
   *
   * @throws AnalysisError 'limit-exceeded' where its weights pass what the engine takes
   */
  load(network: Network): Promise<Executable>;
}
