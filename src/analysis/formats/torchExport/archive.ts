import { basename } from 'node:path';

import { AnalysisError } from '../../base/errors';
import type { Bytes } from '../../files/bytes';
import { parseJson } from '../../files/json';
import type { ModelFiles } from '../../files/modelFiles';
import { ZipArchive } from '../../files/zip';
import { pasted, quotedForPython, renamed } from '../pasting';
import { parsePayloads, parseProgram, type Payload, type Program } from './program';

/** The largest JSON that is read; a model of a thousand layers takes a few MB. */
const LARGEST_JSON = 64 * 2 ** 20;

/** A tensor that stands in the archive: what it is, and the bytes of the memory that it is a part of. */
export interface StoredTensor extends Payload {
  readonly memory: Bytes;
}

/** What a `.pt2` holds: its program, and its tensors by their names in the model. */
export interface TorchArchive {
  readonly program: Program;
  readonly tensor: (name: string) => StoredTensor | undefined;
}

/**
 * Opens a `.pt2`. Its graph and weights are JSON and bytes; the example inputs, which are a pickle, are never opened.
 *
 * @throws AnalysisError 'model-unreadable' where it is of an older layout, whose weights are a pickle, or damaged;
 *   'limit-exceeded'
 */
export function openTorchArchive(files: ModelFiles): TorchArchive {
  const name = basename(files.path);
  const archive = new ZipArchive(files.main, name);
  const json = (member: string) => {
    const content = archive.member(member);
    if (content === undefined) return undefined;
    if (content.size > LARGEST_JSON) {
      throw new AnalysisError(
        'limit-exceeded',
        `${name}/${member} must be at most ${LARGEST_JSON} bytes, got ${content.size}.`,
      );
    }
    return parseJson(new TextDecoder().decode(content.read(0, content.size)), `${name}/${member}`);
  };

  const programs = archive.names.flatMap((member) => /^(.*\/)?models\/([^/]+)\.json$/.exec(member) ?? []);
  if (programs.length === 0) throw olderLayout(files.path);
  if (programs.length > 3) {
    throw new AnalysisError(
      'model-unreadable',
      `${name} must hold one model, got ${programs.length / 3}. Save them apart.`,
    );
  }
  const [member, root = '', model] = programs;
  const order = archive.member(`${root}byteorder`);
  if (order !== undefined && Buffer.from(order.read(0, Math.min(order.size, 8))).toString('latin1') !== 'little') {
    throw new AnalysisError(
      'model-unreadable',
      `${name}: its numbers must be little-endian. Save it on another machine.`,
    );
  }

  const weightsConfig = json(`${root}data/weights/${model}_weights_config.json`);
  if (weightsConfig === undefined) throw olderLayout(files.path);
  const constantsConfig = json(`${root}data/constants/${model}_constants_config.json`) ?? { config: {} };
  const folders = [
    { folder: `${root}data/weights/`, payloads: parsePayloads(weightsConfig, `${name}, weights`) },
    { folder: `${root}data/constants/`, payloads: parsePayloads(constantsConfig, `${name}, constants`) },
  ];
  return {
    program: parseProgram(json(member) ?? null, `${name}/models/${model}.json`),
    tensor: (stored) => {
      for (const { folder, payloads } of folders) {
        const payload = payloads.get(stored);
        if (payload === undefined) continue;
        if (payload.isPickle) throw pickled(name, stored);
        const memory = archive.member(folder + payload.path);
        if (memory !== undefined) return { ...payload, memory };
        throw new AnalysisError('model-unreadable', `${name}: "${stored}" must be in ${folder}${payload.path}.`);
      }
      return undefined;
    },
  };
}

function olderLayout(path: string): AnalysisError {
  return new AnalysisError(
    'model-unreadable',
    `${path} was saved by an older PyTorch, which pickles the weights; it is never unpickled here, because a pickle can ` +
      'run any code. Save it again with PyTorch 2.9 or later:' +
      pasted([
        'import torch',
        `torch.export.save(torch.export.load(${quotedForPython(path)}), ${quotedForPython(renamed(path, '.new.pt2'))})`,
      ]),
  );
}

function pickled(file: string, tensor: string): AnalysisError {
  return new AnalysisError(
    'model-unreadable',
    `${file}: the weight "${tensor}" is a pickle, as quantised and other special tensors are; it is never unpickled here, ` +
      'because a pickle can run any code. Export the model with ordinary float tensors, or to ONNX.',
  );
}
