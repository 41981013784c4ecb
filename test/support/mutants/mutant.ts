import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { seededRandom } from '../../../src/analysis/math/random';
import { damaged } from './damaged';
import { Draws } from './draws';
import { type Original, originalsOf } from './originals';

export const mutantFormats = Object.keys(originalsOf);

/** A sound model with damage in one of its files. */
export interface Mutant {
  /** Of which model, and of which of its files. */
  readonly name: string;
  readonly files: Original['files'];
  readonly opened: string;
}

const read = new Map<string, readonly (readonly Original[])[]>();

/** Mutant number n of a format: of the same seed always the same. */
export function mutant(format: string, n: number, seed: number): Mutant {
  const kinds = read.get(format) ?? originalsOf[format]();
  read.set(format, kinds);
  const draws = new Draws(seededRandom(seed, format, n));
  const { name, files, opened } = draws.pick(draws.pick(kinds));
  const [main] = Object.keys(files).filter((file) => /\.(onnx|keras|h5|pt2|pb)$|model\.json$/.test(file));
  const file = draws.chance(0.75) ? main : draws.pick(Object.keys(files));
  return { name: `${name}/${file}`, files: { ...files, [file]: damaged(file, files[file], draws) }, opened };
}

/** Writes a mutant in place of what is in the folder, and returns the path to open. */
export function writtenMutant(folder: string, { files, opened }: Mutant): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return path.join(folder, opened);
}

/** Bytes of all of its files. */
export function sizeOf({ files }: Mutant): number {
  return Object.values(files).reduce((sum, { length }) => sum + length, 0);
}
