import type { Request } from '../../protocol/job';
import type { SearchLevel } from '../../protocol/words';
import { once } from '../base/once';
import { toolVersion } from '../base/version';
import type { NamedClasses } from '../images/classNames';
import { type ImageSet, type MatchedLabels, matchLabels, openImages } from '../images/dataset';
import { type NetworkImage, networkImages } from '../images/networkImages';
import { pixelNorm, preprocess, type PreprocessingPlan } from '../images/preprocess';
import { norm } from '../math/vector';
import type { BatchingClassifier } from '../model/batchingClassifier';
import type { Catalogue } from '../model/chosenBackend';
import { type OpenModel, openModel } from '../model/open';
import { PixelClassifier, pixelRange, type PixelScale, pixelScale, pixelsOf } from '../model/pixelClassifier';
import { OpenSizeError, readModel } from '../model/read';
import { type SmoothedModel, smoothedModel } from '../model/smoothedModel';
import { classNamesOf, planOf, readStatements, type Statements } from '../model/statements';
import { type Matter, type StudiedModel, Study, type Tools } from '../study/study';
import { needsMaximumNorm } from './presets';
import { withSuggestedSize } from './suggestedSize';

/** What can be stopped, and must be let go. */
export interface Opened {
  readonly classifier: BatchingClassifier;
  /** What runs it, where that was chosen for it. */
  readonly backend?: { readonly id: string };
  dispose(): Promise<void>;
}

/** What opening a model needs; notes go to the sink. */
export interface OpeningTools extends Pick<Tools, 'signal' | 'progress' | 'memory'> {
  readonly sink: Pick<Tools['sink'], 'note'>;
  /** Where the choice of a backend is kept. */
  readonly store?: Tools['store'];
  /** Where backends come from; this machine by default. */
  readonly catalogue?: Catalogue | undefined;
}

/** A model that can be asked, and images of which nothing is read yet. */
export interface ModelWithImages {
  readonly open: OpenModel;
  readonly statements: Statements;
  readonly plan: PreprocessingPlan;
  readonly set: ImageSet;
  readonly labels: MatchedLabels;
  readonly names: NamedClasses | null;
}

/** With the images as the model sees them. */
export interface PreparedModel extends ModelWithImages {
  readonly images: readonly NetworkImage[];
  /** Further images for the same model, at most `limit` of them; null where there are no paths. */
  readonly more: (paths: readonly string[] | undefined, kind: string, limit?: number) => Promise<NetworkImage[] | null>;
}

/**
 * Reads a model and finds the images of the request, and how they are to be seen.
 *
 * @param preprocessing - JSON or a file that overrides what is found.
 * @param opened - called as soon as there is something to stop and to dispose of.
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded' or 'invalid-input' for a model, a side file or a
 *   set of images that cannot be read.
 */
export async function modelWithImages(
  path: string,
  preprocessing: string | undefined,
  request: Request,
  tools: OpeningTools,
  opened: (one: Opened) => void,
): Promise<ModelWithImages> {
  const { sink, signal, memory, progress } = tools;
  progress('Reading the model', 0, 1);
  const { inputSize } = request;
  // Names are of the model that the request is about; the other one has a side file of its own.
  const { signature, output }: Partial<Request> = path === request.model ? request : {};
  const statements = await readStatements(path, { preprocessing, signature, inputSize, output });
  const model = await readModel(path, statements.choices, signal).catch(async (error: unknown) => {
    throw error instanceof OpenSizeError ? await withSuggestedSize(error, request) : error;
  });
  const { binary = false } = statements.choices;
  signal.throwIfAborted();
  const { backend, device, tensorflow, threads, batch, seed, limit, preprocessed } = request;
  const { inputShape } = model.loaded;
  const set = await openImages(request.images, { limit, seed, preprocessed, inputShape });
  const plan = planOf(model, statements, preprocessed);
  const options = {
    ...{ backend, device, tensorflow, threads, batch, binary, memory, signal },
    note: (sentence: string) => {
      sink.note(sentence);
    },
    ...(tools.store && { remembered: tools.store.choices }),
    ...(tools.catalogue && { catalogue: tools.catalogue }),
  };
  const open = await openModel(model, options, () => {
    progress('Trying the backend', 0, 1);
    return samplesOf(set, plan);
  });
  opened(open);
  signal.throwIfAborted();
  const { classes: names, notes } = classNamesOf(model, statements);
  const labels = matchLabels(set, names, model.classes);
  const { companions } = statements;
  const passedOver = open.refused.map(({ id, reason }) => {
    return `The backend ${id} was not used: ${reason}. ${open.backend.id} was.`;
  });
  const slow = open.backend.isSoftware
    ? [
        `On this machine ${open.backend.id} is played by the processor, which takes many times as long as onnxruntime does.`,
      ]
    : [];
  const sentences = [
    ...passedOver,
    ...slow,
    ...model.notes,
    ...companions.notes,
    ...notes,
    ...set.notes,
    ...labels.notes,
  ];
  for (const sentence of sentences) {
    sink.note(sentence);
  }
  return { open, statements, plan, set, labels, names };
}

/** Decodes the images of a model. Those that cannot be read are recorded as failures. */
export async function withImages(found: ModelWithImages, request: Request, tools: Tools): Promise<PreparedModel> {
  const { open, plan, set, labels, names } = found;
  const { seed, preprocessed } = request;
  const { loaded, classes } = open.model;
  return {
    ...found,
    images: await networkImages(set, labels.labels, plan, 'Reading the images', tools),
    more: async (paths, kind, most) => {
      if (!paths) return null;
      const further = await openImages(paths, { limit: most, seed, preprocessed, inputShape: loaded.inputShape });
      for (const sentence of further.notes) tools.sink.note(`The ${kind}: ${sentence}`);
      const known = matchLabels(further, names, classes).labels;
      return networkImages(further, known, plan, `Reading the ${kind}`, tools);
    },
  };
}

