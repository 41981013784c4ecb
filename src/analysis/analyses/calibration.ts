import type { Closing, Params } from '../../protocol/analyses';
import type { CalibrationState } from '../../protocol/calibration';
import { recoveryRules } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { FoundBoundaryPoint } from '../geometry/boundary';
import { fastGradientSign, projectedGradient } from '../geometry/detection/attacks';
import { type Calibration, calibration as calibrationOf, FEWEST_IMAGES } from '../geometry/detection/calibration';
import type { EstimatorSettings } from '../geometry/detection/classCurvatures';
import { FEATURES, learnedDetector, type ScoreName } from '../geometry/detection/detector';
import {
  type CalibrationImage,
  calibrationImage,
  multipleKind,
  perturbedCopies,
} from '../geometry/detection/measurement';
import { calibrationStep, guardedStep, secondDifferenceResolution } from '../geometry/detection/step';
import { seededRandom, shuffled } from '../math/random';
import { median } from '../math/statistics';
import { addScaled, type Vector } from '../math/vector';
import type { Analysis, Context, NetworkImage } from '../study/context';
import type { Calibrated } from './calibrated';
import { inWords } from './calibrationInWords';

/** An image, its copies, and the points around each. */
const vectorsOfOneTask = 256;
/** Images that tell whether float32 resolves second differences. */
const resolutionImages = 16;
/** Parts of the images, each judged by what was learned from the others. */
const folds = 5;

/** Attacks that nothing is learned from; of the strength that is twice the usual distance. */
interface Attack {
  readonly name: string;
  readonly strength: string;
  readonly perturbed: (
    ...args: [Parameters<typeof fastGradientSign>[0], Vector, ReturnType<typeof seededRandom>]
  ) => Promise<Vector>;
}

/**
 * Learns to tell perturbed images from clean ones by perturbing the clean ones, and says on held-out ones how well that
 * works on this network, beside what logits alone tell. What it learned is what `detect` of the same job uses.
 *
 * @throws AnalysisError 'no-boundary' where no clean image has a boundary point: nothing can be perturbed then.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §5
 */
export const calibration: Analysis<'calibration'> = async (context, params) => {
  const { clean: given, images, seed, classifier } = context.options;
  const clean = given ?? images;
  const points = new Map(
    [...(await context.boundaries(clean))].flatMap(([image, point]) =>
      point.status === 'converged' ? [[image, point]] : [],
    ),
  );
  const settings = {
    estimator: params.estimator,
    step: await stepOf(context, points, params),
    samples: params.samples,
  };
  const attacks = params.attacks ? attacksOf(points) : [];
  const measured = await measurements(context, points, params, settings, attacks);
  const seen = [...measured.values()];
  if (seen.length === 0) {
    throw new AnalysisError('no-boundary', 'no clean image could be measured; the failures say why');
  }
  const { alpha: alphas, falsePositiveRate } = params;
  const learned = calibrationOf(seen, { dimension: classifier.dimension, settings, seed, alphas, falsePositiveRate });
  const state = stateOf(learned, [...measured.keys()]);
  context.calibration = {
    state,
    heldOut: given === null && learned.detector ? heldOutDetectors(measured, params, seed) : new Map(),
  };
  return closing(learned, state, params, { count: clean.length, attacks, seen });
};

/** h: given, or so much of the median distance, doubled while float32 does not resolve second differences. */
async function stepOf(
  context: Context,
  points: ReadonlyMap<NetworkImage, FoundBoundaryPoint>,
  { step, scale }: Params<'calibration'>,
): Promise<number> {
  if (step !== undefined) return step;
  const { seed, note } = context.options;
  const some = [...points.keys()].slice(0, resolutionImages);
  const resolution = async (tried: number): Promise<number> => {
    const values = await context.each(
      'Choosing the step',
      some,
      ({ index }) => ['resolution', tried, seed, index],
      24,
      ({ x, index }, classifier) =>
        secondDifferenceResolution(classifier, Float64Array.from(x), tried, seededRandom(seed, index, 'resolution')),
    );
    return values.size > 0 ? median([...values.values()]) : 0;
  };
  const distances = Array.from(points.values(), ({ deepfoolDistance }) => deepfoolDistance);
  const asked = calibrationStep(distances, scale);
  const guarded = await guardedStep(resolution, asked);
  if (guarded.doublings > 0) {
    note(
      `Detection: h was raised from ${asked.toPrecision(3)} to ${guarded.step.toPrecision(3)}, or float32 would hide the curvature.`,
    );
  } else if (!guarded.resolved) {
    note('Detection: the network is so flat around its images that float32 does not resolve its curvature.');
  }
  return guarded.step;
}

