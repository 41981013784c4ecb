import type { Closing, Item, Params } from '../../protocol/analyses';
import { AnalysisError } from '../base/errors';
import type { BoundaryPoint } from '../geometry/boundary';
import { type Curvature, curvatureAt, type CurvatureSettings, scaleSweep } from '../geometry/curvature';
import { strongestRival } from '../geometry/logits';
import type { NetworkImage } from '../images/networkImages';
import { seededRandom } from '../math/random';
import { mean, meanEstimate, median, quantile } from '../math/statistics';
import type { Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import type { ItemWithArrays } from '../study/sink';
import type { Study } from '../study/study';
import { type Analysis, phases } from './analysis';

/** Lanczos keeps its whole basis; the refinement needs a few vectors more. */
const vectorsOfOneTask = 110;

type CurvatureItem = Item<'curvature'>;

const bent = phases<'curvature'>()
  .phase('curvatureStep', async (study, params) => {
    if (params.method === 'smoothed') return null;
    const distances = distancesOf(await study.boundaries());
    return params.step ?? (distances.length > 0 ? params.scale * median(distances) : null);
  })
  .close(async (study, params, { curvatureStep: step }) => {
    if (params.method === 'smoothed') return smoothedCurvature(study, params);
    const points = await study.boundaries();
    const kinked = study.classifier.smoothness !== 'smooth';
    const differences = params.method === 'finite-difference' || (params.method === 'auto' && kinked);
    if (step === null && differences) {
      throw new AnalysisError(
        'no-boundary',
        'no image has a boundary point, so there is no distance to derive the step from; give the step itself with --step',
      );
    }
    const settings = { ...params, ...(step !== null && { step }) };
    const items = await study.items(
      'curvature',
      'Measuring the curvature',
      [...points.keys()],
      [settings, ...study.searchKey()],
      vectorsOfOneTask,
      (image, classifier) => curvatureItem(study, image, classifier, points.get(image), settings),
    );
    noteDoubledSteps(study, items);
    return closing(items, differences, study, distancesOf(points));
  });

/**
 * The curvature of the decision boundary at the point nearest to each image, or of the level set of f_runnerUp − f_label
 * through the image itself: exact for smooth networks, at a step h for networks with kinks.
 *
 * @throws AnalysisError 'no-boundary' where no image has a distance to derive the step from.
 */
export const curvature: Analysis<'curvature'> = {
  ...bent,
  cost: ({ scaleSweep: swept, eigenvalues }, { images, dimension, smooth }) => {
    // An exact product is about three gradients; the whole spectrum takes one a dimension.
    const directions = eigenvalues === 'all' && smooth ? 3 * dimension : smooth ? 300 : 280;
    return { forwards: images * (swept ? 400 : 50), gradients: directions * images, searches: ['images'] };
  },
  presets: { standard: { scaleSweep: true }, paper: { eigenvalues: 'all', scaleSweep: true } },
};

function distancesOf(points: ReadonlyMap<NetworkImage, BoundaryPoint>): number[] {
  return [...points.values()].flatMap(({ distance }) => (distance === null ? [] : [distance]));
}

async function curvatureItem(
  study: Study,
  image: NetworkImage,
  classifier: Classifier,
  point: BoundaryPoint | undefined,
  settings: Params<'curvature'>,
): Promise<ItemWithArrays<'curvature'>> {
  if (!point) throw new Error('an image without a search has no curvature');
  const place = placeOf(image, point, settings.at);
  const identity = { name: image.name, label: point.label, status: point.status, distance: point.distance };
  if (!place) {
    return { item: { ...nothing, ...identity, target: null, method: methodOf(settings, classifier.smoothness) } };
  }
  const pair = { label: point.label, target: place.target };
  const random = (purpose: string) => seededRandom(study.seed, image.content, purpose);
  const { method, scaleSweep: swept, step, eigenvalues } = settings;
  const asked: CurvatureSettings = {
    eigenvalues,
    method: method === 'smoothed' ? 'exact' : method,
    signal: study.signal,
    ...(step !== undefined && { step }),
  };
  const [found, sweep] = await Promise.all([
    curvatureAt(classifier, place.z, pair, asked, random('curvature')),
    swept && step !== undefined ? scaleSweep(classifier, place.z, pair, { step }, random('sweep')) : undefined,
  ]);
  const item = { ...identity, target: place.target, ...fields(found) };
  return {
    item: sweep ? { ...item, sweep } : item,
    arrays: { principalDirections: stacked(found, study.model.inputShape) },
  };
}

/** Where the curvature is measured; undefined where there is no such point. */
function placeOf(
  image: NetworkImage,
  point: BoundaryPoint,
  at: 'boundary' | 'point',
): { readonly z: Vector; readonly target: number } | undefined {
  if (at === 'boundary') return point.point && { z: point.point, target: point.target };
  return { z: Float64Array.from(image.x), target: strongestRival(point.logits, point.label) };
}

function methodOf({ method }: Params<'curvature'>, smoothness: string): CurvatureItem['method'] {
  if (method !== 'auto') return method;
  return smoothness === 'smooth' ? 'exact' : 'finite-difference';
}

const nothing = {
  step: null,
  principalCurvatures: [],
  ritzValues: [],
  gradientDifferences: [],
  flags: [],
  asymmetry: null,
  meanCurvature: null,
  meanCurvatureStandardError: null,
};

function fields(found: Curvature): Omit<CurvatureItem, 'name' | 'label' | 'target' | 'status' | 'distance'> {
  const { directions } = found;
  return {
    step: found.step,
    method: found.method,
    principalCurvatures: [...found.principalCurvatures],
    ritzValues: directions.map(({ ritzValue }) => ritzValue),
    gradientDifferences: directions.flatMap(({ gradientDifference: d }) => (d === null ? [] : [d])),
    flags: [...found.flags],
    asymmetry: found.asymmetry,
    meanCurvature: found.meanCurvature,
    meanCurvatureStandardError: found.meanCurvatureStandardError,
    nearZeroShare: found.nearZeroShare,
    tangentCurvatures: Array.from(found.tangentCurvatures),
    residuals: directions.map(({ residual }) => residual),
  };
}

/** Directions as rows, [directions, …input shape]. */
function stacked({ directions }: Curvature, inputShape: readonly number[]): { data: Float64Array; shape: number[] } {
  const size = directions[0]?.direction.length ?? 0;
  const data = new Float64Array(directions.length * size);
  directions.forEach(({ direction }, i) => {
    data.set(direction, i * size);
  });
  return { data, shape: [directions.length, ...inputShape] };
}

/** Exact curvature of a smooth stand-in, whose boundary points are found anew: an independent look at networks with kinks. */
async function smoothedCurvature(study: Study, params: Params<'curvature'>): Promise<Closing<'curvature'>> {
  const { beta, logitChange, study: smooth } = await study.smoothed(params.beta);
  const points = await smooth.boundaries();
  const items = await smooth.items(
    'curvature',
    'Measuring the curvature of the smoothed network',
    [...points.keys()],
    [params, beta, ...study.searchKey()],
    vectorsOfOneTask,
    async (image, classifier) => {
      const { item, arrays } = await curvatureItem(smooth, image, classifier, points.get(image), params);
      return { item: { ...item, method: 'smoothed' }, ...(arrays && { arrays }) };
    },
  );
  const closed = closing(items, false, study, distancesOf(points));
  return { ...closed, summary: { ...closed.summary, beta, logitChange } };
}

function noteDoubledSteps(study: Study, items: readonly CurvatureItem[]): void {
  const doubled = items.filter(({ flags }) => flags.includes('step-doubled')).length;
  if (doubled === 0) return;
  study.sink.note(
    `For ${doubled} of ${items.length} images the step h was doubled until second differences rise above float32 rounding.`,
  );
}

function closing(
  items: readonly CurvatureItem[],
  differences: boolean,
  { classifier, search }: Study,
  distances: readonly number[],
): Closing<'curvature'> {
  const known = items.filter(({ meanCurvature }) => meanCurvature !== null);
  const values = <T>(of: (item: CurvatureItem) => T | null | undefined): T[] => {
    return known.flatMap((item) => of(item) ?? []);
  };
  const means = values(({ meanCurvature }) => meanCurvature);
  const average = (numbers: readonly number[]): number | null => (numbers.length > 0 ? mean(numbers) : null);
  const steps = values(({ step }) => step);
  const step = differences && steps.length > 0 ? median(steps) : null;
  const bends = values(({ meanCurvature, distance }) => (distance === null ? null : (meanCurvature ?? 0) * distance));
  const sweep = sweepOverImages(known);
  return {
    spectrum: spectrum(known, classifier.dimension),
    summary: {
      meanCurvature: average(means),
      standardError:
        means.length > 1 ? meanEstimate(means).standardError : (known[0]?.meanCurvatureStandardError ?? null),
      nearZeroShare: average(values(({ nearZeroShare }) => nearZeroShare)),
      asymmetry: average(values(({ asymmetry }) => asymmetry)),
      smoothness: classifier.smoothness,
      step,
      stepOverDistance: step !== null && distances.length > 0 ? step / median(distances) : null,
      curvatureTimesDistance: bends.length > 0 ? median(bends) : null,
      n: known.length,
      search: search.level,
    },
    ...(sweep.length > 0 && { sweep }),
  };
}

/** Principal curvatures index by index over images: the whole spectrum where all images have it, else its two ends. */
function spectrum(items: readonly CurvatureItem[], dimension: number): Closing<'curvature'>['spectrum'] {
  const rows = items.map(({ principalCurvatures }) => principalCurvatures).filter(({ length }) => length > 0);
  const length = rows.length > 0 ? Math.min(...rows.map((row) => row.length)) : 0;
  // The ends are counted from each end: rows of different length agree in nothing else.
  const top = length === dimension - 1 ? length : Math.ceil(length / 2);
  const index = Array.from({ length }, (_, i) => (i < top ? i + 1 : i - length));
  const column = (place: number): number[] => rows.map((row) => row[place > 0 ? place - 1 : row.length + place]);
  const columns = index.map(column);
  return {
    index,
    mean: columns.map((values) => mean(values)),
    median: columns.map((values) => median(values)),
    lower: columns.map((values) => quantile(values, 0.1)),
    upper: columns.map((values) => quantile(values, 0.9)),
    n: rows.length,
  };
}

function sweepOverImages(items: readonly CurvatureItem[]): NonNullable<Closing<'curvature'>['sweep']> {
  const sweeps = items.flatMap(({ sweep }) => (sweep ? [sweep] : []));
  return (sweeps[0] ?? []).map(({ factor, step }, i) => {
    const means = sweeps.map((sweep) => sweep[i].mean);
    const { mean: average, standardError } = meanEstimate(means);
    const resolvedShare = mean(sweeps.map((sweep) => Number(sweep[i].resolved ?? true)));
    return { factor, step, mean: average, standardError: standardError ?? sweeps[0][i].standardError, resolvedShare };
  });
}
