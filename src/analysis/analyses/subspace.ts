import type { Closing, Params } from '../../protocol/analyses';
import { standardErrors95 } from '../../protocol/interval';
import { AnalysisError } from '../base/errors';
import type { BoundaryPoint, FoundBoundaryPoint } from '../geometry/boundary';
import { curvatureAtScale, resolvedCurvatures } from '../geometry/curvatureAtScale';
import { levelSetPoint } from '../geometry/levelSet';
import { highCurvatureDirections } from '../geometry/principalDirections';
import { normalCurvature } from '../geometry/shapeOperator';
import {
  type Perturbation,
  type PerturbationCoordinates,
  perturbationCoordinates,
  projectionTable,
  spatialGradient,
} from '../geometry/subspace/projections';
import { type LabelFlips, labelFlips, orthogonalAdvantage, robustnessCurves } from '../geometry/subspace/robustness';
import {
  relativeCurvatures,
  rhoBand,
  type SharedDirections,
  sharedDirections,
} from '../geometry/subspace/sharedDirections';
import { imagesKey, type NetworkImage } from '../images/networkImages';
import { gaussianVector, type Random, seededRandom, tangentUnitVector } from '../math/random';
import { median } from '../math/statistics';
import { addScaled } from '../math/vector';
import type { Classifier } from '../model/classifier';
import type { Study } from '../study/study';
import { type Analysis, phases, type Shared } from './analysis';
import { imagesOf, trainingSplit } from './trainingSplit';
import { typicalNorm } from './typicalNorm';

type Found = ReadonlyMap<NetworkImage, FoundBoundaryPoint>;

/** Lanczos steps on each training image; no fewer than three times the directions taken. */
const lanczosSteps = 30;
/** ‖noise‖ / typical norm of the robustness curves. */
const noiseLevels = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1];
/** u_1 … that are shown as pictures. */
const mostTiles = 16;

/** What is measured on one unseen image. */
interface Seen {
  readonly flips: LabelFlips;
  /** ρᵢ; null without a boundary point, or where the boundary is flat. */
  readonly rho: Float64Array | null;
  readonly perturbations: Readonly<Record<Perturbation, PerturbationCoordinates | null>>;
}

const sharedAndTried = phases<'subspace'>()
  .phase('trainingSplit', (study, { trainCount }) => Promise.resolve(trainingSplit(study, trainCount)))
  .phase('sharedStep', async (study, { scale }, { trainingSplit: split }) => {
    const { train, test } = imagesOf(study, split);
    const trained = found(await study.boundaries(train), 'training');
    found(await study.boundaries(test), 'test');
    return scaleOf(study, trained, scale);
  })
  .phase('sharedDirections', async (study, params, { trainingSplit: split, sharedStep }): Promise<Shared> => {
    const { train } = imagesOf(study, split);
    const trained = found(await study.boundaries(train), 'training');
    const { directions, used } = await highCurvature(study, trained, params, sharedStep);
    study.progress('Finding shared directions', 0, 1);
    const shared = await sharedDirections(directions, params.dimension, study.signal);
    noteDimension(study, params, shared, used.length);
    return { ...shared, columns: directions.flat(), trainedOn: { key: imagesKey(used), images: used.length } };
  })
  .close(async (study, params, { trainingSplit: split, sharedStep: step, sharedDirections: shared }) => {
    const { signal } = study;
    const { train, test } = imagesOf(study, split);
    const tested = found(await study.boundaries(test), 'test');
    const radius = typicalNorm(test);
    const key = [shared.trainedOn.key, params, step, radius, study.seed, ...study.searchKey()];
    const seen = await measured(study, {
      images: test,
      points: tested,
      shared,
      columns: shared.columns,
      step,
      radius,
      key,
    });
    const flips = seen.map((image) => image.flips);
    const random = (purpose: string) => seededRandom(study.seed, 'subspace', purpose);
    const of = (kind: Perturbation) => seen.flatMap(({ perturbations }) => perturbations[kind] ?? []);
    const { expected, ...projections } = await projectionTable(
      shared,
      {
        random: of('random'),
        adversarial: of('adversarial'),
        difference: of('difference'),
        imageGradient: of('imageGradient'),
      },
      random('projections'),
      {
        signal,
        progress: (done, total) => {
          study.progress('Bootstrap of the projections', done, total);
        },
      },
    );
    const rho = seen.flatMap((image) => image.rho ?? []);
    const advantage = orthogonalAdvantage(flips, random('advantage'));
    const curves = robustnessCurves(noiseLevels, flips);
    const tiles = await directionTiles(study, shared);
    const { adversarial } = projections;
    return {
      singularValues: [...shared.singularValues],
      rho: rho.length > 0 ? mutable(rhoBand(rho)) : { mean: [], lower: [], upper: [] },
      robustness: {
        noise: [...noiseLevels],
        shared: [...curves.shared],
        orthogonal: [...curves.orthogonal],
        uniform: [...curves.uniform],
        orthogonalMinusUniform: { difference: 0 - advantage.value, low: 0 - advantage.high, high: 0 - advantage.low },
      },
      projections,
      expectedRandom: expected,
      ...(adversarial && {
        adversarialInterval: {
          low: Math.max(0, adversarial.mean - standardErrors95 * adversarial.standardError),
          high: Math.min(1, adversarial.mean + standardErrors95 * adversarial.standardError),
        },
      }),
      dimension: shared.directions.length,
      inputDimension: study.classifier.dimension,
      typicalNorm: radius,
      step,
      train: { count: train.length, used: shared.trainedOn.images },
      test: { count: test.length, used: tested.size },
      ...(tiles.length > 0 && { tiles }),
    };
  });

