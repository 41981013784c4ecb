import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { companionFiles, networksFolder } from '../../protocol/companions';
import { modelName } from '../../protocol/modelName';
import type { FileVersion } from '../../protocol/modelPage';

/** With those that hold a model, those that are told how they become one. */
const pageName = /\.(pt|pth)$/i;

export function isModel(file: string): boolean {
  return modelName.test(path.basename(file));
}

export async function isFolder(given: string): Promise<boolean> {
  const stats = await stat(given).catch(() => undefined);
  return stats?.isDirectory() === true;
}

/** Whether there is something to say about a file of this name. */
export function hasPage(file: string): boolean {
  return isModel(file) || pageName.test(file);
}

/** The file that stands for a model: given its folder, the one in it; undefined where that folder has none. */
export async function modelFile(given: string): Promise<string | undefined> {
  if ((await versionOfFile(given)) !== undefined) return given;
  for (const own of ['saved_model.pb', 'model.json']) {
    const file = path.join(given, own);
    if ((await versionOfFile(file)) !== undefined) return file;
  }
  return undefined;
}

/**
 * Size and last change of a model's files as far as their names tell: its own, external data of the same name, the
 * variables of a SavedModel, the shards of TensorFlow.js. Undefined where the file is none or gone.
 */
export async function versionOf(file: string): Promise<FileVersion | undefined> {
  const own = await versionOfFile(file);
  if (!own) return undefined;
  const others = await Promise.all((await weightFiles(file)).map(versionOfFile));
  const all = [own, ...others.filter((version) => version !== undefined)];
  return {
    size: all.reduce((sum, { size }) => sum + size, 0),
    modified: Math.max(...all.map(({ modified }) => modified)),
  };
}

/** What an inspection of a file depends on, as text: its version, and that of what may lie beside it. */
export async function surroundings(file: string): Promise<string> {
  const folder = path.dirname(file);
  const folders = path.basename(folder) === networksFolder ? [folder, path.dirname(folder)] : [folder];
  const beside = folders.flatMap((each) =>
    ['', 'boundary-lens.json', ...companionFiles].map((name) => path.join(each, name)),
  );
  const times = beside.map(async (each) => (await stat(each).catch(() => undefined))?.mtimeMs ?? null);
  return JSON.stringify([await versionOf(file), await Promise.all(times)]);
}

async function versionOfFile(file: string): Promise<FileVersion | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true ? { size: stats.size, modified: stats.mtimeMs } : undefined;
}

async function weightFiles(file: string): Promise<string[]> {
  const folder = path.dirname(file);
  const name = path.basename(file).toLowerCase();
  if (name === 'saved_model.pb') return filesIn(path.join(folder, 'variables'), () => true);
  if (name === 'model.json') return filesIn(folder, (shard) => shard.endsWith('.bin'));
  return name.endsWith('.onnx') ? [`${file}.data`, `${file}_data`] : [];
}

async function filesIn(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter(wanted).map((name) => path.join(folder, name));
}
