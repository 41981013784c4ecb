import { AnalysisError } from '../../base/errors';
import type { ModelFiles } from '../../files/modelFiles';
import type { Choices, Settled } from '../format';
import type { TensorflowGraph } from '../tensorflow/graphDef';
import { Checkpoint, type StoredTensor } from './checkpoint';
import { flattened } from './flatten';
import { Resolver } from './resolve';
import { checkpointKeys, isVariable, type StoredUnder, variableName } from './restoring';
import { decodeSavedModel, type MetaGraph, type SavedModelProto } from './savedModelProto';
import { mainScope, type Place, type Scope } from './scope';
import { servingGraph, signatureOf } from './signature';

/** What a SavedModel computes, and what there is to say of it. */
export interface SavedModelGraph {
  readonly graph: TensorflowGraph;
  /** The version of TensorFlow that wrote it, where it says. */
  readonly version: string | null;
  /** The number of numbers in the variables that the graph uses. */
  readonly parameters: number;
  readonly settled: Settled;
  readonly notes: readonly string[];
}

/**
 * Reads the graph of one signature of a SavedModel, with its functions inlined and its variables as constants, which are
 * read when they are asked for.
 *
 * @param files stay open; the variables' files join them
 * @param choices its signature (serving_default, serve or the only one unless told) and the output of that
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded'; 'invalid-input' where the signature or
 *   the output must be named
 */
export async function savedModelGraph(files: ModelFiles, choices: Choices): Promise<SavedModelGraph> {
  const { path } = files;
  const meta = servingGraph(decodedFile(files), path);
  const { input, inputShape, output, settled, notes } = signatureOf(meta, choices, path);
  const main = mainScope(meta, files.main);
  const checkpoint = hasVariables(meta) ? await Checkpoint.open(files) : undefined;
  try {
    const version = meta.metaInfo?.tensorflowVersion ?? '';
    const variables = new Variables(checkpoint, meta, main);
    const flat = flattened(main, new Resolver(input), output, input, (place) => variables.tensor(place));
    return {
      graph: { ...flat, input, inputShape },
      version: version === '' ? null : version,
      parameters: variables.parameters,
      settled,
      notes,
    };
  } catch (cause) {
    if (cause instanceof AnalysisError) throw cause;
    throw new AnalysisError('model-unreadable', `${path} is damaged: ${String(cause)}.`, { cause });
  }
}

function decodedFile({ path, main }: ModelFiles): SavedModelProto {
  try {
    return decodeSavedModel(main);
  } catch (cause) {
    throw new AnalysisError('model-unreadable', `${path} is no SavedModel, or is cut off: ${String(cause)}.`, {
      cause,
    });
  }
}

/** Whether there is anything to restore: frozen graphs come without a checkpoint. */
function hasVariables({ graphDef }: MetaGraph): boolean {
  return graphDef?.node.some(isVariable) === true;
}

/** The variables of a model, each once. */
class Variables {
  parameters = 0;
  private readonly keys: ReadonlyMap<string, StoredUnder>;
  private readonly known = new Map<string, StoredTensor>();

  constructor(
    private readonly checkpoint: Checkpoint | undefined,
    meta: MetaGraph,
    main: Scope,
  ) {
    this.keys = checkpoint === undefined ? new Map() : checkpointKeys(meta, main, new Resolver(''));
  }

  tensor(place: Place): StoredTensor {
    const name = variableName(place);
    let tensor = this.known.get(name);
    if (tensor !== undefined) return tensor;
    const stored = this.keys.get(name);
    if (this.checkpoint === undefined || stored === undefined) {
      throw new AnalysisError(
        'model-unreadable',
        `SavedModel: nothing restores the variable "${name}". Export the model again with tf.saved_model.save.`,
      );
    }
    tensor = this.checkpoint.tensor(stored.key, name, stored.slice);
    this.known.set(name, tensor);
    if (tensor.type === 'float32') this.parameters += tensor.count;
    return tensor;
  }
}