/** The clean images and their copies, measured. */
function measurements(
  context: Context,
  points: ReadonlyMap<NetworkImage, FoundBoundaryPoint>,
  { alpha }: Params<'calibration'>,
  settings: EstimatorSettings,
  attacks: readonly Attack[],
): Promise<Map<NetworkImage, CalibrationImage>> {
  const { seed } = context.options;
  const strengths = attacks.map(({ name, strength }) => [name, strength]);
  return context.each(
    'Measuring clean and perturbed images',
    [...points.keys()],
    ({ index }) => ['calibration', seed, index, settings, alpha, strengths, ...context.searchKey()],
    vectorsOfOneTask,
    async (image, classifier) => {
      const random = (purpose: string) => seededRandom(seed, image.index, 'calibration', purpose);
      const x = Float64Array.from(image.x);
      const copies = perturbedCopies(x, addScaled(points.get(image)?.point ?? x, -1, x), alpha);
      for (const { name, perturbed } of attacks) copies.set(name, await perturbed(classifier, x, random(name)));
      return calibrationImage(classifier, x, copies, settings, random);
    },
  );
}

function attacksOf(points: ReadonlyMap<NetworkImage, FoundBoundaryPoint>): Attack[] {
  const found = [...points.values()];
  const attacks: Attack[] = [];
  const largest = found.flatMap(({ distanceInf }) => (distanceInf !== null && distanceInf > 0 ? [distanceInf] : []));
  if (largest.length > 0) {
    const epsilon = 2 * median(largest);
    attacks.push({
      name: 'FGSM',
      strength: `ε = ${epsilon.toPrecision(3)}, 2 × median L∞ distance`,
      perturbed: (classifier, x) => fastGradientSign(classifier, x, epsilon),
    });
  }
  const radius = 2 * median(found.map(({ distance }) => distance));
  attacks.push({
    name: 'PGD-L2',
    strength: `radius ${radius.toPrecision(3)}, 2 × median distance`,
    perturbed: (classifier, x, random) => projectedGradient(classifier, x, { radius }, random),
  });
  return attacks;
}

/** For each image a detector that was learned without it: five folds. */
function heldOutDetectors(
  measured: ReadonlyMap<NetworkImage, CalibrationImage>,
  { alpha }: Params<'calibration'>,
  seed: number,
): Calibrated['heldOut'] {
  const order = shuffled([...measured], seededRandom(seed, 'calibration folds'));
  const kinds = alpha.map(multipleKind);
  const detectors = new Map<string, NonNullable<CalibrationState['detector']>>();
  for (let fold = 0; fold < folds; fold++) {
    const others = order.filter((_, i) => i % folds !== fold).map(([, image]) => image);
    const detector = plain(learnedDetector(others, kinds));
    order.forEach(([{ sha256 }], i) => {
      if (i % folds === fold) detectors.set(sha256, detector);
    });
  }
  return detectors;
}

function stateOf(learned: Calibration, images: readonly NetworkImage[]): CalibrationState {
  const { classes, dimension, settings, detector, recoveryRule, worksHere, reason } = learned;
  return {
    ...{ classes, dimension, recoveryRule, worksHere, reason },
    settings: { ...settings },
    detector: detector && plain(detector),
    imageHashes: images.map(({ sha256 }) => sha256),
    images: images.length,
  };
}

