import { Value } from '@sinclair/typebox/value';

import { concurrently } from '../../src/analysis/base/concurrently';
import { nearestBoundary } from '../../src/analysis/geometry/boundary';
import { crossing } from '../../src/analysis/geometry/crossing';
import { isOutside, linearisation } from '../../src/analysis/geometry/deepfool';
import { predictedLabel } from '../../src/analysis/geometry/logits';
import type { SearchedImage } from '../../src/analysis/geometry/nearest/image';
import type { Effort } from '../../src/analysis/geometry/nearest/levels';
import { maximumNormSearch } from '../../src/analysis/geometry/nearest/maximumNorm';
import { nearestInL2 } from '../../src/analysis/geometry/nearest/search';
import { starts } from '../../src/analysis/geometry/nearest/starts';
import { type Opened, preparedModel } from '../../src/analysis/job/prepare';
import { mean, median } from '../../src/analysis/math/statistics';
import { distanceBetween, maximumDifference, type Vector } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { ArtefactStore } from '../../src/analysis/study/artefacts';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import { searchLevels } from '../../src/protocol/words';
import { attacked } from './attacks';

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

/** About 1,000 and 1,500 gradients an image: what the other searches are held against. */
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
    from: {
      ...{ most: 6, ratio: 1.3, steps: 2 * steps, turn: [0.5, 0.001], shrinkage: [0.05, 0.001] },
      cuts: { [steps]: { most: 3, ratio: 1.1 } },
    },
    polished: { most: 6, ratio: 1.05, steps: 12 },
    maximumNormSteps: 200,
  };
}

/** Of one method: a distance an image, ∞ where it found none. */
interface Distances {
  readonly norm: 'L2' | 'L∞';
  readonly method: string;
  readonly distances: readonly number[];
  /** That an image took at the mean; null where nobody counted them. */
  readonly gradients: number | null;
}

type Rows = (string | number)[][];

/**
 * Distances of each method over the shortest known, by network and over all of them.
 *
 * @param python - runs other tools' attacks beside.
 * @param limit - images of each network.
 */
export async function tightness(
  python: string | undefined,
  subjects: readonly Subject[] = shipped,
  limit = 50,
): Promise<Rows> {
  const rows: Rows = [];
  const pooled = new Map<string, { ratios: number[]; gradients: number[] }>();
  for (const [model, images] of subjects) {
    const all = await measured(model, images, limit, python);
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
  const near = ratios.filter((ratio) => ratio <= 1.02).length / ratios.length;
  const [middle, average, worst] = [median(found), mean(found), Math.max(...found)];
  return [middle.toFixed(4), average.toFixed(3), near.toFixed(2), worst.toFixed(2), gradients?.toFixed(0) ?? ''];
}

async function measured(model: string, images: string, limit: number, python?: string): Promise<Distances[]> {
  const opened: Opened[] = [];
  const [file, preprocessing] = model.split('@');
  const sink = { emit: ignore, array: ignore, fail: ignore, note: ignore, thumbnail: ignore };
  const store = new ArtefactStore({ folder: null, memory: 2 ** 20, disk: 0, revision: 0 });
  const prepared = await preparedModel(
    file,
    preprocessing,
    {
      ...{ command: 'bench', model: file, images: [images], preprocessed: false, backend: 'auto', seed: 0, limit },
      ...{ search: Value.Create(SearchParams), analyses: {} },
    },
    { sink, store, signal: new AbortController().signal, progress: ignore, memory: 2 ** 29 },
    (one) => opened.push(one),
  );
  const { classifier } = prepared.open;
  const points = prepared.images.map(({ x }) => Float64Array.from(x));
  const found: Distances[] = [];
  for (const level of searchLevels) found.push(...(await ofLevel(classifier, points, level)));
  for (const [i, effort] of references.entries()) found.push(...(await ofReference(classifier, points, effort, i + 1)));
  if (python !== undefined) {
    for (const { name, points: outside, gradients } of attacked(python, prepared.open.model.network, points)) {
      const norm = name.includes('L∞') ? 'L∞' : 'L2';
      const distances = await each(points, (x, i) => putBack(classifier, x, outside[i], norm));
      found.push({ norm, method: name, distances, gradients });
    }
  }
  for (const one of opened) await one.dispose();
  return found;
}

const ignore = (): void => undefined;

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
  level: (typeof searchLevels)[number],
): Promise<Distances[]> {
  const found = await each(points, (x) => nearestBoundary(classifier, x, { level, overshoot: 0.02, candidates: 10 }));
  const of = (pick: (one: (typeof found)[number]) => number | null): number[] =>
    found.map((one) => pick(one) ?? Infinity);
  const spent = mean(of(({ gradients }) => gradients));
  return [
    ...(level === 'quick'
      ? [{ norm: 'L2' as const, method: 'DeepFool', distances: of((one) => one.deepfoolDistance), gradients: null }]
      : []),
    { norm: 'L2', method: level, distances: of(({ distance }) => distance), gradients: spent },
    { norm: 'L∞', method: level, distances: of(({ distanceInf }) => distanceInf), gradients: null },
  ];
}

async function ofReference(
  classifier: Classifier,
  points: readonly Vector[],
  effort: Effort,
  number: number,
): Promise<Distances[]> {
  const method = `long search ${number}`;
  const found = await each(points, async (x) => {
    const image = await imageAt(classifier, x);
    const first = await linearisation(classifier, x, image.label, image.logits, 10);
    const nearest = await nearestInL2(classifier, image, first, Promise.resolve(undefined), effort);
    const cubes = await Promise.all(
      starts(image, first, 'l-infinity', 9).map(async (start) => {
        const outside = await maximumNormSearch(classifier, image, start, effort.maximumNormSteps / number);
        if (!outside) return Infinity;
        return maximumDifference((await crossing(classifier, image.label, image, outside)).point, x);
      }),
    );
    return { euclidean: nearest?.distance ?? Infinity, maximum: Math.min(...cubes) };
  });
  return [
    { norm: 'L2', method, distances: found.map(({ euclidean }) => euclidean), gradients: null },
    { norm: 'L∞', method, distances: found.map(({ maximum }) => maximum), gradients: null },
  ];
}

async function imageAt(classifier: Classifier, x: Vector): Promise<SearchedImage> {
  const logits = await classifier.logits(x);
  return { point: x, logits, label: predictedLabel(logits), range: undefined };
}

/** How far the boundary is on the way to another tool's point; ∞ where that has the image's own label. */
async function putBack(classifier: Classifier, x: Vector, point: Vector, norm: 'L2' | 'L∞'): Promise<number> {
  const image = await imageAt(classifier, x);
  const logits = await classifier.logits(point);
  if (!isOutside(logits, image.label)) return Infinity;
  const { point: tie } = await crossing(classifier, image.label, image, { point, logits });
  return norm === 'L2' ? distanceBetween(tie, x) : maximumDifference(tie, x);
}
