import { concurrently } from '../../src/analysis/base/concurrently';
import { nearestBoundary } from '../../src/analysis/geometry/boundary';
import { linearisation } from '../../src/analysis/geometry/deepfool';
import { predictedLabel } from '../../src/analysis/geometry/logits';
import type { SearchedImage } from '../../src/analysis/geometry/nearest/image';
import type { Cut, Effort, Schedule } from '../../src/analysis/geometry/nearest/levels';
import { nearestInMaximumNorm } from '../../src/analysis/geometry/nearest/maximumNorm';
import { nearestInL2 } from '../../src/analysis/geometry/nearest/search';
import { mean, median } from '../../src/analysis/math/statistics';
import { type Vector } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import { pixelRange, pixelScale } from '../../src/analysis/model/pixelClassifier';
import { searchLevels } from '../../src/protocol/words';
import { withPreparedModel } from '../support/preparedModel';
import { attacked } from './attacks';
import type { Distances } from './distances';

/* How near the boundary points are that each search finds, against the gradients that it takes. */

/** A model with images that it can be asked about; `model@preprocessing` where the model does not say. */
export type Subject = readonly [model: string, images: string];

const shipped: readonly Subject[] = [
  ['samples/relu/lenet-mnist.onnx', 'samples/mnist'],
  ['samples/smooth/lenet-mnist-softplus.keras', 'samples/mnist'],
  ['test/fixtures/keras/dense-mini.h5', 'samples/mnist'],
  ['test/fixtures/keras/nin-patches.h5', 'test/fixtures/images/patches'],
  ['test/fixtures/keras/resnet-mini.keras', 'test/fixtures/images/patches'],
];

/** About 1,400 and 2,000 gradients an image in L2: what the other searches are held against. */
const references: readonly Effort[] = [
  reference(40, [1, 0.02], [0.1, 0.005]),
  reference(60, [0.5, 0.01], [0.15, 0.003]),
];

function reference(steps: number, turn: readonly [number, number], shrinkage: readonly [number, number]): Effort {
  return {
    towards: [
      { ...{ classes: 9, steps, turn, shrinkage }, cuts: {} },
      { ...{ classes: 9, steps: steps / 2, turn: [0.3, 0.01], shrinkage: [0.1, 0.005] }, cuts: {} },
    ],
    again: [
      {
        ...{ most: 6, ratio: 1.3, steps: 2 * steps, turn: [0.5, 0.001], shrinkage: [0.1, 0.001] },
        cuts: { [steps]: { most: 3, ratio: 1.1 } },
      },
      ...new Array<Schedule & Cut>(4).fill({
        ...{ most: 3, ratio: 1.1, steps: 2 * steps, turn: [0.5, 0.001], shrinkage: [0.1, 0.001] },
        cuts: { [steps / 2]: { most: 1, ratio: 1 } },
      }),
    ],
    polished: { most: 6, ratio: 1.05, steps: 12 },
    maximumNorm: {
      ...{ classes: 4, steps: 4 * steps, turn: [turn[0], 0.003], shrinkage: [0.06, 0.002] },
      cuts: { [steps]: { most: 2, ratio: 1.3 } },
    },
  };
}

/** How the distances are measured. */
export interface TightnessSettings {
  /** Images of each network. */
  readonly limit: number;
  /** Whether points keep inside the range of pixels. */
  readonly clip: boolean;
  /** An interpreter in which public attacks run beside, which know no range of pixels; undefined for none. */
  readonly python: string | undefined;
}

type Rows = (string | number)[][];

/** Distances of each method over the shortest known, by network and over all of them. */
export async function tightness(
  subjects: readonly Subject[] = shipped,
  settings: TightnessSettings = { limit: 50, clip: false, python: undefined },
): Promise<Rows> {
  const rows: Rows = [];
  const pooled = new Map<string, { ratios: number[]; gradients: number[] }>();
  for (const [model, images] of subjects) {
    const all = await measured(model, images, settings);
    for (const { norm, method, distances, gradients } of all) {
      const rivals = all.filter((other) => other.norm === norm);
      const ratios = distances.map((distance, i) => distance / Math.min(...rivals.map((other) => other.distances[i])));
      rows.push([model, norm, method, ...figures(ratios, gradients)]);
      const pool = pooled.get(`${norm} ${method}`) ?? { ratios: [], gradients: [] };
      pool.ratios.push(...ratios);
      if (gradients !== null) pool.gradients.push(gradients);
      pooled.set(`${norm} ${method}`, pool);
    }
  }
  for (const [name, { ratios, gradients }] of pooled) {
    const [norm, ...method] = name.split(' ');
    rows.push(['all', norm, method.join(' '), ...figures(ratios, gradients.length > 0 ? mean(gradients) : null)]);
  }
  return rows;
}