/** Two images as the network sees them, or as many of these as can be read; what cannot is told where all are. */
export async function samplesOf({ items }: ImageSet, plan: PreprocessingPlan): Promise<Float64Array[]> {
  const read = await Promise.allSettled(
    items.slice(0, 2).map(async ({ name, load }) => Float64Array.from(preprocess(plan, await load(), name))),
  );
  return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** A request whose search has been decided on. */
export interface Searched extends Omit<Request, 'search'> {
  readonly search: Request['search'] & { readonly level: SearchLevel };
}

/**
 * The study of a prepared model. Where two models are compared, both are functions of pixels 0–255: the unit that they
 * have in common.
 *
 * @throws AnalysisError 'invalid-input' for pixel bounds where arrays are already preprocessed.
 */
export function studyOf(
  { open, plan, images }: PreparedModel,
  further: Pick<Matter, 'train' | 'clean' | 'against'>,
  request: Searched,
  tools: Tools,
  opened: (one: Opened) => void,
): Study {
  const { seed, preprocessed } = request;
  const search = { ...request.search, ...(!needsMaximumNorm(request) && { maximumNorm: false }) };
  const { dimension } = open.classifier;
  const model = studiedModel(open, images, tools, opened);
  const { clip } = search;
  const compared = request.against !== undefined && !preprocessed;
  const scale = compared || clip ? pixelScale(plan) : null;
  if (compared && scale) {
    const full = (value: number) => new Float64Array(dimension).fill(value);
    const matter: Matter = {
      ...{ ...further, seed },
      model: ofPixels(model, scale, plan),
      images: images.map((image) => ({ ...image, x: pixelsOf(scale, image.x) })),
      search: { ...search, ...(clip && { range: { lower: full(0), upper: full(255) } }) },
      units: { name: 'pixel values 0–255', pixelNorm: norm, pixelsOf: (x) => inRgb(plan, Float32Array.from(x)) },
    };
    return new Study(matter, tools);
  }
  const range = scale && pixelRange(scale);
  const matter: Matter = {
    ...{ ...further, seed, model, images },
    search: { ...search, ...(range && { range }) },
    units: {
      name: 'units of the network’s input',
      pixelNorm: preprocessed ? null : (delta) => pixelNorm(plan, delta),
      pixelsOf: preprocessed ? null : pixelsInRgb(plan),
    },
  };
  return new Study(matter, tools);
}

/** The model as a study asks it, on whatever device it goes to. */
function studiedModel(
  open: OpenModel,
  images: readonly NetworkImage[],
  tools: Pick<Tools, 'memory' | 'signal'>,
  opened: (one: Opened) => void,
): StudiedModel {
  const { classifier } = open;
  const { path, sha256, headStripped, loaded } = open.model;
  let stand: SmoothedModel | undefined;
  const smoothed = async (beta: number | undefined): Promise<SmoothedModel> => {
    if (!stand) {
      const vectors = images.map(({ x }) => Float64Array.from(x));
      const { memory, signal } = tools;
      stand = await smoothedModel(open, classifier, vectors, beta, { memory, signal });
      opened(stand);
    }
    return stand;
  };
  const { inputShape, layout } = loaded;
  const settled = Object.keys(loaded.settled).length > 0 ? [loaded.settled] : [];
  const { id, provider, device, driver, version, threads } = open.backend;
  const ofDriver = driver === undefined ? [] : [driver];
  const key = [toolVersion, sha256, headStripped, id, provider, device, ...ofDriver, version, ...settled];
  const backend = { id, provider, device, version, threads };
  const moved = (there: OpenModel): Promise<StudiedModel> => {
    opened(there);
    return Promise.resolve(studiedModel(there, images, tools, opened));
  };
  const go = open.elsewhere;
  const elsewhere = go && once(() => moved(go()));
  return { path, sha256, inputShape, layout, classifier, backend, elsewhere, key, smoothed };
}

/** The model as a function of pixels. */
function ofPixels(model: StudiedModel, scale: PixelScale, plan: PreprocessingPlan): StudiedModel {
  const { elsewhere } = model;
  return {
    ...model,
    classifier: new PixelClassifier(model.classifier, scale),
    key: [...model.key, 'pixels', plan.preprocessing],
    elsewhere: elsewhere && once(() => elsewhere().then((there) => ofPixels(there, scale, plan))),
  };
}

/** What turns a network's input back into pixels. */
function pixelsInRgb(plan: PreprocessingPlan): (x: ArrayLike<number>) => Float32Array {
  const scale = pixelScale(plan);
  return (x) => inRgb(plan, pixelsOf(scale, x));
}

/** Pixels in the order of the network's colours, shape (D,), in the order red, green, blue. */
function inRgb({ preprocessing: { channels, layout, mean } }: PreprocessingPlan, pixels: Float32Array): Float32Array {
  const depth = mean.length;
  if (channels !== 'bgr' || depth !== 3) return pixels;
  const size = pixels.length / depth;
  return pixels.map((_, i) => {
    return layout === 'nchw'
      ? pixels[(2 - Math.floor(i / size)) * size + (i % size)]
      : pixels[i - (i % 3) + 2 - (i % 3)];
  });
}
