import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';

import { AnalysisError } from '../../base/errors';
import type { GraphProto, NodeProto, TensorProto } from '../../onnx/onnxProto';

/** The bytes of the tensors that an ONNX file keeps in files beside it. */
export interface ExternalData {
  readonly bytes: ReadonlyMap<TensorProto, Uint8Array>;
  /** The files they are in, absolute. */
  readonly files: readonly string[];
}

const EXTERNAL = 1;

/**
 * Reads every tensor that a graph keeps outside of its file.
 *
 * @param path the model's file
 * @param maxBytes what all of them together may take
 * @throws AnalysisError 'model-unreadable' where a file lies outside of the model's folder, is missing, or is too short;
 *   'limit-exceeded' beyond maxBytes
 */
export async function readExternalData(path: string, graph: GraphProto, maxBytes: number): Promise<ExternalData> {
  const folder = await realpath(dirname(path));
  const handles = new Map<string, FileHandle>();
  const bytes = new Map<TensorProto, Uint8Array>();
  let total = 0;
  try {
    for (const tensor of tensors(graph)) {
      if (tensor.dataLocation !== EXTERNAL) continue;
      const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
      const file = await insideFolder(folder, fields.get('location') ?? '', tensor.name);
      const handle = handles.get(file) ?? (await openFile(file, tensor.name));
      handles.set(file, handle);
      const { size } = await handle.stat();
      const offset = byteCount(fields.get('offset'), 0, tensor.name);
      const length = byteCount(fields.get('length'), size - offset, tensor.name);
      if (offset + length > size) {
        throw unreadable(
          tensor.name,
          `bytes ${offset} to ${offset + length} lie beyond the end of ${file} (${size} bytes)`,
        );
      }
      total += length;
      if (total > maxBytes) {
        throw new AnalysisError('limit-exceeded', `${path}: its weights must take at most ${maxBytes} bytes.`);
      }
      const data = Buffer.alloc(length);
      const { bytesRead } = await handle.read(data, 0, length, offset);
      if (bytesRead !== length) throw unreadable(tensor.name, `${file} ends early`);
      bytes.set(tensor, data);
    }
    return { bytes, files: [...handles.keys()] };
  } finally {
    await Promise.all([...handles.values()].map((handle) => handle.close()));
  }
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

async function openFile(file: string, tensor: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY);
  const stats = await handle.stat();
  // A hard link shows another place's file under a name inside the folder.
  if (stats.isFile() && stats.nlink === 1) return handle;
  await handle.close();
  throw unreadable(tensor, `${file} must be an ordinary file without further hard links`);
}