function figures(ratios: readonly number[], gradients: number | null): (string | number)[] {
  const found = ratios.filter(Number.isFinite);
  const share = (is: (ratio: number) => boolean): string => (ratios.filter(is).length / ratios.length).toFixed(2);
  const [middle, average, worst] = [median(found), mean(found), Math.max(...found)];
  return [
    ...[middle.toFixed(4), average.toFixed(3), share((ratio) => ratio <= 1.02), share((ratio) => ratio > 1.1)],
    ...[worst.toFixed(2), gradients?.toFixed(0) ?? ''],
  ];
}

async function measured(
  model: string,
  images: string,
  { limit, clip, python }: TightnessSettings,
): Promise<Distances[]> {
  return withPreparedModel(model, images, limit, async ({ classifier }, points, plan) => {
    const range = clip ? pixelRange(pixelScale(plan)) : undefined;
    const found: Distances[] = [];
    for (const level of searchLevels) found.push(...(await ofLevel(classifier, points, range, level)));
    for (const [i, effort] of references.entries()) {
      found.push(...(await ofReference(classifier, points, range, effort, i + 1)));
    }
    if (python !== undefined) found.push(...(await attacked(classifier, points, python)));
    return found;
  });
}

async function each<T>(points: readonly Vector[], work: (x: Vector, i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  await concurrently(points, 64, async (x, i) => {
    results[i] = await work(x, i);
  });
  return results;
}

/** Our search at a level, and DeepFool's distance beside it. */
async function ofLevel(
  classifier: Classifier,
  points: readonly Vector[],
  range: SearchedImage['range'],
  level: (typeof searchLevels)[number],
): Promise<Distances[]> {
  const counting = new CountingClassifier(classifier);
  const search = { level, overshoot: 0.02, candidates: 10, ...(range && { range }) };
  const found = await each(points, (x) => nearestBoundary(counting, x, search));
  const of = (pick: (one: (typeof found)[number]) => number | null): number[] =>
    found.map((one) => pick(one) ?? Infinity);
  const spent = mean(of(({ gradients }) => gradients));
  const total = counting.cost.gradients / points.length;
  return [
    ...(level === 'quick'
      ? [{ norm: 'L2' as const, method: 'DeepFool', distances: of((one) => one.deepfoolDistance), gradients: null }]
      : []),
    { norm: 'L2', method: level, distances: of(({ distance }) => distance), gradients: spent },
    { norm: 'L∞', method: level, distances: of(({ distanceInf }) => distanceInf), gradients: total - spent },
  ];
}

async function ofReference(
  classifier: Classifier,
  points: readonly Vector[],
  range: SearchedImage['range'],
  effort: Effort,
  number: number,
): Promise<Distances[]> {
  const method = `long search ${number}`;
  const [inL2, inMaximumNorm] = [new CountingClassifier(classifier), new CountingClassifier(classifier)];
  const found = await each(points, async (x) => {
    const image = await imageAt(classifier, x, range);
    const first = await linearisation(inL2, x, image.label, image.logits, 10);
    const nearest = await nearestInL2(inL2, image, first, Promise.resolve(undefined), effort);
    const maximum = await nearestInMaximumNorm(inMaximumNorm, image, first, effort.maximumNorm);
    return { euclidean: nearest?.distance ?? Infinity, maximum: maximum ?? Infinity };
  });
  const spent = (counting: CountingClassifier): number => counting.cost.gradients / points.length;
  return [
    { norm: 'L2', method, distances: found.map(({ euclidean }) => euclidean), gradients: spent(inL2) },
    { norm: 'L∞', method, distances: found.map(({ maximum }) => maximum), gradients: spent(inMaximumNorm) },
  ];
}

async function imageAt(classifier: Classifier, x: Vector, range: SearchedImage['range']): Promise<SearchedImage> {
  const logits = await classifier.logits(x);
  return { point: x, logits, label: predictedLabel(logits), range };
}
