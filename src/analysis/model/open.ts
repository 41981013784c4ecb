import type { BackendId } from '../../protocol/words';
import type { Backend } from '../backends/backend';
import type { Vector } from '../math/vector';
import { type Catalogue, type Chosen, chosenBackend, type Remembered } from './chosenBackend';
import { type AnsweringOptions, classifierOf, type NetworkClassifier } from './networkClassifier';
import type { ReadModel } from './read';

/** How a model is opened. */
export interface ModelOptions extends AnsweringOptions {
  readonly backend: BackendId | 'auto';
  readonly threads?: number | undefined;
  /** See BackendOptions. */
  readonly device?: number | undefined;
  readonly tensorflow?: string | undefined;
  /** One linear output is the logit of class 1 against class 0. */
  readonly binary: boolean;
  /** Where it is kept what `auto` took for a model; nowhere if left out. */
  readonly remembered?: Remembered;
  /** Where backends come from; this machine by default. */
  readonly catalogue?: Catalogue;
}

/** A model that can be asked. */
export interface OpenModel extends NetworkClassifier {
  readonly model: ReadModel;
  readonly backend: Backend;
  readonly refused: readonly { id: BackendId; reason: string }[];
  /**
   * The same model on the next backend that agrees, for where `auto` chose this one and it fails; null where there is none, or
   * where this one was named.
   */
  readonly elsewhere: (() => OpenModel) | null;
}

/**
 * Compiles a model's network for a backend that is to be believed.
 *
 * @param samples some images as the network sees them, shape (D,) each, on which a backend is tried
 * @throws AnalysisError 'invalid-input' where the backend is not there, 'unsupported-op' where its answers for this model are
 *   not onnxruntime's on the processor
 */
export async function openModel(
  model: ReadModel,
  options: ModelOptions,
  samples: () => Promise<readonly Vector[]> = () => Promise.resolve([]),
): Promise<OpenModel> {
  return opened(model, options, await chosenBackend(model, options, samples));
}

function opened(model: ReadModel, options: ModelOptions, { backend, refused, others }: Chosen): OpenModel {
  const [next, ...rest] = others;
  const elsewhere = () => opened(model, options, { backend: next, refused: [], others: rest });
  const compiled = classifierOf(model.network, model, backend, options);
  return { model, backend, refused, elsewhere: others.length > 0 ? elsewhere : null, ...compiled };
}
