import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { isModel, modelFile } from '../files/modelFiles';

/** The models that lie in a folder, files or folders of their own, by name: 2 before 10. */
export async function checkpointsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return modelFile(place);
      return isModel(place) ? place : undefined;
    }),
  );
  const models = found.filter((model) => model !== undefined);
  return models.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
