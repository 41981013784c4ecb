import type { Preprocessing } from '../../protocol/sideFile';
import type { Network } from '../network/network';

/**
 * When a reader reads the weights: `now`, each checked, or `deferred`, those that are large only when something asks for
 * their numbers.
 */
export type WeightReading = 'now' | 'deferred';

/** Where the colours are in a model's input: [C, H, W], [H, W, C], or no image axes at all. */
export type InputLayout = 'nchw' | 'nhwc' | 'flat';

/** A preprocessing that the model's file itself names, and where in the file it does. */
export interface DeclaredPreprocessing {
  readonly preprocessing: Preprocessing;
  readonly source: string;
}

/** What a reader makes of a model's files. */
export interface LoadedModel {
  /** Input `x` [-1, …inputShape], output `logits` [-1, K]: what the file computes, a closing Softmax included. */
  readonly network: Network;
  readonly format: 'onnx' | 'keras' | 'keras-h5' | 'savedmodel' | 'tfjs-layers' | 'tfjs-graph';
  /** What wrote the file, with its version, where the file says. */
  readonly producer: string | null;
  /** Without the batch, in the file's own order of axes. */
  readonly inputShape: readonly number[];
  readonly layout: InputLayout;
  readonly classes: readonly string[] | null;
  readonly preprocessing: DeclaredPreprocessing | null;
  /** A sentence, where the network itself begins with constant arithmetic on its input. */
  readonly insidePreprocessing: string | null;
  /** The number of trained numbers. */
  readonly parameters: number;
  /** How often each operator or layer stands in the file, by the file's names. */
  readonly operators: Readonly<Record<string, number>>;
  /** What the reader decided where the file left a choice: sentences for the report. */
  readonly notes: readonly string[];
}