/** As JSON would give it back: what is learned and what is read from a file are one type. */
function plain(detector: NonNullable<Calibration['detector']>): NonNullable<CalibrationState['detector']> {
  return structuredClone(detector) as NonNullable<CalibrationState['detector']>;
}

function closing(
  learned: Calibration,
  state: CalibrationState,
  { alpha, falsePositiveRate }: Params<'calibration'>,
  { count, attacks, seen }: { count: number; attacks: readonly Attack[]; seen: readonly CalibrationImage[] },
): Closing<'calibration'> {
  const kinds = alpha.map(multipleKind);
  const copies = (kind: string) => seen.filter((image) => image.copies.some((copy) => copy.kind === kind)).length;
  const { evaluation, recoveryRule, worksHere, reason, settings } = learned;
  return {
    clean: { count, used: seen.length, step: settings.step, samples: settings.samples, estimator: settings.estimator },
    alpha: [...alpha],
    copies: kinds.map(copies),
    ...(evaluation && {
      scores: {
        combined: scoreOf(learned, 'combined', kinds),
        noCurvature: scoreOf(learned, 'noCurvature', kinds),
        margin: scoreOf(learned, 'margin', kinds),
        rho: scoreOf(learned, 'rho', kinds),
      },
    }),
    recovery: alpha.flatMap((strength) =>
      recoveryRules.map((rule) => ({
        ...{ alpha: strength, rule },
        accuracy: learned.recovery.find((entry) => entry.alpha === strength && entry.rule === rule)?.rate ?? null,
      })),
    ),
    suggestedRule: recoveryRule,
    worksHere,
    reason,
    sentence: inWords(learned, alpha, falsePositiveRate),
    state,
    ...(attacks.length > 0 && {
      attacks: attacks.map(({ name, strength }) => ({
        ...{ name, strength, count: copies(name) },
        ...attackScores(learned, name),
      })),
    }),
  };
}

type Score = NonNullable<Closing<'calibration'>['scores']>['combined'];

function scoreOf({ evaluation, detector }: Calibration, name: ScoreName, kinds: readonly string[]): Score {
  if (!evaluation || !detector) throw new Error(`fewer than ${FEWEST_IMAGES} images have no scores`);
  const seen = evaluation.scores[name];
  const at = kinds.map((kind) => evaluation.kinds.indexOf(kind));
  return {
    auc: at.map((i) => seen.auc[i]),
    low: at.map((i) => seen.low[i]),
    high: at.map((i) => seen.high[i]),
    roc: at.map((i) => rates(seen.roc[i])),
    weights: weightsOf(detector, name),
    threshold: seen.threshold,
    falsePositiveRate: seen.falsePositiveRate.rate,
    clean: [...seen.clean],
    perturbed: at.map((i) => [...seen.perturbed[i]]),
  };
}

function weightsOf({ models, directions }: NonNullable<Calibration['detector']>, name: ScoreName): Score['weights'] {
  switch (name) {
    case 'combined':
    case 'noCurvature':
      return Object.fromEntries(models[name].weights.map((weight, i) => [FEATURES[i], weight]));
    case 'margin':
    case 'rho':
      return { [name]: directions[name] };
  }
}

function rates(points: readonly { falsePositiveRate: number; truePositiveRate: number }[]): Score['roc'][number] {
  return {
    falsePositiveRate: points.map(({ falsePositiveRate }) => falsePositiveRate),
    truePositiveRate: points.map(({ truePositiveRate }) => truePositiveRate),
  };
}

type AttackResult = NonNullable<Closing<'calibration'>['attacks']>[number];

function attackScores({ evaluation }: Calibration, name: string): Pick<AttackResult, 'auc' | 'roc'> {
  const i = evaluation?.kinds.indexOf(name) ?? -1;
  const auc = (score: ScoreName): number | null => evaluation?.scores[score].auc[i] ?? null;
  const areas = { combined: auc('combined'), noCurvature: auc('noCurvature'), margin: auc('margin'), rho: auc('rho') };
  const roc = evaluation?.scores.combined.roc[i];
  return { auc: areas, ...(roc && roc.length > 0 && { roc: rates(roc) }) };
}
