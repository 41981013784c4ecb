import type { Bytes } from '../files/bytes';
import { isJsonObject, parseJson } from '../files/json';
import { ZipArchive } from '../files/zip';
import type { ForeignKind } from './foreign/foreign';

/** What a file is, by its content. */
export type FileKind = 'onnx' | 'keras' | 'keras-h5' | 'savedmodel' | 'tensorflowjs' | 'torch-export' | ForeignKind;

const HDF5_MAGIC = '\x89HDF\r\n\x1a\n';
const ZIP_MAGIC = 'PK\x03\x04';
/** How much of a file's beginning tells its kind. */
const SAMPLE = 4096;
/** More is refused by its number of characters. */
const LARGEST_JSON = 256 * 2 ** 20;

/**
 * Recognises a model file by its content; its name decides nothing.
 *
 * @param file the whole file, of which the beginning is read, or an archive's directory, or all where it is JSON
 * @param name the file, for messages
 * @returns 'onnx' also where nothing is recognised, since ONNX files have no magic
 * @throws AnalysisError 'model-unreadable' or 'limit-exceeded' where it is an archive that must not be opened
 */
export function fileKind(file: Bytes, name: string): FileKind {
  const bytes = file.read(0, Math.min(file.size, SAMPLE));
  const startsWith = (text: string, at = 0): boolean => latin1(bytes, at, text.length) === text;
  if (isHdf5(file)) return 'keras-h5';
  if (startsWith(ZIP_MAGIC)) return archiveKind(file, name);
  if (startsWith('TFL3', 4)) return 'tensorflowLite';
  if (startsWith('ORTM', 4)) return 'ortFormat';
  if (startsWith('ftrt') || startsWith('ptrt')) return 'tensorRt';
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) return 'pickle';
  if (isSafetensors(bytes, file.size)) return 'safetensors';
  if (isText(bytes)) return textKind(bytes, file, name);
  return protobufKind(bytes);
}

/** The magic stands at the beginning, or behind a user block of 512 bytes, 1024, 2048, and so on. */
function isHdf5(file: Bytes): boolean {
  for (let at = 0; at + HDF5_MAGIC.length <= file.size; at = Math.max(512, 2 * at)) {
    if (latin1(file.read(at, HDF5_MAGIC.length), 0, HDF5_MAGIC.length) === HDF5_MAGIC) return true;
  }
  return false;
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
}

function archiveKind(file: Bytes, name: string): FileKind {
  const members = new ZipArchive(file, name).names;
  const has = (end: string): boolean => members.some((member) => member === end || member.endsWith(`/${end}`));
  if (members.includes('config.json') && members.some((member) => member.endsWith('.weights.h5'))) return 'keras';
  if (has('serialized_exported_program.json') || members.some((member) => /(^|\/)models\/[^/]+\.json$/.test(member))) {
    return 'torch-export';
  }
  if (has('constants.pkl') && members.some((member) => /(^|\/)code\//.test(member))) return 'torchScript';
  if (has('data.pkl')) return 'torchPickle';
  if (has('saved_model.pb')) return 'zippedSavedModel';
  return members.length > 0 && members.every((member) => member.endsWith('.npy')) ? 'numpyArchive' : 'otherZip';
}

/** An 8-byte length of a JSON header, then the header. */
function isSafetensors(bytes: Uint8Array, size: number): boolean {
  if (size < 10) return false;
  const header = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return header > 1n && header <= BigInt(size - 8) && latin1(bytes, 8, 2) === '{"';
}

function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, SAMPLE).every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}

function textKind(bytes: Uint8Array, file: Bytes, name: string): FileKind {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.startsWith('version https://git-lfs')) return 'gitLfsPointer';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return 'htmlPage';
  if (!text.trimStart().startsWith('{')) return 'text';
  const whole = Buffer.from(file.read(0, Math.min(file.size, LARGEST_JSON)));
  const json = parseJson(whole.toString('utf8'), name);
  return isJsonObject(json) && ('modelTopology' in json || 'weightsManifest' in json) ? 'tensorflowjs' : 'text';
}

const LENGTH_DELIMITED_1 = 0x0a;
const VARINT_1 = 0x08;
const LENGTH_DELIMITED_2 = 0x12;

/** Tells ONNX from TensorFlow's protocol buffers by their first fields. */
function protobufKind(bytes: Uint8Array): FileKind {
  // A GraphDef begins with its nodes; ONNX has a number in field 1.
  if (bytes[0] === LENGTH_DELIMITED_1) return 'frozenGraph';
  // A SavedModel has its schema version 1, then its graphs where ONNX has the producer's name.
  const isSavedModel = bytes[0] === VARINT_1 && bytes[1] === 1 && bytes[2] === LENGTH_DELIMITED_2;
  return isSavedModel ? 'savedmodel' : 'onnx';
}
