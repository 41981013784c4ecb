import { AnalysisError } from '../../base/errors';
import type { Choices, Settled } from '../format';
import { chosenOutput } from '../outputs';
import { extents } from './attributes';
import { dataTypeName } from './elements';
import type { Entry, MetaGraph, SavedModelProto, SignatureDef, TensorInfo } from './savedModelProto';

const PREFERRED = ['serving_default', 'serve'];

/** What enters and leaves a graph when it is asked for class scores. */
export interface Signature {
  readonly name: string;
  /** The node that is the image. */
  readonly input: string;
  /** With the batch, -1 where an extent is open. */
  readonly inputShape: readonly number[];
  /** As `node:0`. */
  readonly output: string;
  /** What of it was chosen among several. */
  readonly settled: Settled;
  /** What was chosen where there was a choice: sentences for the report. */
  readonly notes: readonly string[];
}

/**
 * The graph for serving.
 *
 * @param file for messages
 * @throws AnalysisError 'model-unreadable' where there is none
 */
export function servingGraph(model: SavedModelProto, file: string): MetaGraph {
  const { metaGraphs } = model;
  const serving = metaGraphs.filter(({ metaInfo }) => metaInfo?.tags.includes('serve'));
  // Others run on TPUs, or train.
  const graph = serving.find(({ metaInfo }) => metaInfo?.tags.length === 1) ?? serving.at(0);
  if (graph?.graphDef) return graph;
  const tags = metaGraphs.map(({ metaInfo }) => `[${metaInfo?.tags.join(', ') ?? ''}]`);
  throw new AnalysisError(
    'model-unreadable',
    `${file} must hold a graph with the tag "serve", it has ${tags.join(', ') || 'none'}. ` +
      'Export it with tf.saved_model.save or model.export.',
  );
}

/**
 * The signature by which a model is asked, from the image to the class scores.
 *
 * @param choices its name and that of its output, where they were given
 * @param file for messages
 * @throws AnalysisError 'invalid-input' where there is no signature or output of that name, or none was named and several would do;
 *   'model-unreadable' where it takes or returns something else than one image and one vector
 */
export function signatureOf(graph: MetaGraph, choices: Choices, file: string): Signature {
  const { key, value, isOneOfSeveral } = chosen(graph, choices.signature, file);
  const image = only(value, key, file);
  const shape = image.tensorShape && extents(image.tensorShape);
  const type = dataTypeName(image.dtype);
  if (type === 'DT_STRING') {
    throw unreadable(
      file,
      `the signature "${key}" takes strings, such as encoded images. Export the network itself, which takes the image as numbers`,
    );
  }
  if (!shape || shape.length < 2) {
    throw unreadable(
      file,
      `the input of the signature "${key}" must be an image or a vector with the batch before it, got ` +
        (shape ? `[${shape.join(', ')}]` : 'any rank'),
    );
  }
  const [name, index = '0'] = image.name.split(':');
  if (name === '' || index !== '0') {
    throw unreadable(file, `the input of the signature "${key}" must be a tensor, got "${image.name}"`);
  }
  const notes: string[] = [];
  const output = scores(value, choices.output, `${file}, signature "${key}"`, (sentence) => notes.push(sentence));
  const settled: Settled = {
    ...(isOneOfSeveral && { signature: key }),
    ...(value.outputs.length > 1 && { output: output.name }),
  };
  return { name: key, input: name, inputShape: shape, output: output.tensor, settled, notes };
}

interface Named<V> {
  readonly key: string;
  readonly value: V;
}

function given<V>(entries: readonly Entry<V>[]): Named<V>[] {
  return entries.flatMap(({ key, value }) => (value === null ? [] : { key, value }));
}

interface ChosenSignature extends Named<SignatureDef> {
  readonly isOneOfSeveral: boolean;
}

function chosen(graph: MetaGraph, wanted: string | undefined, file: string): ChosenSignature {
  const all = given(graph.signatureDef);
  const usable = all.filter(({ value }) => value.inputs.length > 0 && value.outputs.length > 0);
  const isOneOfSeveral = usable.length > 1;
  const names = usable.map(({ key }) => `"${key}"`).join(', ');
  if (wanted !== undefined) {
    const named = usable.find(({ key }) => key === wanted);
    if (named !== undefined) return { ...named, isOneOfSeveral };
    throw new AnalysisError('invalid-input', `${file} has no signature "${wanted}"; it has ${names || 'none'}.`);
  }
  const preferred = PREFERRED.map((name) => usable.find(({ key }) => key === name)).find(
    (found) => found !== undefined,
  );
  if (preferred !== undefined) return { ...preferred, isOneOfSeveral };
  if (usable.length === 1) return { ...usable[0], isOneOfSeveral };
  if (isOneOfSeveral) {
    throw new AnalysisError(
      'invalid-input',
      `${file} has several signatures: ${names}. Name one with --signature, or with "signature" in boundary-lens.json.`,
    );
  }
  throw unreadable(
    file,
    'it has no signature to ask it by. Export it with model.export, or give tf.saved_model.save the argument signatures',
  );
}

/** The one input. */
function only({ inputs }: SignatureDef, signature: string, file: string): TensorInfo {
  const all = given(inputs);
  if (all.length === 1) return all[0].value;
  throw unreadable(
    file,
    `the signature "${signature}" takes ${all.length} tensors (${all.map(({ key }) => key).join(', ')}), but must take one ` +
      'image. Export a function of the image alone',
  );
}

/** The output of the shape [n, K]. */
function scores(
  { outputs }: SignatureDef,
  asked: string | undefined,
  format: string,
  note: (sentence: string) => void,
): { readonly name: string; readonly tensor: string } {
  const all = given(outputs);
  const vectors = all.filter(
    ({ value }) => value.tensorShape?.unknownRank !== true && value.tensorShape?.dim.length === 2,
  );
  const candidates = (all.length === 1 ? all : vectors).map(({ key, value }) => ({ name: key, tensor: value.name }));
  return chosenOutput({ format, found: all.map(describedOutput) }, candidates, asked, note);
}

function describedOutput({ key, value }: Named<TensorInfo>): string {
  const shape = value.tensorShape && extents(value.tensorShape);
  return `"${key}" ${shape ? `[${shape.join(', ')}]` : 'of any rank'}`;
}

function unreadable(file: string, reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `${file}: ${reason}.`);
}
