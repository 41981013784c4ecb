import type { Inspection } from '../../protocol/job';
import { planPreprocessing } from '../images/preprocess';
import { readSideFile } from '../images/sideFile';
import { operatorsWithoutRule } from '../network/differentiate';
import { readModel } from './read';

/**
 * What a model file says about itself, without running it.
 *
 * @throws AnalysisError 'model-unreadable', 'invalid-input'.
 */
export async function inspect(path: string): Promise<Inspection> {
  const sideFile = await readSideFile(path, undefined);
  const model = await readModel(path, sideFile?.binary ?? false);
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
    path,
    format: loaded.format,
    producer: loaded.producer,
    sha256: model.sha256,
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
    notes: [...loaded.notes],
  };
}
