import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { isJsonObject, type JsonObject } from '../../files/json';
import type { Choices } from '../format';
import { parseModel } from '../keras/config';
import { Weight } from '../keras/hdf5';
import { type TranslatedModel, translateModel } from '../keras/model';
import { type LayerAddress, nearestPath, otherNames, type WeightStore } from '../keras/weights';
import { numbersOf, type StoredWeight } from './manifest';

/**
 * The network of a layers model: a configuration of Keras, in TensorFlow.js's file.
 *
 * @param topology `modelTopology`: the configuration, or what holds it as `model_config`
 * @param choices for what it leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input' where the choices do not fit it
 */
export function layersModel(
  topology: JsonObject,
  weights: ReadonlyMap<string, StoredWeight>,
  file: string,
  choices: Choices,
): Steps<TranslatedModel> {
  const config = topology['model_config'] ?? topology;
  const version = topology['keras_version'];
  const keras = typeof version === 'string' && /^[3-9]/.test(version) ? 3 : 2;
  if (!isJsonObject(config)) {
    throw new AnalysisError('model-unreadable', `${file}: "model_config" must be the configuration of a model.`);
  }
  return translateModel(parseModel(config), new NamedWeights(weights, file), keras, choices);
}

/** The variables of a layers model: all in one list, by names that end in layer/variable. */
class NamedWeights implements WeightStore {
  private readonly paths: readonly string[];

  constructor(
    private readonly weights: ReadonlyMap<string, StoredWeight>,
    private readonly file: string,
  ) {
    this.paths = [...weights.keys()];
  }

  addresses({ names }: LayerAddress, layers: readonly { readonly name: string }[]): ReadonlyMap<string, LayerAddress> {
    return new Map(layers.map(({ name }) => [name, { names: [...names, name], group: '' }]));
  }

  variables({ names }: LayerAddress, variables: readonly string[]): readonly Weight[] {
    return variables.map((variable) => {
      const path = this.path(names, variable) ?? this.path(names, otherNames[variable] ?? variable);
      const stored = path === undefined ? undefined : this.weights.get(path);
      if (stored !== undefined) return this.weight(stored);
      const own = names[names.length - 1];
      throw new AnalysisError(
        'model-unreadable',
        `${this.file}: layer "${own}" must have its ${variable} in the weights manifest as "${own}/${variable}", ` +
          'and there is nothing; convert or save the model again.',
      );
    });
  }

  private path(names: readonly string[], variable: string): string | undefined {
    const whole = [...names, variable].join('/');
    return this.weights.has(whole) ? whole : nearestPath(this.paths, names, variable, this.file);
  }

  private weight(stored: StoredWeight): Weight {
    const { file } = this;
    const { name, shape, encoding } = stored;
    return new Weight(shape, function* () {
      const data = yield* numbersOf(stored);
      if (data instanceof Float32Array) return data;
      if (encoding.type === 'int64') return Float32Array.from(data);
      throw new AnalysisError('model-unreadable', `${file}: the weight "${name}" must hold numbers.`);
    });
  }
}