/**
 * Directions in which the boundary near many images is curved, learned on training images and tried on others: relative
 * curvature along them, robustness to noise in their span and outside, and how much of several perturbations lies in it.
 *
 * @throws AnalysisError 'invalid-input' without two images, 'no-boundary' where no training or no test image has one.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4
 */
export const subspace: Analysis<'subspace'> = {
  ...sharedAndTried,
  cost: ({ trainCount, dimension, directions }, { images, train }) => {
    const trained = train ?? Math.min(trainCount, Math.floor(images / 2));
    const tested = train === null ? images - trained : images;
    return {
      forwards: tested * (2 * (64 + dimension) + 37),
      gradients: trained * 2 * Math.max(lanczosSteps, 3 * directions),
      searches: train === null ? ['images'] : ['images', 'train'],
    };
  },
  presets: { quick: { dimension: 100, directions: 6, trainCount: 50 } },
};

function found(points: ReadonlyMap<NetworkImage, BoundaryPoint>, kind: string): Found {
  const those = new Map(
    [...points].flatMap(([image, point]) => (point.status === 'converged' ? [[image, point]] : [])),
  );
  if (those.size > 0) return those;
  throw new AnalysisError('no-boundary', `shared directions need a ${kind} image with a boundary point, got none`);
}

/** h for networks with kinks: the scale times the median distance, larger where float32 asks for it; null for smooth ones. */
async function scaleOf(study: Study, points: Found, scale: number): Promise<number | null> {
  const { seed, classifier } = study;
  if (classifier.smoothness === 'smooth') return null;
  const asked = scale * median(Array.from(points.values(), ({ distance }) => distance));
  const some = [...points.keys()].slice(0, 16);
  const steps = await study.each(
    'Choosing the step',
    some,
    ({ content }) => ['resolved step', asked, seed, content, ...study.searchKey()],
    24,
    async (image, counted) => {
      const at = await placeOf(points, image, counted);
      const random = seededRandom(seed, image.content, 'resolved step');
      const tangents = Array.from({ length: 8 }, () => tangentUnitVector(at.normal, random));
      return (await resolvedCurvatures(at, asked, tangents)).step;
    },
  );
  const step = steps.size > 0 ? median([...steps.values()]) : asked;
  if (step > asked) {
    study.sink.note(
      `Shared directions: h was raised from ${asked.toPrecision(3)} to ${step.toPrecision(3)}, or float32 would hide the curvature.`,
    );
  }
  return step;
}

/** The directions of largest curvature at the boundary point of each training image, in single precision. */
async function highCurvature(
  study: Study,
  points: Found,
  { directions: count }: Params<'subspace'>,
  step: number | null,
): Promise<{ directions: Float32Array[][]; used: NetworkImage[] }> {
  const { seed } = study;
  const steps = Math.max(lanczosSteps, 3 * count);
  const found = await study.each(
    'Finding directions of high curvature',
    [...points.keys()],
    ({ content }) => ['directions', seed, content, step, count, steps, ...study.searchKey()],
    steps + count,
    async (image, classifier) => {
      const random = seededRandom(seed, image.content, 'directions');
      const at = await placeOf(points, image, classifier);
      const vectors = await highCurvatureDirections(at, step, { count, steps }, random);
      return vectors.map((v) => Float32Array.from(v));
    },
  );
  if (found.size === 0) {
    throw new AnalysisError('no-boundary', 'no training image gave directions of high curvature; the failures say why');
  }
  return { directions: [...found.values()], used: [...found.keys()] };
}

