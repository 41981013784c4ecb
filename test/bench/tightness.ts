import { concurrently } from '../../src/analysis/base/concurrently';
import { nearestBoundary } from '../../src/analysis/geometry/boundary';
import { linearisation } from '../../src/analysis/geometry/deepfool';
import { predictedLabel } from '../../src/analysis/geometry/logits';
import type { SearchedImage } from '../../src/analysis/geometry/nearest/image';
import { type Cut, type Effort, efforts, type Schedule } from '../../src/analysis/geometry/nearest/levels';
import { nearestInMaximumNorm } from '../../src/analysis/geometry/nearest/maximumNorm';
import { nearestInL2 } from '../../src/analysis/geometry/nearest/search';
import { mean, median } from '../../src/analysis/math/statistics';
import { distanceBetween, maximumDifference, type Vector } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import { pixelRange, pixelScale } from '../../src/analysis/model/pixelClassifier';
import { searchLevels } from '../../src/protocol/words';
import { withPreparedModel } from '../support/preparedModel';
import { attacked } from './attacks';
import type { Distances } from './distances';
import { type Refined, refined } from './refined';

/* How near the boundary points are that each search finds, against the gradients that it takes. */

/** A model with images that it can be asked about; `model@preprocessing` where the model does not say. */
export type Subject = readonly [model: string, images: string];

const norms = ['L2', 'L∞'] as const;

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

/** All distances of a network, and the shortest of each image that they are held against. */
interface Measured {
  readonly found: readonly Distances[];
  readonly references: Readonly<Record<Distances['norm'], readonly Refined[]>>;
}

/**
 * Distances of each method over the shortest known, by network and over all of them; beside them what the shortest took to
 * be refined.
 */
export async function tightness(
  subjects: readonly Subject[] = shipped,
  settings: TightnessSettings = { limit: 50, clip: false, python: undefined },
): Promise<{ readonly ratios: Rows; readonly refinements: Rows }> {
  const [rows, refinements]: [Rows, Rows] = [[], []];
  const pooled = new Map<string, { ratios: number[]; gradients: number[] }>();
  for (const [model, images] of subjects) {
    const { found, references } = await measured(model, images, settings);
    for (const { norm, method, distances, gradients } of found) {
      const ratios = distances.map((distance, i) => distance / references[norm][i].distance);
      rows.push([model, norm, method, ...figures(ratios, gradients)]);
      const pool = pooled.get(`${norm} ${method}`) ?? { ratios: [], gradients: [] };
      pool.ratios.push(...ratios);
      if (gradients !== null) pool.gradients.push(gradients);
      pooled.set(`${norm} ${method}`, pool);
    }
    for (const norm of norms) refinements.push([model, norm, ...refinement(references[norm])]);
  }
  for (const [name, { ratios, gradients }] of pooled) {
    const [norm, ...method] = name.split(' ');
    rows.push(['all', norm, method.join(' '), ...figures(ratios, gradients.length > 0 ? mean(gradients) : null)]);
  }
  return { ratios: rows, refinements };
}

/** Rounds at the mean and at most, by how much they shortened distances at the mean and at most, and what they left open. */
function refinement(all: readonly Refined[]): (string | number)[] {
  const rounds = all.map((one) => one.rounds);
  const shortened = all.map(({ before, distance }) => 1 - distance / before).filter(Number.isFinite);
  const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
  return [
    ...[all.length, mean(rounds).toFixed(1), Math.max(...rounds)],
    ...[percent(mean(shortened)), percent(Math.max(...shortened)), all.filter(({ settled }) => !settled).length],
  ];
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

async function measured(model: string, images: string, { limit, clip, python }: TightnessSettings): Promise<Measured> {
  return withPreparedModel(model, images, limit, async ({ classifier }, points, plan) => {
    const range = clip ? pixelRange(pixelScale(plan)) : undefined;
    const found: Distances[] = [];
    for (const level of searchLevels) found.push(...(await ofLevel(classifier, points, range, level)));
    for (const [i, effort] of references.entries()) {
      found.push(...(await ofReference(classifier, points, range, effort, i + 1)));
    }
    if (python !== undefined) found.push(...(await attacked(classifier, points, python)));
    const shortest = (norm: Distances['norm']): Promise<Refined[]> =>
      each(points, async (x, i) => {
        const known = found.flatMap((one) => one.points[i] ?? []);
        return refined(classifier, await imageAt(classifier, x, range), norm, known);
      });
    return { found, references: { L2: await shortest('L2'), 'L∞': await shortest('L∞') } };
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
  // Of these distances it does not say where they are.
  const inMaximumNorm = await each(points, async (x) => {
    const image = await imageAt(classifier, x, range);
    const first = await linearisation(classifier, x, image.label, image.logits, 10);
    return nearestInMaximumNorm(classifier, image, first, efforts[level].maximumNorm);
  });
  const of = (pick: (one: (typeof found)[number]) => number | null): number[] =>
    found.map((one) => pick(one) ?? Infinity);
  const spent = mean(of(({ gradients }) => gradients));
  const total = counting.cost.gradients / points.length;
  const [euclidean, maximum] = [of(({ distance }) => distance), of(({ distanceInf }) => distanceInf)];
  const deepfool = { distances: of((one) => one.deepfoolDistance), points: found.map(() => null), gradients: null };
  return [
    ...(level === 'quick' ? [{ norm: 'L2' as const, method: 'DeepFool', ...deepfool }] : []),
    {
      norm: 'L2',
      method: level,
      distances: euclidean,
      points: found.map(({ point }) => point ?? null),
      gradients: spent,
    },
    { norm: 'L∞', method: level, distances: maximum, points: inMaximumNorm, gradients: total - spent },
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
    return { euclidean: nearest?.point ?? null, maximum };
  });
  const of = (norm: Distances['norm'], ends: readonly (Vector | null)[], { cost }: CountingClassifier): Distances => {
    const between = norm === 'L2' ? distanceBetween : maximumDifference;
    const distances = ends.map((end, i) => (end ? between(end, points[i]) : Infinity));
    return { norm, method, distances, points: ends, gradients: cost.gradients / points.length };
  };
  return [
    of(
      'L2',
      found.map(({ euclidean }) => euclidean),
      inL2,
    ),
    of(
      'L∞',
      found.map(({ maximum }) => maximum),
      inMaximumNorm,
    ),
  ];
}

async function imageAt(classifier: Classifier, x: Vector, range: SearchedImage['range']): Promise<SearchedImage> {
  const logits = await classifier.logits(x);
  return { point: x, logits, label: predictedLabel(logits), range };
}
