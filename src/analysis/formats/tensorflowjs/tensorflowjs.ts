import { basename } from 'node:path';

import { AnalysisError } from '../../base/errors';
import { inTurns, type Steps } from '../../base/steps';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../files/json';
import type { ModelFiles } from '../../files/modelFiles';
import type { Choices, LoadedModel } from '../format';
import { classNames, declaredPreprocessing, fittingClasses, metadataOf } from '../metadata';
import { type GraphModel, readGraph } from '../tensorflow/graph';
import { graphOf, type JsonGraph } from './graphJson';
import { layersModel } from './layers';
import { storedWeights } from './manifest';

/**
 * The model that a `model.json` and the shards beside it hold: layers of Keras, or a graph of TensorFlow's.
 *
 * @param files stay open; the shards join them, and large weights are read from them when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', or 'invalid-input' where the choices do not
 *   fit the file
 */
export async function readTensorflowJs(
  files: ModelFiles,
  choices: Choices,
  signal?: AbortSignal,
): Promise<LoadedModel> {
  const name = basename(files.path);
  const json = parseJson(new TextDecoder().decode(files.main.read(0, files.main.size)), name);
  const model = isJsonObject(json) ? json : {};
  const topology = model['modelTopology'];
  if (!isJsonObject(topology)) {
    throw new AnalysisError(
      'model-unreadable',
      `${name} holds weights without a model: "modelTopology" is missing. Save the whole model with model.save().`,
    );
  }
  const weights = await storedWeights(files, model['weightsManifest'] ?? []);
  const isGraph = 'node' in topology;
  const read = await inTurns(
    isGraph
      ? graphModel(graphOf(topology, model['signature'], weights, choices.output), choices)
      : layersModel(topology, weights, name, choices),
    signal,
  );
  const metadata = userMetadata(model['userDefinedMetadata']);
  const notes: string[] = [...read.notes];
  return {
    ...read,
    format: isGraph ? 'tfjs-graph' : 'tfjs-layers',
    producer: producerOf(model),
    classes: fittingClasses(classNames(metadata), read.network.outputs['logits'].shape[1], (note) => notes.push(note)),
    preprocessing: declaredPreprocessing(metadata, '"userDefinedMetadata" of the model') ?? read.preprocessing,
    notes,
  };
}

function* graphModel(graph: JsonGraph, choices: Choices): Steps<GraphModel> {
  const model = yield* readGraph(graph, choices);
  const { settled, notes } = graph;
  return { ...model, settled: { ...model.settled, ...settled }, notes: [...notes, ...model.notes] };
}

/** What the model's author left beside it, by key. */
function userMetadata(value: Json | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries(isJsonObject(value) ? value : {});
  return metadataOf(
    entries.map(([key, entry]) => ({ key, value: typeof entry === 'string' ? entry : JSON.stringify(entry ?? null) })),
  );
}

/** "keras v2.15.0, TensorFlow.js Converter v4.22.0". */
function producerOf({ generatedBy, convertedBy }: JsonObject): string | null {
  const parts = [generatedBy, convertedBy].flatMap((part) => (typeof part === 'string' && part !== '' ? part : []));
  // The converter of graphs gives the bare version of TensorFlow.
  return parts.map((part) => (/^\d/.test(part) ? `TensorFlow ${part}` : part)).join(', ') || null;
}
