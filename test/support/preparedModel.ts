import { Value } from '@sinclair/typebox/value';

import type { PreprocessingPlan } from '../../src/analysis/images/preprocess';
import { modelWithImages, type Opened, type PreparedModel, withImages } from '../../src/analysis/job/prepare';
import type { Vector } from '../../src/analysis/math/vector';
import type { OpenModel } from '../../src/analysis/model/open';
import { ArtefactStore } from '../../src/analysis/study/artefacts';
import type { Tools } from '../../src/analysis/study/study';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import type { Request } from '../../src/protocol/job';

const ignore = (): void => undefined;

/** A model and its images, as a job prepares them. */
export async function preparedModel(
  model: string,
  preprocessing: string | undefined,
  request: Request,
  tools: Tools,
  opened: (one: Opened) => void,
): Promise<PreparedModel> {
  return withImages(await modelWithImages(model, preprocessing, request, tools, opened), request, tools);
}

/**
 * A model as a job opens it, and images as the network sees them, shape (D,) each, for as long as the work lasts.
 *
 * @param model - `model@preprocessing` where the file does not say.
 */
export async function withPreparedModel<T>(
  model: string,
  images: string,
  limit: number,
  work: (open: OpenModel, points: readonly Vector[], plan: PreprocessingPlan) => Promise<T>,
): Promise<T> {
  const opened: Opened[] = [];
  const [file, preprocessing] = model.split('@');
  const sink = { emit: ignore, array: ignore, fail: ignore, note: ignore, thumbnail: ignore, pictures: ignore };
  const store = new ArtefactStore({ folder: null, memory: 2 ** 20, disk: 0, revision: 0 });
  try {
    const prepared = await preparedModel(
      file,
      preprocessing,
      {
        ...{ command: 'test', model: file, images: [images], preprocessed: false, backend: 'auto', seed: 0, limit },
        ...{ search: Value.Create(SearchParams), analyses: {} },
      },
      { sink, store, signal: new AbortController().signal, progress: ignore, memory: 2 ** 29 },
      (one) => opened.push(one),
    );
    return await work(
      prepared.open,
      prepared.images.map(({ x }) => Float64Array.from(x)),
      prepared.plan,
    );
  } finally {
    for (const one of opened) await one.dispose();
  }
}
