import { AnalysisError } from '../../base/errors';
import { type Bytes, section } from '../../files/bytes';
import { fileBeside } from '../../files/fileBeside';
import type { ModelFiles } from '../../files/modelFiles';
import type { GraphProto, NodeProto, TensorProto } from '../../onnx/onnxProto';

/** The bytes of the tensors that an ONNX file keeps in files beside it. */
export type ExternalData = ReadonlyMap<TensorProto, Bytes>;

const EXTERNAL = 1;

/**
 * Finds every tensor that a graph keeps outside of its file, without reading any.
 *
 * @param files of the model; those that are found join them
 * @throws AnalysisError 'model-unreadable' where a file lies outside of the model's folder, is missing, or is too short;
 *   'limit-exceeded' where the tensors take more than the model's files may
 */
export async function externalData(files: ModelFiles, graph: GraphProto): Promise<ExternalData> {
  const external = [...tensors(graph)].filter(({ dataLocation }) => dataLocation === EXTERNAL);
  const data = new Map<TensorProto, Bytes>();
  if (external.length === 0) return data;
  let total = 0;
  for (const tensor of external) {
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const file = await fileBeside(files, fields.get('location') ?? '', `External data of tensor "${tensor.name}"`);
    const { path } = file;
    const offset = byteCount(fields.get('offset'), 0, tensor.name);
    const length = byteCount(fields.get('length'), file.size - offset, tensor.name);
    if (offset + length > file.size) {
      throw unreadable(
        tensor.name,
        `bytes ${offset} to ${offset + length} lie beyond the end of ${path} (${file.size} bytes)`,
      );
    }
    total += length;
    if (total > files.maxBytes) {
      throw new AnalysisError(
        'limit-exceeded',
        `${files.path}: its weights must take at most ${files.maxBytes} bytes.`,
      );
    }
    data.set(tensor, section(file, offset, length, path));
  }
  return data;
}

function unreadable(tensor: string, reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `External data of tensor "${tensor}": ${reason}.`);
}

/** All tensors of a graph, those in nodes and subgraphs too. */
function* tensors(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  yield* graph.node.flatMap((node) => [...tensorsOfNode(node)]);
}

function* tensorsOfNode(node: NodeProto): Generator<TensorProto> {
  for (const { t, g } of node.attribute) {
    if (t) yield t;
    if (g) yield* tensors(g);
  }
}

function byteCount(text: string | undefined, fallback: number, tensor: string): number {
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw unreadable(tensor, `offset and length must be numbers of bytes, got ${JSON.stringify(text)}`);
  }
  return value;
}
