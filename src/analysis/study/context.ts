import { createHash } from 'node:crypto';

import type { AnalysisName, Closing, Item, Params } from '../../protocol/analyses';
import type { Failure } from '../../protocol/failure';
import type { Calibrated } from '../analyses/calibrated';
import { AnalysisError } from '../base/errors';
import { type BoundaryPoint, type BoundarySettings, nearestBoundary } from '../geometry/boundary';
import type { Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { addCost, type Cost, CountingClassifier, noCost } from '../model/countingClassifier';
import type { ArtefactStore } from './artefacts';

/** An image as the network sees it. */
export interface NetworkImage {
  /** Its place in the set, from which its random streams derive. */
  readonly index: number;
  readonly name: string;
  /** Preprocessed, shape (D,). */
  readonly x: Float32Array;
  readonly sha256: string;
  readonly trueLabel: number | null;
}

/** What one task is about: an image, a pair of them, one setting of an experiment. */
export interface Subject {
  /** What the report calls it. */
  readonly name: string;
  /** What its result depends on besides the model: pixels, params, seed. */
  readonly key: readonly unknown[];
}

/** An array of results with its shape. */
export interface ResultArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** An item of the report, and the arrays that belong to it, by name, for `.npz`. */
export interface ItemWithArrays<K extends AnalysisName> {
  readonly item: Item<K>;
  readonly arrays?: Readonly<Record<string, ResultArray>>;
}

/** An analysis: computes its items by `context.items` and returns the fields that close it. */
export type Analysis<K extends AnalysisName> = (context: Context, params: Params<K>) => Promise<Closing<K>>;

/** What a Context is made of. */
export interface ContextOptions {
  readonly model: { readonly path: string; readonly sha256: string };
  readonly classifier: Classifier;
  readonly store: ArtefactStore;
  /** What every artefact depends on besides its own key: model, preprocessing, backend, version. */
  readonly storeKey: readonly unknown[];
  readonly images: readonly NetworkImage[];
  readonly train: readonly NetworkImage[] | null;
  readonly clean: readonly NetworkImage[] | null;
  /** What a calibration file of this model and preprocessing holds, where one was given. */
  readonly calibration: Calibrated | null;
  /** The same images as a second model sees them, in the same units; for comparisons. */
  readonly against: Context | null;
  readonly seed: number;
  readonly search: BoundarySettings;
  /** The unit of x and of all distances, in words. */
  readonly unit: string;
  /** Units of the input a pixel, channel by channel; null when the input is already preprocessed. */
  readonly pixelNorm: ((delta: Vector) => number) | null;
  readonly inputShape: readonly number[];
  readonly layout: 'nchw' | 'nhwc' | 'flat';
  /** Bytes that the vectors of concurrent tasks may take. */
  readonly memory: number;
  readonly progress: (stage: string, done: number, total: number) => void;
  readonly emit: <K extends AnalysisName>(analysis: K, index: number, result: ItemWithArrays<K>) => void;
  /** Keeps an array that belongs to no item, for `.npz`. */
  readonly array: (name: string, array: ResultArray) => void;
  /** A picture of values of shape (D,), grey for 0, as a PNG data URI; null where inputs are no images. */
  readonly tile: (values: Vector) => Promise<string | null>;
  readonly fail: (failure: Failure) => void;
  readonly note: (sentence: string) => void;
  readonly signal: AbortSignal;
  /** A smooth stand-in for the network; see smoothedModel.ts. */
  readonly smoothed: (beta: number | undefined) => Promise<SmoothedClassifier>;
}

/** The network with its kinks rounded off. */
export interface SmoothedClassifier {
  readonly classifier: Classifier;
  readonly beta: number;
  readonly logitChange: number;
}

/** What an analysis has to work with: the classifier, the images, and results that other analyses share. */
export class Context {
  readonly cost: Cost;
  private readonly failed = new Set<string>();
  private readonly paid = new Set<string>();
  /** What detection uses: a calibration file's, unless this job calibrates. */
  calibration: Calibrated | null;

  /** @param cost - where to add what results cost; a count of its own by default. */
  constructor(
    readonly options: ContextOptions,
    cost: Cost = noCost(),
  ) {
    this.cost = cost;
    this.calibration = options.calibration;
  }

  /** The classifier, for calls that belong to no image; they count. */
  counted(): CountingClassifier {
    return new CountingClassifier(this.options.classifier);
  }

  /**
   * One result for each subject that has one: found among the artefacts, or computed as concurrent tasks. A subject whose
   * task throws is left out and recorded as a failure; the rest goes on.
   *
   * @param vectors - about how many vectors of length D a task holds; bounds how many run at once.
   * @throws AnalysisError 'cancelled'.
   */
  async tasks<S extends Subject, T>(
    stage: string,
    subjects: readonly S[],
    vectors: number,
    compute: (subject: S, classifier: Classifier) => Promise<T>,
    done: (subject: S, value: T) => void = () => undefined,
  ): Promise<Map<S, T>> {
    const { store, storeKey, progress } = this.options;
    const results = new Map<S, T>();
    let finished = 0;
    const keyOf = (subject: S): readonly unknown[] => [...storeKey, ...subject.key];
    const finish = (subject: S, { value, cost }: Artefact<T>): void => {
      results.set(subject, value);
      // What several analyses share is paid once, and costs the same whether it was computed now or found.
      const paid = JSON.stringify(keyOf(subject));
      if (!this.paid.has(paid)) addCost(this.cost, cost);
      this.paid.add(paid);
      done(subject, value);
    };
    // Artefacts are looked up before any task runs: a task that waits for the disk would leave the batches half empty.
    const missing: S[] = [];
    for (const subject of subjects) {
      const artefact = await store.find<Artefact<T>>(keyOf(subject));
      if (artefact) {
        finish(subject, artefact);
        finished++;
      } else {
        missing.push(subject);
      }
      this.options.signal.throwIfAborted();
    }
    progress(stage, finished, subjects.length);
    const kept: Promise<void>[] = [];
    const limit = Math.max(1, Math.floor(this.options.memory / (8 * vectors * this.options.classifier.dimension)));
    await concurrently(missing, Math.min(limit, mostTasks), async (subject) => {
      try {
        const classifier = this.counted();
        const artefact = { value: await compute(subject, classifier), cost: classifier.cost };
        finish(subject, artefact);
        kept.push(store.keep(keyOf(subject), artefact));
      } catch (error) {
        this.recordFailure(subject.name, error);
      }
      progress(stage, ++finished, subjects.length);
    });
    await Promise.all(kept);
    // Whatever order they finished in, the results stand in the order of the subjects.
    return new Map(subjects.flatMap((subject) => (results.has(subject) ? [[subject, results.get(subject) as T]] : [])));
  }

  /**
   * `tasks` with images as subjects.
   *
   * @param key - what the result depends on besides the model and the image's pixels.
   */
  async each<T>(
    stage: string,
    images: readonly NetworkImage[],
    key: (image: NetworkImage) => readonly unknown[],
    vectors: number,
    compute: (image: NetworkImage, classifier: Classifier) => Promise<T>,
    done: (image: NetworkImage, value: T) => void = () => undefined,
  ): Promise<Map<NetworkImage, T>> {
    const subjects = images.map((image) => ({ image, name: image.name, key: [image.sha256, ...key(image)] }));
    const results = await this.tasks(
      stage,
      subjects,
      vectors,
      ({ image }, classifier) => compute(image, classifier),
      ({ image }, value) => {
        done(image, value);
      },
    );
    return new Map(Array.from(results, ([{ image }, value]) => [image, value]));
  }

  /** Computes the items of one analysis, one an image, and streams them into the report. */
  async items<K extends AnalysisName>(
    analysis: K,
    stage: string,
    images: readonly NetworkImage[],
    key: readonly unknown[],
    vectors: number,
    compute: (image: NetworkImage, classifier: Classifier) => Promise<ItemWithArrays<K>>,
  ): Promise<Item<K>[]> {
    const keyOf = ({ index, name, trueLabel }: NetworkImage): readonly unknown[] => {
      return [analysis, this.options.seed, index, name, trueLabel, ...key];
    };
    const results = await this.each(stage, images, keyOf, vectors, compute, (image, result) => {
      this.options.emit(analysis, image.index, result);
    });
    return [...results.values()].map(({ item }) => item);
  }

  /** The nearest boundary point of each image; of those that have none, status and label. */
  boundaries(
    images: readonly NetworkImage[] = this.options.images,
    done?: (image: NetworkImage, point: BoundaryPoint) => void,
  ): Promise<Map<NetworkImage, BoundaryPoint>> {
    const find = (image: NetworkImage, classifier: Classifier): Promise<BoundaryPoint> => {
      return nearestBoundary(classifier, Float64Array.from(image.x), this.options.search);
    };
    return this.each('Searching the boundary', images, () => ['boundary', ...this.searchKey()], 24, find, done);
  }

  /** The same images on the smoothed network, whose boundary points and curvatures are its own. */
  async smoothed(beta: number | undefined): Promise<SmoothedClassifier & { readonly context: Context }> {
    const smooth = await this.options.smoothed(beta);
    const storeKey = [...this.options.storeKey, 'smoothed', smooth.beta];
    return { ...smooth, context: new Context({ ...this.options, classifier: smooth.classifier, storeKey }, this.cost) };
  }

  /** What boundary points depend on besides model and image. The range's bounds follow from the preprocessing. */
  searchKey(): readonly unknown[] {
    const { range, ...rest } = this.options.search;
    return [rest, range !== undefined];
  }

  private recordFailure(name: string, error: unknown): void {
    if (!(error instanceof AnalysisError) || error.code === 'cancelled') throw error;
    if (this.failed.has(name)) return;
    this.failed.add(name);
    this.options.fail({ name, code: error.code, message: error.message });
  }
}

interface Artefact<T> {
  readonly value: T;
  readonly cost: Cost;
}

/** What a result depends on that is of a whole set of images. */
export function imagesKey(images: readonly NetworkImage[]): string {
  const hash = createHash('sha256');
  for (const { name, sha256 } of images) hash.update(`${name}\0${sha256}\n`);
  return hash.digest('hex');
}

/**
 * Enough tasks to fill batches, and few, because tasks advance together: of 512 paths on LeNet none was there after three
 * minutes, of 64 the first after half a minute, for progress to show and a cancel to keep. With 64, batches of 300 images
 * are 98 % full, with 32 91 %; 50 pairs a scenario take 8 % longer than with 512.
 */
const mostTasks = 64;

/** Runs one task an element, at most `limit` at once. After a task throws, no further one starts. */
export async function concurrently<T>(
  elements: readonly T[],
  limit: number,
  task: (element: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < elements.length && !failed) {
      const index = next++;
      try {
        await task(elements[index], index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, elements.length) }, worker));
}
