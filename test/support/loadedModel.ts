import type { LoadedModel } from '../../src/analysis/formats/format';
import { loadModel, openModelFiles } from '../../src/analysis/formats/load';

/** A model file, read with all of its weights. */
export async function loadedModel(path: string, options?: Parameters<typeof openModelFiles>[1]): Promise<LoadedModel> {
  const files = await openModelFiles(path, options);
  try {
    return await loadModel(files);
  } finally {
    files.dispose();
  }
}
