import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { ownFolder } from '../ownFolder';
import { neededLibraries } from './sharedObject';

/** What onnxruntime loads for CUDA, from beside its own library. */
const parts = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** What its CUDA part loads by name when it computes. */
const loadedLater = ['libcudnn.so.9'];

/** Of glibc's loader: a library that is loaded stays. */
const RTLD_NODELETE = 0x1000;

/** onnxruntime's folder of libraries for this system. */
export function onnxruntimeFolder(): string {
  const main = createRequire(__filename).resolve('onnxruntime-node');
  return path.resolve(path.dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** Whether onnxruntime's CUDA part is there. */
export function isInstalled(folder = onnxruntimeFolder()): boolean {
  return parts.every((name) => existsSync(path.join(folder, name)));
}

/** What keeps onnxruntime's CUDA part from loading. */
export interface Missing {
  /** That is not found, or does not load. */
  readonly library: string;
  /** What the system's loader says where it was found. */
  readonly reason: string | null;
  /** The version of CUDA that is needed. */
  readonly cuda: string | null;
  /** Other versions of CUDA that are here. */
  readonly here: readonly string[];
}

/**
 * Loads NVIDIA's libraries that onnxruntime's CUDA part needs, wherever they are: a name that is loaded already is not
 * looked for again. So LD_LIBRARY_PATH, which is read when a process starts, need not be set.
 *
 * @returns the first that is missing, or null
 */
export function loadNvidiaLibraries(folder = onnxruntimeFolder(), places = libraryFolders()): Missing | null {
  const needed = neededLibraries(path.join(folder, parts[1]));
  const names = [...needed.filter((name) => /^lib(cu|nv)/.test(name)), ...loadedLater];
  for (const name of names) {
    const missing = load(name, places);
    if (missing === null) continue;
    const versions = (list: readonly string[]) => list.flatMap((one) => /^libcudart\.so\.(\d+)$/.exec(one)?.[1] ?? []);
    const [cuda = null] = versions(needed);
    const here = new Set(versions(places.flatMap((place) => (existsSync(place) ? readdirSync(place) : []))));
    return { ...missing, cuda, here: [...here].filter((version) => version !== cuda).sort() };
  }
  return null;
}

function load(name: string, places: readonly string[]): Pick<Missing, 'library' | 'reason'> | null {
  if (refusal(name) === null) return null;
  const file = places.map((place) => path.join(place, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) return { library: name, reason: null };
  const asked = new Set([name]);
  for (;;) {
    const reason = refusal(file);
    if (reason === null) return null;
    const other = /^(\S+?): cannot open shared object file/.exec(reason)?.[1];
    if (other === undefined || asked.has(other)) return { library: name, reason };
    asked.add(other);
    const missing = load(other, places);
    if (missing !== null) return missing;
  }
}

/** Why the system's loader refuses a library, or null where it is loaded now. */
function refusal(library: string): string | null {
  const { RTLD_LAZY, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, library, RTLD_LAZY | RTLD_GLOBAL | RTLD_NODELETE);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // It is loaded, and no addon of Node's, which it need not be.
    return message.includes('did not self-register') ? null : message;
  }
}

/** Where installations of CUDA and packages of Python keep NVIDIA's libraries; the loader's own places come before them. */
function libraryFolders({ env } = process): string[] {
  const roots = [env['CUDA_HOME'], env['CUDA_PATH'], '/opt/cuda', ...below('/usr/local', /^cuda/)];
  const toolkits = roots.flatMap((root) => {
    return root === undefined ? [] : ['lib64', 'targets/x86_64-linux/lib'].map((part) => path.join(root, part));
  });
  const prefixes = [env['VIRTUAL_ENV'], env['CONDA_PREFIX'], path.join(homedir(), '.local'), '/usr/local', '/usr'];
  const ofPython = prefixes.flatMap((prefix) => {
    if (prefix === undefined) return [];
    const pythons = below(path.join(prefix, 'lib'), /^python3/);
    return pythons.flatMap((python) => ['site-packages', 'dist-packages'].map((part) => path.join(python, part)));
  });
  const packages = [path.join(ownFolder(), '.cuda'), ...ofPython].flatMap((site) => {
    return below(path.join(site, 'nvidia'), /./).map((one) => path.join(one, 'lib'));
  });
  const conda = env['CONDA_PREFIX'] === undefined ? [] : [path.join(env['CONDA_PREFIX'], 'lib')];
  return [...toolkits, ...packages, ...conda].filter((folder) => existsSync(folder));
}

function below(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => name.test(entry))
    .sort()
    .map((entry) => path.join(folder, entry));
}