/** Flips, ρ and projections of every unseen image. */
async function measured(
  study: Study,
  setting: {
    readonly images: readonly NetworkImage[];
    readonly points: Found;
    readonly shared: SharedDirections;
    readonly columns: readonly Float32Array[];
    readonly step: number | null;
    readonly radius: number;
    readonly key: readonly unknown[];
  },
): Promise<Seen[]> {
  const { images, points, shared, columns, step, radius, key } = setting;
  const { seed } = study;
  const radii = noiseLevels.map((level) => level * radius);
  // Not with itself: any of the others, the same for every rerun.
  const partner = (i: number): NetworkImage | undefined => {
    const away = 1 + Math.floor(seededRandom(seed, images[i].content, 'partner')() * (images.length - 1));
    return images.length > 1 ? images[(i + away) % images.length] : undefined;
  };
  const partners = new Map(images.map((image, i) => [image, partner(i)]));
  const results = await study.each(
    'Trying the shared directions on other images',
    images,
    (image) => ['subspace', ...key, image.content, partners.get(image)?.sha256],
    4 * noiseLevels.length,
    async (image, classifier): Promise<Seen> => {
      const random = (purpose: string) => seededRandom(seed, image.content, purpose);
      const x = Float64Array.from(image.x);
      const point = points.get(image);
      const other = partners.get(image);
      const coordinates = (...vectors: Float64Array[]) => perturbationCoordinates(columns, vectors);
      const shape = imageShape(study);
      const [flips, rho] = await Promise.all([
        labelFlips(classifier, x, shared.directions, radii, random('noise')),
        point ? rhoAt(classifier, point, shared, step, seededRandom(seed, image.content, 'reference tangents')) : null,
      ]);
      return {
        flips,
        rho,
        perturbations: {
          random: coordinates(gaussianVector(x.length, random('random perturbation'))),
          adversarial: point ? coordinates(addScaled(point.point, -1, x)) : null,
          difference: other ? coordinates(addScaled(Float64Array.from(other.x), -1, x)) : null,
          imageGradient: shape && coordinates(...spatialGradient(x, shape)),
        },
      };
    },
  );
  return [...results.values()];
}

async function rhoAt(
  classifier: Classifier,
  { point, label, target }: FoundBoundaryPoint,
  { directions }: SharedDirections,
  step: number | null,
  random: Random,
): Promise<Float64Array | null> {
  const at = await levelSetPoint(classifier, point, { label, target });
  const curvature = (v: Float64Array) => (step === null ? normalCurvature(at, v) : curvatureAtScale(at, step, v));
  return (await relativeCurvatures(curvature, at.normal, directions, random)).rho;
}

function placeOf(points: Found, image: NetworkImage, classifier: Classifier): ReturnType<typeof levelSetPoint> {
  const point = points.get(image);
  if (!point) throw new Error('an image without a boundary point has no curvature');
  return levelSetPoint(classifier, point.point, { label: point.label, target: point.target });
}

/** How the input lies on the image; null where it is none. */
function imageShape({ model: { inputShape, layout } }: Study): Parameters<typeof spatialGradient>[1] | null {
  if (layout === 'flat' || inputShape.length !== 3) return null;
  const [a, b, c] = inputShape;
  return layout === 'nchw'
    ? { channels: a, height: b, width: c, layout }
    : { height: a, width: b, channels: c, layout };
}

function noteDimension(
  { sink, classifier }: Study,
  { dimension, directions }: Params<'subspace'>,
  shared: SharedDirections,
  images: number,
): void {
  const got = shared.directions.length;
  if (got >= dimension) return;
  sink.note(
    shared.limitedBy === 'input'
      ? `Shared directions: S has ${got} instead of ${dimension} dimensions, half of the input’s ${classifier.dimension}: everything would lie in a larger one.`
      : `Shared directions: S has ${got} instead of ${dimension} dimensions, ${images} training images with ${directions} directions each give no more.`,
  );
}

/** Keeps u_1, u_2, … for `.npz` and draws the first of them. */
async function directionTiles(study: Study, { directions }: SharedDirections): Promise<string[]> {
  const { classifier, sink, model } = study;
  const data = new Float64Array(directions.length * classifier.dimension);
  directions.forEach((u, i) => {
    data.set(u, i * classifier.dimension);
  });
  sink.array('directions', { data, shape: [directions.length, ...model.inputShape] });
  const tiles = await Promise.all(directions.slice(0, mostTiles).map((u) => study.tile(u)));
  return tiles.filter((picture) => picture !== null);
}

function mutable({ mean, lower, upper }: ReturnType<typeof rhoBand>): Closing<'subspace'>['rho'] {
  return { mean: [...mean], lower: [...lower], upper: [...upper] };
}
