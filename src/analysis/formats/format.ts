import type { Preprocessing } from '../../protocol/sideFile';
import type { Layout } from '../../protocol/words';
import type { Network } from '../network/network';

/**
 * When a reader reads the weights: `now`, each checked, or `deferred`, those that are large only when something asks for
 * their numbers.
 */
export type WeightReading = 'now' | 'deferred';

/** Where the colours are in a model's input: [C, H, W], [H, W, C], or no image axes at all. */
export type InputLayout = Layout;

/** Height and width of images, and who says so. */
export interface InputSize {
  readonly size: readonly [number, number];
  readonly source: string;
}

/** What is decided outside of a model's file where it leaves a choice. */
export interface Choices {
  /** The user's height and width, for an input that leaves them open; a file that fixes others is refused. */
  readonly inputSize?: InputSize | undefined;
  /** What a file beside the model says of them, which gives way to the model's. */
  readonly statedSize?: InputSize | undefined;
  /** The number of channels that a file beside the model says, where neither the model's input nor its weights do. */
  readonly statedChannels?: number | undefined;
  /** Which of a SavedModel's signatures is the model. */
  readonly signature?: string | undefined;
  /** The name of the output that holds the class scores, where there are several. */
  readonly output?: string | undefined;
}

/** What was decided of what a model's file leaves open: part of what every result depends on. */
export interface Settled {
  /** Height and width, where the file leaves one of them open. */
  readonly inputSize?: readonly [number, number];
  /** The signature that is taken, where there are several. */
  readonly signature?: string;
  /** The output that is taken, where there are several. */
  readonly output?: string;
}

/** A preprocessing that the model's file itself names, and where in the file it does. */
export interface DeclaredPreprocessing {
  readonly preprocessing: Preprocessing;
  readonly source: string;
}

/** What a reader makes of a model's files. */
export interface LoadedModel {
  /** Input `x` [-1, …inputShape], output `logits` [-1, K]: what the file computes, a closing Softmax included. */
  readonly network: Network;
  readonly format: 'onnx' | 'keras' | 'keras-h5' | 'savedmodel' | 'tfjs-graph' | 'tfjs-layers' | 'torch-export';
  /** What wrote the file, with its version, where the file says. */
  readonly producer: string | null;
  /** Without the batch, in the file's own order of axes. */
  readonly inputShape: readonly number[];
  readonly layout: InputLayout;
  /** What its file leaves open, as it is read here. */
  readonly settled: Settled;
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
