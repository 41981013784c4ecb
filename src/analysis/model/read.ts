import type { ModelFiles, ModelIdentity } from '../files/modelFiles';
import type { Choices, LoadedModel, WeightReading } from '../formats/format';
import { loadModel, openModelFiles } from '../formats/load';
import { stripHead } from '../network/head';
import type { Network } from '../network/network';
import { isStepped, smoothness } from '../network/smoothness';
import type { Smoothness } from './classifier';

export { OpenSizeError } from '../formats/openInput';

/** What a model file holds, as a network of logits, before any backend. */
export interface DescribedModel {
  readonly path: string;
  readonly loaded: LoadedModel;
  /** Input x, output logits; the head is stripped. */
  readonly network: Network;
  readonly headStripped: string | null;
  /** Whether each of several outputs had a sigmoid of its own, so that the model may not choose between them. */
  readonly multiLabel: boolean;
  /** What to know before trusting the results: of the file, and of the model as a classifier. */
  readonly notes: readonly string[];
  /** K. */
  readonly classes: number;
  readonly smoothness: Smoothness;
  /** Whether it rounds its activations, so that its logits jump. */
  readonly stepped: boolean;
  readonly identity: ModelIdentity;
}

/** A described model of which everything is read. */
export interface ReadModel extends DescribedModel {
  /** Of the contents of all files of the model, in their order. */
  readonly sha256: string;
}

/** What is decided outside of a model's file where it leaves a choice. */
export interface ModelReading extends Choices {
  /** Whether one linear output is the logit of class 1 against class 0. */
  readonly binary?: boolean | undefined;
}

/**
 * Reads a model file. A large one takes a while, in which others have their turns and it can be stopped.
 *
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input' (regression models, several inputs, choices that
 *   do not fit the file), 'limit-exceeded'; an OpenSizeError where the size of the images is open
 */
export async function readModel(path: string, reading: ModelReading = {}, signal?: AbortSignal): Promise<ReadModel> {
  const files = await openModelFiles(path);
  try {
    return { ...(await described(files, reading, 'now', signal)), sha256: await files.sha256(signal) };
  } finally {
    files.dispose();
  }
}

/**
 * Describes a model file without its weights: of those that are large, `use` reads what it asks for, and whether they are
 * finite is not checked. The network is of no use afterwards.
 *
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input' or 'limit-exceeded', as readModel
 */
export async function withDeferredWeights<T>(
  path: string,
  reading: ModelReading,
  use: (model: DescribedModel) => T,
): Promise<T> {
  const files = await openModelFiles(path);
  try {
    return use(await described(files, reading, 'deferred'));
  } finally {
    files.dispose();
  }
}

async function described(
  files: ModelFiles,
  { binary = false, ...choices }: ModelReading,
  weights: WeightReading,
  signal?: AbortSignal,
): Promise<DescribedModel> {
  const loaded = await loadModel(files, weights, choices, signal);
  const logits = stripHead(loaded.network, { binary });
  const { path, identity } = files;
  const { averaged, multiLabel, network } = logits;
  const warnings = [...(multiLabel ? [severalLabels(logits.classes)] : []), ...(averaged ? [PROBABILITIES] : [])];
  const notes = [...loaded.notes, ...warnings];
  return { path, loaded, ...logits, smoothness: smoothness(network), stepped: isStepped(network), identity, notes };
}

/** The warning that a margin of probabilities is no margin of logits. */
const PROBABILITIES =
  'The outputs are averages of probabilities (of several networks, or of views of the image) or logarithms of such, not ' +
  'logits. Boundaries, distances and curvature are those of the average; margins are differences of the outputs, and where ' +
  'one class is almost certain their gradients all but vanish.';

/** The warning that the geometry of one choice is put on a model that makes several. */
function severalLabels(classes: number): string {
  return (
    `Each of the ${classes} outputs has a sigmoid of its own, so an image may carry several labels, or none. The analysis ` +
    'chooses the largest output: its boundaries are where two outputs are equal, not where one passes 1/2.'
  );
}
