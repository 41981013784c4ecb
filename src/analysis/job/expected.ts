import type { AnalysisName, Params } from '../../protocol/analyses';
import type { Request } from '../../protocol/job';
import { type Expected, type Preset, presets } from '../../protocol/presets';
import type { SearchLevel } from '../../protocol/words';
import type { ExpectedCost, Rows, Sizes } from '../analyses/analysis';
import { analyses, analysisOrder } from '../analyses/index';
import type { Vector } from '../math/vector';
import { type BatchingClassifier, longestBatch } from '../model/batchingClassifier';
import type { Classifier } from '../model/classifier';
import type { Study } from '../study/study';
import { defaultLevel, requestedAnalyses, requestedLevel } from './presets';

/** What the nearest boundary point of an image took on small networks, the search in L∞ with it. */
const oneSearch: Readonly<Record<SearchLevel, Pick<ExpectedCost, 'forwards' | 'gradients'>>> = {
  quick: { forwards: 45, gradients: 75 },
  standard: { forwards: 55, gradients: 160 },
  thorough: { forwards: 80, gradients: 500 },
};

/** About how many network passes analyses take together: boundary points that several need are counted once. */
export function expectedCost(
  requested: Request['analyses'],
  sizes: Sizes,
  level: SearchLevel,
): Pick<ExpectedCost, 'forwards' | 'gradients'> {
  const costOf = <K extends AnalysisName>(name: K, table: Rows<K>): ExpectedCost[] => {
    const params: Params<K> | undefined = requested[name];
    return params ? [table[name].cost(params, sizes)] : [];
  };
  const costs = analysisOrder.flatMap((name) => costOf(name, analyses));
  const sets = [...new Set(costs.flatMap(({ searches }) => searches ?? []))];
  const searched = sets.reduce((sum, set) => sum + (sizes[set] ?? 0), 0);
  return {
    forwards: costs.reduce((sum, { forwards }) => sum + forwards, oneSearch[level].forwards * searched),
    gradients: costs.reduce((sum, { gradients }) => sum + gradients, oneSearch[level].gradients * searched),
  };
}

/** What a call takes among many, ms. */
export interface Speed {
  readonly forward: number;
  readonly gradient: number;
}

/**
 * The speed of a network at x, shape (D,), on this machine.
 *
 * @throws AnalysisError 'cancelled', 'limit-exceeded', 'invalid-input', as any call
 */
export async function speedOf(
  classifier: Pick<Classifier, 'logits' | 'gradients' | 'classes'>,
  x: Vector,
): Promise<Speed> {
  const cotangent = new Float64Array(classifier.classes).fill(1, 0, 1);
  const forward = await millisecondsOf(() => classifier.logits(x));
  return { forward, gradient: await millisecondsOf(() => classifier.gradients(x, [cotangent])) };
}

/**
 * What each preset is expected to take on the images of a request, the smallest first; where distances or a first look at all
 * of them take long, a part of them before it.
 */
export async function expectedOfPresets(
  request: Request,
  sizes: Sizes,
  speed: Speed,
  classifier: Measured,
): Promise<Expected[]> {
  const expected = async (preset: Preset, images: number): Promise<Expected> => {
    const asked = { ...request, preset };
    const level = requestedLevel(asked) ?? defaultLevel(asked);
    const { forwards, gradients } = expectedCost(
      requestedAnalyses(asked, sizes.dimension),
      { ...sizes, images },
      level,
    );
    const seconds = (forwards * speed.forward + gradients * speed.gradient) / 1000;
    return { preset, images, seconds, bytes: await expectedBytes({ ...sizes, images }, speed, classifier) };
  };
  const offered: Expected[] = [];
  for (const preset of presets) {
    const all = await expected(preset, sizes.images);
    const most = soon[preset];
    if (most !== undefined && all.seconds > long) {
      let part = all;
      while (part.seconds > most && part.images > fewest) {
        part = await expected(preset, Math.max(fewest, Math.floor(0.9 * part.images)));
      }
      if (part.images < all.images && part.seconds <= long) offered.push(part);
    }
    offered.push(all);
  }
  return offered;
}

/** What takes longer, s, is offered of as many images as take so much, too; of so many at least. */
const long = 300;
const soon: Readonly<Partial<Record<Preset, number>>> = { distances: 120, quick: 240 };
const fewest = 5;

/** What tells how much its batches take. */
export type Measured = Pick<BatchingClassifier, 'bytesOf'>;

/** A batch has so many images. */
const [leastTogether, mostTogether] = [4, 64];
/** Cotangents that a search asks for at once. */
const mostCotangents = 9;
/** Vectors of 8 bytes an element that are kept of an image: itself, its boundary point, directions. */
const vectorsKept = 8;

/**
 * What this process has now, with its libraries and weights, with batches as large as their speed makes them, and what is
 * found. Every kind of call keeps the memory of its largest batch.
 */
async function expectedBytes(
  { images, dimension, classes }: Sizes,
  { gradient }: Speed,
  classifier: Measured,
): Promise<number> {
  const together = Math.ceil(Math.min(mostTogether, Math.max(leastTogether, longestBatch / gradient), images));
  const several = Math.min(mostCotangents, classes - 1);
  const batches =
    (await classifier.bytesOf('logits', 0, together)) +
    (await classifier.bytesOf('gradients', 1, together)) +
    (several > 1 ? await classifier.bytesOf('gradients', several, together) : 0);
  return process.memoryUsage.rss() + batches + images * dimension * 8 * vectorsKept;
}

/** How much there is to do for a study. */
export function sizesOf({
  classifier,
  images,
  train,
  clean,
}: Pick<Study, 'classifier' | 'images' | 'train' | 'clean'>): Sizes {
  return {
    images: images.length,
    train: train?.length ?? null,
    clean: clean?.length ?? null,
    dimension: classifier.dimension,
    classes: classifier.classes,
    smooth: classifier.smoothness === 'smooth',
  };
}

/** A gradient takes about as long as so many forward passes. */
const passesOfGradient = 3;

/** Tells how much of what analyses are expected to cost is spent: a share that only grows, and is never quite 1. */
export function expectedShare(requested: Request['analyses'], study: Study): () => number {
  const passes = ({ forwards, gradients }: Pick<ExpectedCost, 'forwards' | 'gradients'>): number =>
    forwards + passesOfGradient * gradients;
  const all = passes(expectedCost(requested, sizesOf(study), study.search.level));
  let share = 0;
  return () => {
    if (all > 0) share = Math.max(share, Math.min(0.99, passes(study.spent()) / all));
    return share;
  };
}

/** Of one call among many. The first round of a size compiles or warms up; more are taken until they take long enough. */
async function millisecondsOf(call: () => Promise<unknown>): Promise<number> {
  const round = async (calls: number): Promise<number> => {
    const start = performance.now();
    await Promise.all(Array.from({ length: calls }, call));
    return (performance.now() - start) / calls;
  };
  await round(fewestCalls);
  let fastest = Infinity;
  for (let calls = fewestCalls; ; calls *= 2) {
    const time = await round(calls);
    // The first of so many may be what a device prepares itself for, which takes CUDA seconds.
    fastest = Math.min(fastest, time);
    if (time * calls > longEnough || calls >= mostCalls) return fastest;
  }
}

/** Calls that are timed together, and after how long, ms, no more are. */
const [fewestCalls, mostCalls] = [4, 64];
const longEnough = 100;
