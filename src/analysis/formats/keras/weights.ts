import { AnalysisError } from '../../base/errors';
import type { Hdf5File, Weight } from './hdf5';

/** Where a layer is, from the outermost model inwards. */
export interface LayerAddress {
  /** Names of the layers that lead to it, its own last. */
  readonly names: readonly string[];
  /** The group of a .keras file in which its variables are, '' elsewhere. */
  readonly group: string;
}

/** The variables of a model's layers. */
export interface WeightStore {
  /**
   * Where the layers of a model are, by name.
   *
   * @param parent where the model is
   * @param layers those that Keras counts, in the order of the configuration
   */
  addresses(
    parent: LayerAddress,
    layers: readonly { readonly name: string; readonly className: string }[],
  ): ReadonlyMap<string, LayerAddress>;
  /**
   * @param layer where the layer is
   * @param names its variables in the order in which Keras makes them; "query/kernel" is in a part of the layer
   * @throws AnalysisError 'model-unreadable' where one is not there
   */
  variables(layer: LayerAddress, names: readonly string[]): readonly Weight[];
}

/** "BatchNormalization" to "batch_normalization", as keras.src.utils.naming does. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * The variables of model.weights.h5 in a .keras file: `layers/<group>/vars/<index>`. Groups are named by class and a
 * counter in the order of the configuration, never by the layer's own name, which may be the group of another layer.
 */
export class KerasArchiveWeights implements WeightStore {
  /** Keras 2.12 has another name for the layers, and counts those with variables twice. */
  private readonly first: boolean;

  constructor(
    private readonly file: Hdf5File,
    private readonly name: string,
  ) {
    this.first = file.has(FIRST_CONTAINER);
  }

  addresses(
    { names, group }: LayerAddress,
    layers: readonly { readonly name: string; readonly className: string }[],
  ): ReadonlyMap<string, LayerAddress> {
    const container = this.first ? FIRST_CONTAINER : 'layers';
    const counts = new Map<string, number>();
    return new Map(
      layers.map(({ name, className }) => {
        const stem = snakeCase(className);
        const count = counts.get(stem) ?? 0;
        const own = `${group}${group === '' ? '' : '/'}${container}/${count === 0 ? stem : `${stem}_${count}`}`;
        counts.set(stem, count + (this.first && this.holdsVariables(own) ? 2 : 1));
        return [name, { names: [...names, name], group: own }];
      }),
    );
  }

  variables(layer: LayerAddress, names: readonly string[]): readonly Weight[] {
    const own = layer.names[layer.names.length - 1];
    const counts = new Map<string, number>();
    return names.map((name) => {
      const part = name.includes('/') ? this.part(layer.group, name.slice(0, name.indexOf('/'))) : '';
      const index = counts.get(part) ?? 0;
      counts.set(part, index + 1);
      const group = `${layer.group}${part}/vars`;
      const written = part === '' ? this.file.text(group, 'name') : undefined;
      if (written !== undefined && written !== own) {
        throw new AnalysisError(
          'model-unreadable',
          `${this.name}: the weights "${group}" must be those of layer "${own}", but are named "${written}"; ` +
            'the configuration and the weights do not belong together.',
        );
      }
      return found(this.file, `${group}/${index}`, own, name, this.name);
    });
  }

  private holdsVariables(group: string): boolean {
    return this.file.keys(group).some((key) => {
      const inside = `${group}/${key}`;
      return key === 'vars' ? this.file.keys(inside).length > 0 : this.holdsVariables(inside);
    });
  }

  /** Keras 3 calls an attention layer's parts query_dense, …; Keras 2 calls them _query_dense, …. */
  private part(group: string, name: string): string {
    const stem = name.replace('attention_', '');
    const candidates = [`/${stem}_dense`, `/_${stem}_dense`];
    return candidates.find((part) => this.file.has(`${group}${part}`)) ?? candidates[0];
  }
}

const FIRST_CONTAINER = '_layer_checkpoint_dependencies';

/** What Keras 2 calls otherwise. */
export const otherNames: Readonly<Record<string, string | undefined>> = { kernel: 'depthwise_kernel' };

/** The variables of an .h5 file, by name: a model inside a model keeps all of its variables under the outer layer. */
export class LegacyWeights implements WeightStore {
  private readonly pathsOf = new Map<string, readonly string[]>();

  constructor(
    private readonly file: Hdf5File,
    private readonly name: string,
    private readonly root: string,
  ) {}

  addresses({ names }: LayerAddress, layers: readonly { readonly name: string }[]): ReadonlyMap<string, LayerAddress> {
    return new Map(layers.map(({ name }) => [name, { names: [...names, name], group: '' }]));
  }

  variables(layer: LayerAddress, names: readonly string[]): readonly Weight[] {
    const own = layer.names[layer.names.length - 1];
    const outer = layer.names[0];
    const paths = this.paths(outer);
    if (paths.some((path) => path.includes(`${own}/lora_`))) {
      throw new AnalysisError(
        'unsupported-op',
        `${this.name}: layer "${own}" keeps low-rank updates (LoRA) beside its weights; save the model as .keras, which adds them.`,
      );
    }
    return names.map((name, i) => {
      const named = this.path(layer, name) ?? this.path(layer, otherNames[name] ?? name);
      // Some layers leave their own name out, or the variable's; then its place tells.
      const placed = layer.names.length === 1 && paths.length === names.length ? paths[i] : undefined;
      const path = named ?? placed ?? `${own}/${name}`;
      return found(this.file, `${this.root}${outer}/${path}`, own, name, this.name);
    });
  }

  private path({ names }: LayerAddress, variable: string): string | undefined {
    return nearestPath(this.paths(names[0]), names, variable, this.name);
  }

  private paths(outer: string): readonly string[] {
    let paths = this.pathsOf.get(outer);
    if (paths === undefined) {
      paths = this.file.texts(`${this.root}${outer}`, 'weight_names') ?? [];
      this.pathsOf.set(outer, paths);
    }
    return paths;
  }
}

/**
 * Which of some paths is that of a layer's variable; undefined where none is.
 *
 * @param names of the layers that lead to it, its own last
 * @param file for messages
 * @throws AnalysisError 'model-unreadable' where it is not clear which
 */
export function nearestPath(
  paths: readonly string[],
  names: readonly string[],
  variable: string,
  file: string,
): string | undefined {
  const wanted = `${names[names.length - 1]}/${variable}`;
  const matches = paths.filter((path) => `/${path.replace(/:\d+$/, '')}`.endsWith(`/${wanted}`));
  // A layer of that name may stand deeper inside, too; then its path is longer.
  const depth = (path: string) => path.split('/').length;
  const least = Math.min(...matches.map(depth));
  const nearest = matches.filter((path) => depth(path) === least);
  if (nearest.length <= 1) return nearest[0];
  throw new AnalysisError(
    'model-unreadable',
    `${file}: ${nearest.length} variables are named "${wanted}"; ` +
      'give the layers of the models inside the model different names, or save as .keras.',
  );
}

function found(file: Hdf5File, path: string, layer: string, variable: string, name: string): Weight {
  if (!file.has(path)) {
    throw new AnalysisError(
      'model-unreadable',
      `${name}: layer "${layer}" must have its ${variable} at "${path}", and there is nothing; ` +
        'save the whole model again with model.save().',
    );
  }
  return file.tensor(path);
}
