import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';

import { AnalysisError } from '../../base/errors';
import { type Bytes, section } from '../../files/bytes';
import type { DiskFile } from '../../files/diskFile';
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
  const folder = await realpath(dirname(files.path));
  let total = 0;
  for (const tensor of external) {
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const path = await insideFolder(folder, fields.get('location') ?? '', tensor.name);
    const file = await ordinaryFile(files, path, tensor.name);
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

/** The real path of an external file, which must lie in the model's folder or below. */
async function insideFolder(folder: string, location: string, tensor: string): Promise<string> {
  const leaves =
    location === '' ||
    isAbsolute(location) ||
    /^[A-Za-z][A-Za-z0-9+.-]*:|^[/\\]|\0/.test(location) ||
    location.split(/[/\\]/).includes('..');
  if (leaves) {
    throw unreadable(tensor, `the location must be a path inside the model's folder, got ${JSON.stringify(location)}`);
  }
  const path = resolve(folder, location);
  try {
    const real = await realpath(path);
    if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  } catch (cause) {
    throw new AnalysisError(
      'model-unreadable',
      `The weights file ${path} is missing: ONNX files with external data need it beside them under that name.`,
      { cause },
    );
  }
  throw unreadable(tensor, `${path} is a link that leads out of the model's folder`);
}

async function ordinaryFile(files: ModelFiles, path: string, tensor: string): Promise<DiskFile> {
  const stats = await stat(path);
  // A hard link shows another place's file under a name inside the folder.
  if (stats.isFile() && stats.nlink === 1) return files.beside(path, stats);
  throw unreadable(tensor, `${path} must be an ordinary file without further hard links`);
}
