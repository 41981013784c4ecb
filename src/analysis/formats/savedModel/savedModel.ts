import { inTurns } from '../../base/steps';
import type { ModelFiles } from '../../files/modelFiles';
import type { Choices, LoadedModel } from '../format';
import { readGraph } from '../tensorflow/graph';
import { savedModelGraph } from './savedModelGraph';

/**
 * The model that a SavedModel of TensorFlow 1 or 2 is for one of its signatures. Its assets are not read.
 *
 * @param files of saved_model.pb; they stay open, the files of the variables join them, and large weights are read from them
 *   when they are asked for
 * @param choices its signature (serving_default, serve or the only one unless told), and what that leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded'; 'invalid-input' where the signature or the
 *   output must be named, or the choices do not fit the file
 */
export async function readSavedModel(files: ModelFiles, choices: Choices, signal?: AbortSignal): Promise<LoadedModel> {
  const { graph, version, parameters, settled, notes } = await savedModelGraph(files, choices);
  const model = await inTurns(readGraph(graph, choices), signal);
  return {
    ...model,
    format: 'savedmodel',
    producer: version === null ? null : `TensorFlow ${version}`,
    settled: { ...model.settled, ...settled },
    classes: null,
    // Graphs without variables are frozen: their weights are constants.
    parameters: parameters > 0 ? parameters : model.parameters,
    notes: [...notes, ...model.notes],
  };
}
