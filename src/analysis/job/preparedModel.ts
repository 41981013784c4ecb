import type { Request } from '../../protocol/job';
import { type ImageSet, matchLabels, openImages } from '../images/dataset';
import { networkImages } from '../images/networkImages';
import { planPreprocessing, type PreprocessingPlan } from '../images/preprocess';
import { readSideFile } from '../images/sideFile';
import { type OpenModel, openModel } from '../model/open';
import { readModel } from '../model/read';
import type { NetworkImage } from '../study/context';
import type { ReportBuilder } from './reportBuilder';

/** A model that can be asked, and the images as it sees them. */
export interface PreparedModel {
  readonly open: OpenModel;
  readonly plan: PreprocessingPlan;
  readonly set: ImageSet;
  readonly labels: ReturnType<typeof matchLabels>;
  readonly images: readonly NetworkImage[];
  /** Further images for the same model, at most `limit` of them; null where there are no paths. */
  readonly more: (paths: readonly string[] | undefined, kind: string, limit?: number) => Promise<NetworkImage[] | null>;
}

/** What preparing a model needs besides its file. */
export interface Preparation {
  readonly request: Request;
  readonly builder: ReportBuilder;
  readonly signal: AbortSignal;
  /** Bytes that batches may take. */
  readonly memory: number;
  readonly progress: (stage: string, done: number, total: number) => void;
  /** Called as soon as there is something to stop and to dispose of. */
  readonly opened: (open: OpenModel) => void;
}

/**
 * Reads a model and the images of the request, which are seen through its own preprocessing. Images that cannot be read
 * are recorded as failures.
 *
 * @param preprocessing - JSON or a file that overrides what is found.
 * @throws AnalysisError for a model, a side file or a set of images that cannot be read.
 */
export async function preparedModel(
  path: string,
  preprocessing: string | undefined,
  { request, builder, signal, memory, progress, opened }: Preparation,
): Promise<PreparedModel> {
  progress('Reading the model', 0, 1);
  const sideFile = await readSideFile(path, preprocessing);
  const binary = sideFile?.binary ?? false;
  const model = await readModel(path, binary);
  signal.throwIfAborted();
  const { backend, threads, batch, seed, limit, preprocessed } = request;
  const open = await openModel(model, { backend, threads, batch, binary, memory });
  opened(open);
  const { inputShape, layout, notes, classes, preprocessing: fromModel, insidePreprocessing } = model.loaded;
  const set = await openImages(request.images, { limit, seed, preprocessed, inputShape });
  const plan = planPreprocessing({
    ...{ inputShape, layout, fromModel, sideFile, preprocessed },
    insideModel: insidePreprocessing,
  });
  const names = classes ?? sideFile?.classes ?? null;
  const labels = matchLabels(set, names, model.classes);
  for (const sentence of [...notes, ...set.notes, ...labels.notes]) builder.note(sentence);
  const load = (some: ImageSet, trueLabels: readonly (number | null)[], stage: string): Promise<NetworkImage[]> => {
    return networkImages(some, trueLabels, plan, builder, signal, (done, total) => {
      progress(stage, done, total);
    });
  };
  return {
    ...{ open, plan, set, labels },
    images: await load(set, labels.labels, 'Reading the images'),
    more: async (paths, kind, most) => {
      if (!paths) return null;
      const further = await openImages(paths, { limit: most, seed, preprocessed, inputShape });
      for (const sentence of further.notes) builder.note(`The ${kind}: ${sentence}`);
      return load(further, matchLabels(further, names, model.classes).labels, `Reading the ${kind}`);
    },
  };
}
