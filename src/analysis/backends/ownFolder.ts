import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of this program: the nearest one above its code with a package.json and what that asks for. */
export function ownFolder(): string {
  // Compiled tests have a package.json beside them that is a copy.
  const isOwn = (folder: string) =>
    ['package.json', 'node_modules'].every((name) => existsSync(path.join(folder, name)));
  let folder = __dirname;
  while (!isOwn(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  return folder;
}
