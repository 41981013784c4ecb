import type { AnalysisName, Item } from '../../protocol/analyses';
import type { BackendId, Layout } from '../../protocol/words';
import { concurrently } from '../base/concurrently';
import { AnalysisError } from '../base/errors';
import { once } from '../base/once';
import { type BoundaryPoint, type BoundarySettings, nearestBoundary } from '../geometry/boundary';
import type { NetworkImage } from '../images/networkImages';
import { pixelPicture, signedPicture } from '../images/thumbnail';
import type { Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { addCost, type Cost, Expense } from '../model/countingClassifier';
import type { ArtefactStore } from './artefacts';
import type { ItemWithArrays, Sink } from './sink';

/** What one task is about: an image, a pair of them, one setting of an experiment. */
export interface Subject {
  /** What the report calls it. */
  readonly name: string;
  /** What its result depends on besides the model: pixels, params, seed. */
  readonly key: readonly unknown[];
}

/** What work needs besides what it is about. */
export interface Tools {
  readonly store: ArtefactStore;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly progress: (stage: string, done: number, total: number) => void;
  /** Bytes that batches may take, and again those that the vectors of concurrent tasks may take. */
  readonly memory: number;
}

/** The network with its kinks rounded off. */
export interface SmoothedClassifier {
  readonly classifier: Classifier;
  readonly beta: number;
  readonly logitChange: number;
}

/** What answers for a model: a backend and its device. */
export interface Answering {
  readonly id: BackendId;
  readonly provider: string;
  readonly device: string;
  readonly version: string;
  readonly threads: number;
}

/** A model as a study asks it. */
export interface StudiedModel {
  readonly path: string;
  readonly sha256: string;
  readonly classifier: Classifier;
  readonly backend: Answering;
  /** The model on the next device, for where this one fails; the same one whenever it is asked for; null where there is none. */
  readonly elsewhere: (() => Promise<StudiedModel>) | null;
  /** What every stored result depends on besides its own key: file, preprocessing, backend, versions. */
  readonly key: readonly unknown[];
  readonly inputShape: readonly number[];
  readonly layout: Layout;
  /** A smooth stand-in for the network; see model/smoothedModel.ts. */
  readonly smoothed: (beta: number | undefined) => Promise<SmoothedClassifier>;
}

/** What the numbers of a study are measured in. */
export interface Units {
  /** The unit of x and of all distances, in words. */
  readonly name: string;
  /** The length of a displacement in 0–255 pixels; null when the input is already preprocessed. */
  readonly pixelNorm: ((delta: Vector) => number) | null;
  /** The pixels 0–255 of an input, in the colours red, green, blue; null when the input is already preprocessed. */
  readonly pixelsOf: ((x: ArrayLike<number>) => Float32Array) | null;
}

/** What a study is about. */
export interface Matter {
  readonly model: StudiedModel;
  readonly images: readonly NetworkImage[];
  /** Images to learn shared directions from, and clean ones to calibrate with; null where none were named. */
  readonly train: readonly NetworkImage[] | null;
  readonly clean: readonly NetworkImage[] | null;
  readonly units: Units;
  readonly seed: number;
  readonly search: BoundarySettings;
  /** The same images as a second model sees them, in the same units; for comparisons. */
  readonly against: Study | null;
}

interface Artefact<T> {
  readonly value: T;
  readonly cost: Cost;
}

/** A device that computed, and why the one before it was given up; null for the first. */
export interface Stage extends Answering {
  readonly reason: string | null;
}

/** Failures that may be the device's: lost, out of memory, a kernel that is not there or gives no numbers. */
const ofDevices: readonly AnalysisError['code'][] = [
  'device-lost',
  'limit-exceeded',
  'unsupported-op',
  'invalid-input',
];

/**
 * Enough tasks to fill batches, and few, because tasks advance together: of 512 paths on LeNet none was there after three
 * minutes, of 64 the first after half a minute, for progress to show and a cancel to keep. With 64, batches of 300 images
 * are 98 % full, with 32 91 %; 50 pairs a scenario take 8 % longer than with 512.
 */
const mostTasks = 64;
/** Images whose boundary points are shown; more would make every report heavy. */
const mostPictures = 200;

/** Images seen by a model: what analyses ask, and the only place that schedules their tasks and looks results up. */
export class Study {
  readonly images: readonly NetworkImage[];
  readonly train: readonly NetworkImage[] | null;
  readonly clean: readonly NetworkImage[] | null;
  readonly units: Units;
  readonly seed: number;
  readonly search: BoundarySettings;
  readonly against: Study | null;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly memory: number;
  private readonly failed = new Set<string>();
  private readonly paid = new Set<string>();
  private readonly pictured = new Set<NetworkImage>();
  private current: StudiedModel;

  /**
   * @param expense - where to add what results cost; one of its own by default.
   * @param used - where to add devices; a list of its own by default.
   */
  constructor(
    private readonly matter: Matter,
    private readonly tools: Tools,
    private readonly expense = new Expense(),
    private readonly used: Stage[] = [{ ...matter.model.backend, reason: null }],
  ) {
    this.current = matter.model;
    ({ images: this.images, train: this.train, clean: this.clean } = matter);
    ({ units: this.units, seed: this.seed, search: this.search, against: this.against } = matter);
    ({ sink: this.sink, signal: this.signal, memory: this.memory } = tools);
  }

  /** The model on the device in use. */
  get model(): StudiedModel {
    return this.current;
  }

  get classifier(): Classifier {
    return this.current.classifier;
  }

  /** The devices that were used, in order. */
  get stages(): readonly Stage[] {
    return this.used;
  }

  /** What the results cost. */
  get cost(): Cost {
    return this.expense.cost;
  }

  /** The same, and what the tasks that run have cost until now. */
  spent(): Cost {
    return this.expense.spent();
  }

  /** Says how far a stage has come. */
  progress(stage: string, done: number, total: number): void {
    this.tools.progress(stage, done, total);
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
    done: (subject: S, value: T, on: BackendId) => void = () => undefined,
  ): Promise<Map<S, T>> {
    const { store } = this.tools;
    const results = new Map<S, T>();
    let finished = 0;
    const keyOf = (subject: S, model: StudiedModel): readonly unknown[] => [...model.key, ...subject.key];
    const finish = (subject: S, { value, cost }: Artefact<T>, model: StudiedModel): void => {
      results.set(subject, value);
      // What several analyses share is paid once, and costs the same whether it was computed now or found.
      const paid = JSON.stringify(keyOf(subject, model));
      if (!this.paid.has(paid)) addCost(this.cost, cost);
      this.paid.add(paid);
      done(subject, value, model.backend.id);
    };
    const asked = this.model;
    // Artefacts are looked up before any task runs: a task that waits for the disk would leave the batches half empty.
    const missing: S[] = [];
    for (const subject of subjects) {
      const artefact = await store.find<Artefact<T>>(keyOf(subject, asked));
      if (artefact) {
        finish(subject, artefact, asked);
        finished++;
      } else {
        missing.push(subject);
      }
      this.signal.throwIfAborted();
    }
    this.progress(stage, finished, subjects.length);
    const kept: Promise<void>[] = [];
    const limit = Math.max(1, Math.floor(this.memory / (8 * vectors * this.classifier.dimension)));
    await concurrently(missing, Math.min(limit, mostTasks), async (subject) => {
      try {
        const { value: artefact, model } = await this.onDevice(({ classifier: own }) => {
          return this.expense.of(own, (classifier) => compute(subject, classifier));
        });
        finish(subject, artefact, model);
        kept.push(store.keep(keyOf(subject, model), artefact));
      } catch (error) {
        this.recordFailure(subject.name, error);
      }
      this.progress(stage, ++finished, subjects.length);
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
    done: (image: NetworkImage, value: T, on: BackendId) => void = () => undefined,
  ): Promise<Map<NetworkImage, T>> {
    const subjects = images.map((image) => ({ image, name: image.name, key: [image.sha256, ...key(image)] }));
    const results = await this.tasks(
      stage,
      subjects,
      vectors,
      ({ image }, classifier) => compute(image, classifier),
      ({ image }, value, on) => {
        done(image, value, on);
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
    const keyOf = ({ content, name, trueLabel }: NetworkImage): readonly unknown[] => {
      return [analysis, this.seed, content, name, trueLabel, ...key];
    };
    const results = await this.each(stage, images, keyOf, vectors, compute, (image, result, on) => {
      this.sink.emit(analysis, image.index, { ...result, on });
    });
    return [...results.values()].map(({ item }) => item);
  }

  /** The nearest boundary point of each image; of those that have none, status and label. */
  boundaries(
    images: readonly NetworkImage[] = this.images,
    done?: (image: NetworkImage, point: BoundaryPoint, on: BackendId) => void,
  ): Promise<Map<NetworkImage, BoundaryPoint>> {
    const find = (image: NetworkImage, classifier: Classifier): Promise<BoundaryPoint> => {
      return nearestBoundary(classifier, Float64Array.from(image.x), this.search);
    };
    return this.each('Searching the boundary', images, () => ['boundary', ...this.searchKey()], 24, find, done);
  }

  /** The same images seen by the smoothed network, whose boundary points and curvatures are its own. */
  async smoothed(beta: number | undefined): Promise<SmoothedClassifier & { readonly study: Study }> {
    const { value, model } = await this.onDevice((one) => one.smoothed(beta));
    const matter = { ...this.matter, model: standIn(model, value) };
    return { ...value, study: new Study(matter, this.tools, this.expense, this.used) };
  }

  /**
   * What some work finds on the device in use. Where the device fails, the work is begun anew on the next, if there is one;
   * and if that one can do it, all that follows goes there.
   *
   * @throws AnalysisError 'device-lost' where no device is left, and whatever the last of them throws
   */
  async onDevice<T>(
    work: (model: StudiedModel) => Promise<T>,
  ): Promise<{ readonly value: T; readonly model: StudiedModel }> {
    let model = this.current;
    let failure: { readonly of: StudiedModel; readonly error: AnalysisError } | undefined;
    for (;;) {
      try {
        const value = await work(model);
        if (failure) this.moveOn(failure.of, failure.error, model);
        return { value, model };
      } catch (error) {
        this.signal.throwIfAborted();
        const isOfDevice = error instanceof AnalysisError && ofDevices.includes(error.code);
        const next = isOfDevice ? await model.elsewhere?.() : undefined;
        if (!next || !isOfDevice) throw error;
        failure = { of: model, error };
        // What is lost answers nobody; of other failures it is the next device that shows whose they are.
        if (error.code === 'device-lost') this.moveOn(model, error, next);
        model = next;
      }
    }
  }

  private moveOn(from: StudiedModel, { message }: AnalysisError, to: StudiedModel): void {
    if (this.current !== from) return;
    this.current = to;
    // A stand-in of the model may have gone there before it.
    if (this.used.at(-1)?.id === to.backend.id) return;
    this.used.push({ ...to.backend, reason: message });
    this.sink.note(givenUp(from.backend, message, to.backend));
  }

  /** What boundary points depend on besides model and image. The range's bounds follow from the preprocessing. */
  searchKey(): readonly unknown[] {
    const { range, ...rest } = this.search;
    return [rest, range !== undefined];
  }

  /** A picture of values of shape (D,), grey for 0, as a PNG data URI; null where inputs are no images. */
  tile(values: Float64Array): Promise<string | null> {
    return signedPicture(values, this.model.inputShape, this.model.layout);
  }

  /** Shows images, their boundary points and the differences, where inputs are images; those that were shown are left out. */
  async showBoundaries(points: ReadonlyMap<NetworkImage, BoundaryPoint>): Promise<void> {
    const { pixelsOf } = this.units;
    const { inputShape, layout } = this.model;
    if (!pixelsOf) return;
    for (const [image, { point }] of points) {
      if (!point || image.index >= mostPictures || this.pictured.has(image)) continue;
      this.signal.throwIfAborted();
      this.pictured.add(image);
      const [from, to] = [pixelsOf(image.x), pixelsOf(point)];
      const change = Float64Array.from(to, (value, i) => value - from[i]);
      const seen = await pixelPicture(from, inputShape, layout);
      const boundary = await pixelPicture(to, inputShape, layout);
      const difference = await signedPicture(change, inputShape, layout, 64);
      if (seen === null || boundary === null || difference === null) return;
      const largest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      this.sink.pictures(image.name, { seen, boundary, difference, largest });
    }
  }

  private recordFailure(name: string, error: unknown): void {
    // Without a device there is nothing to go on with.
    if (!(error instanceof AnalysisError) || error.code === 'cancelled' || error.code === 'device-lost') throw error;
    if (this.failed.has(name)) return;
    this.failed.add(name);
    this.sink.fail({ name, code: error.code, message: error.message });
  }
}

type Named = Pick<Answering, 'id' | 'device'>;

/** What a report says where `auto` moved on. */
export function givenUp(from: Named, reason: string, to: Named): string {
  return `The backend ${from.id} (${from.device}) was given up during the run: ${reason}. ${to.id} (${to.device}) went on.`;
}

/** What is asked instead of a model: the same on whatever device the model goes to. */
function standIn(model: StudiedModel, { classifier, beta }: SmoothedClassifier): StudiedModel {
  const { elsewhere } = model;
  const moved = async (going: Promise<StudiedModel>): Promise<StudiedModel> => {
    const there = await going;
    return standIn(there, await there.smoothed(beta));
  };
  return {
    ...{ ...model, classifier, key: [...model.key, 'smoothed', beta] },
    elsewhere: elsewhere && once(() => moved(elsewhere())),
  };
}
