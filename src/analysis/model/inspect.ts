import type { Inspection } from '../../protocol/job';
import type { WeightReading } from '../formats/format';
import { planPreprocessing } from '../images/preprocess';
import { type FoundSideFile, readSideFile } from '../images/sideFile';
import { operatorsWithoutRule } from '../network/differentiate';
import { type DescribedModel, readModel, withDeferredWeights } from './read';

/**
 * What a model file says about itself, without running it.
 *
 * @param weights `now` reads and checks the whole file and hashes it; `deferred` reads what the answer needs, takes no
 *   longer for a large file than for a small one, and leaves `sha256` out
 * @param signature which of a SavedModel's signatures is the model
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input', 'limit-exceeded'
 */
export async function inspect(path: string, weights: WeightReading = 'now', signature?: string): Promise<Inspection> {
  const sideFile = await readSideFile(path, undefined);
  const reading = { binary: sideFile?.binary, signature: signature ?? sideFile?.signature };
  if (weights === 'deferred') {
    return withDeferredWeights(path, reading, (model) => inspection(model, sideFile, null));
  }
  const model = await readModel(path, reading);
  return inspection(model, sideFile, model.sha256);
}

function inspection(model: DescribedModel, sideFile: FoundSideFile | null, sha256: string | null): Inspection {
  const { loaded } = model;
  const plan = planPreprocessing({
    inputShape: loaded.inputShape,
    layout: loaded.layout,
    fromModel: loaded.preprocessing,
    sideFile,
    insideModel: loaded.insidePreprocessing,
    preprocessed: false,
  });
  const names = loaded.classes ?? sideFile?.classes;
  return {
    path: model.path,
    format: loaded.format,
    producer: loaded.producer,
    sha256,
    identity: model.identity,
    inputShape: [...loaded.inputShape],
    layout: loaded.layout,
    classes: model.classes,
    classNames: names ? [...names] : null,
    operators: loaded.operators,
    parameters: loaded.parameters,
    smoothness: model.smoothness,
    headStripped: model.headStripped,
    preprocessing: { source: plan.source, sentence: plan.sentence },
    operatorsWithoutGradient: operatorsWithoutRule(model.network).map(({ op, label }) =>
      label ? `${op} (${label})` : op,
    ),
    notes: [...model.notes],
  };
}
