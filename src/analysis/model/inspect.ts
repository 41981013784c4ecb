import type { Inspection } from '../../protocol/job';
import type { WeightReading } from '../formats/format';
import { NoImageError } from '../images/preprocess';
import { operatorsWithoutRule } from '../network/differentiate';
import { type DescribedModel, readModel, withDeferredWeights } from './read';
import { classNamesOf, planOf, readStatements, type Said, type Statements } from './statements';

/**
 * What a model file says about itself, without running it.
 *
 * @param weights `now` reads and checks the whole file and hashes it; `deferred` reads what the answer needs, takes no
 *   longer for a large file than for a small one, and leaves `sha256` out
 * @param said what the user says of it
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input', 'limit-exceeded'
 */
export async function inspect(path: string, weights: WeightReading = 'now', said: Said = {}): Promise<Inspection> {
  const statements = await readStatements(path, said);
  const { choices } = statements;
  if (weights === 'deferred') {
    return withDeferredWeights(path, choices, (model) => inspection(model, statements, null));
  }
  const model = await readModel(path, choices);
  return inspection(model, statements, model.sha256);
}

function inspection(model: DescribedModel, statements: Statements, sha256: string | null): Inspection {
  const { loaded } = model;
  const { classes: named, notes } = classNamesOf(model, statements);
  return {
    path: model.path,
    format: loaded.format,
    producer: loaded.producer,
    sha256,
    identity: model.identity,
    inputShape: [...loaded.inputShape],
    layout: loaded.layout,
    classes: model.classes,
    classNames: named ? [...named.names] : null,
    classesSource: named?.source ?? null,
    operators: loaded.operators,
    parameters: loaded.parameters,
    smoothness: model.smoothness,
    headStripped: model.headStripped,
    stepped: model.stepped,
    preprocessing: preprocessingOf(model, statements),
    operatorsWithoutGradient: operatorsWithoutRule(model.network).map(({ op, label }) =>
      label ? `${op} (${label})` : op,
    ),
    notes: [...model.notes, ...statements.companions.notes, ...notes],
  };
}

/** How images are prepared; where none can be, that, and why: arrays may be given to such a model. */
function preprocessingOf(model: DescribedModel, statements: Statements): Inspection['preprocessing'] {
  try {
    const plan = planOf(model, statements, false);
    const { source, sentence } = plan;
    return { source, sentence, ...(plan.source !== 'none' && { channels: plan.preprocessing.channels }) };
  } catch (error) {
    if (!(error instanceof NoImageError)) throw error;
    return { source: 'none', sentence: `None: ${error.message}.` };
  }
}
