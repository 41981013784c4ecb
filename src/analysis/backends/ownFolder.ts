import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of this program: the nearest one above its code with a package.json. */
export function ownFolder(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && path.dirname(folder) !== folder) {
    folder = path.dirname(folder);
  }
  return folder;
}
