import type { Closing, Params } from '../../protocol/analyses';
import type { CalibrationState } from '../../protocol/calibration';
import { recoveryRules, type SearchLevel } from '../../protocol/words';
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
import { byContent, type NetworkImage } from '../images/networkImages';
import { seededRandom, shuffled } from '../math/random';
import { median } from '../math/statistics';
import { addScaled, type Vector } from '../math/vector';
import type { Study } from '../study/study';
import { type Analysis, type AttackStrengths, type Calibrated, phases } from './analysis';
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

const learnedOnClean = phases<'calibration'>()
  .phase('calibrationStep', async (study, params) => stepOf(study, await pointsOf(study), params))
  .phase('attackStrengths', async (study, params) => (params.attacks ? attackStrengths(await pointsOf(study)) : null))
  .phase('learned', async (study, params, { calibrationStep: step, attackStrengths: strengths }) => {
    const { clean: given, images, seed, classifier } = study;
    const settings = { estimator: params.estimator, step, samples: params.samples };
    const attacks = strengths ? attacksOf(strengths) : [];
    const measured = await measurements(study, await pointsOf(study), params, settings, attacks);
    const seen = [...measured.values()];
    if (seen.length === 0) {
      throw new AnalysisError('no-boundary', 'no clean image could be measured; the failures say why');
    }
    const { alpha: alphas, falsePositiveRate } = params;
    const learned = calibrationOf(seen, { dimension: classifier.dimension, settings, seed, alphas, falsePositiveRate });
    const state = stateOf(learned, [...measured.keys()], study.search.level);
    const heldOut = given === null && learned.detector ? heldOutDetectors(measured, params, seed) : {};
    const count = (given ?? images).length;
    return { calibrated: { state, heldOut }, closing: closing(learned, state, params, { count, attacks, seen }) };
  })
  .close((_study, _params, { learned }) => Promise.resolve(learned.closing));

/**
 * Learns to tell perturbed images from clean ones by perturbing the clean ones, and says on held-out ones how well that
 * works on this network, beside what logits alone tell. What it learned is what `detect` of the same job uses.
 *
 * @throws AnalysisError 'no-boundary' where no clean image has a boundary point: nothing can be perturbed then.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §5
 */
export const calibration: Analysis<'calibration'> = {
  ...learnedOnClean,
  cost: ({ alpha, attacks, samples }, { clean, images, classes }) => {
    const measured = (clean ?? images) * (1 + alpha.length + (attacks ? 2 : 0));
    return {
      forwards: measured * 2 * samples,
      gradients: measured * Math.min(20, classes - 1),
      searches: [clean === null ? 'images' : 'clean'],
    };
  },
  presets: { standard: { attacks: true }, paper: { attacks: true } },
};

type Points = ReadonlyMap<NetworkImage, FoundBoundaryPoint>;

/** The boundary points of the clean images that have one. */
async function pointsOf(study: Study): Promise<Points> {
  const points = await study.boundaries(byContent(study.clean ?? study.images));
  return new Map([...points].flatMap(([image, point]) => (point.status === 'converged' ? [[image, point]] : [])));
}

/** h: given, or so much of the median distance, doubled while float32 does not resolve second differences. */
async function stepOf(study: Study, points: Points, { step, scale }: Params<'calibration'>): Promise<number> {
  if (step !== undefined) return step;
  const { seed, sink } = study;
  const some = [...points.keys()].slice(0, resolutionImages);
  const resolution = async (tried: number): Promise<number> => {
    const values = await study.each(
      'Choosing the step',
      some,
      ({ content }) => ['resolution', tried, seed, content],
      24,
      ({ x, content }, classifier) =>
        secondDifferenceResolution(classifier, Float64Array.from(x), tried, seededRandom(seed, content, 'resolution')),
    );
    return values.size > 0 ? median([...values.values()]) : 0;
  };
  const distances = Array.from(points.values(), ({ deepfoolDistance, distance }) => deepfoolDistance ?? distance);
  const asked = calibrationStep(distances, scale);
  const guarded = await guardedStep(resolution, asked);
  if (guarded.doublings > 0) {
    sink.note(
      `Detection: h was raised from ${asked.toPrecision(3)} to ${guarded.step.toPrecision(3)}, or float32 would hide the curvature.`,
    );
  } else if (!guarded.resolved) {
    sink.note('Detection: the network is so flat around its images that float32 does not resolve its curvature.');
  }
  return guarded.step;
}

/** The clean images and their copies, measured. */
function measurements(
  study: Study,
  points: Points,
  { alpha }: Params<'calibration'>,
  settings: EstimatorSettings,
  attacks: readonly Attack[],
): Promise<Map<NetworkImage, CalibrationImage>> {
  const { seed } = study;
  const strengths = attacks.map(({ name, strength }) => [name, strength]);
  return study.each(
    'Measuring clean and perturbed images',
    [...points.keys()],
    ({ content }) => ['calibration', seed, content, settings, alpha, strengths, ...study.searchKey()],
    vectorsOfOneTask,
    async (image, classifier) => {
      const random = (purpose: string) => seededRandom(seed, image.content, 'calibration', purpose);
      const x = Float64Array.from(image.x);
      const copies = perturbedCopies(x, addScaled(points.get(image)?.point ?? x, -1, x), alpha);
      for (const { name, perturbed } of attacks) copies.set(name, await perturbed(classifier, x, random(name)));
      return calibrationImage(classifier, x, copies, settings, random);
    },
  );
}

function attackStrengths(points: Points): AttackStrengths {
  const found = [...points.values()];
  const largest = found.flatMap(({ distanceInf }) => (distanceInf !== null && distanceInf > 0 ? [distanceInf] : []));
  return {
    epsilon: largest.length > 0 ? 2 * median(largest) : null,
    radius: 2 * median(found.map(({ distance }) => distance)),
  };
}

function attacksOf({ epsilon, radius }: AttackStrengths): Attack[] {
  const attacks: Attack[] = [];
  if (epsilon !== null) {
    attacks.push({
      name: 'FGSM',
      strength: `ε = ${epsilon.toPrecision(3)}, 2 × median L∞ distance`,
      perturbed: (classifier, x) => fastGradientSign(classifier, x, epsilon),
    });
  }
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
  const detectors: Record<string, NonNullable<CalibrationState['detector']>> = {};
  for (let fold = 0; fold < folds; fold++) {
    const others = order.filter((_, i) => i % folds !== fold).map(([, image]) => image);
    const detector = plain(learnedDetector(others, kinds));
    order.forEach(([{ sha256 }], i) => {
      if (i % folds === fold) detectors[sha256] = detector;
    });
  }
  return detectors;
}

function stateOf(learned: Calibration, images: readonly NetworkImage[], search: SearchLevel): CalibrationState {
  const { classes, dimension, settings, detector, recoveryRule, worksHere, reason } = learned;
  return {
    ...{ classes, dimension, recoveryRule, worksHere, reason },
    settings: { ...settings },
    search,
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
    clean: {
      ...{ count, used: seen.length, step: settings.step, samples: settings.samples, estimator: settings.estimator },
      ...(state.search && { search: state.search }),
    },
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
      recoveryRules.map((rule) => {
        const found = learned.recovery.find((entry) => entry.alpha === strength && entry.rule === rule);
        const { rate = null, low = null, high = null, n = 0 } = found ?? {};
        return { alpha: strength, rule, accuracy: rate, low, high, n };
      }),
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
