import { type CalibrationReason, type RecoveryRule, recoveryRules } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import { seededRandom, shuffled } from '../../math/random';
import {
  areaUnderRocDifference,
  areaUnderRocInterval,
  type ImageScores,
  type RocPoint,
  rocPoints,
} from '../../math/roc';
import { type RateInterval, wilsonInterval } from '../../math/statistics';
import type { EstimatorSettings } from './classCurvatures';
import { curvatureMatters, type Detector, learnedDetector, score, type ScoreName, threshold } from './detector';
import { type CalibrationImage, multipleKind } from './measurement';

/** The fewest clean images for a verdict; 100 are advised, 200 better. */
export const FEWEST_IMAGES = 50;

/** How often a rule, the runner-up logit or the paper's argmax κ̄, finds the label before, on copies at one α. */
export interface Recovery extends RateInterval {
  readonly alpha: number;
  readonly rule: RecoveryRule;
  /** Copies at this α. */
  readonly n: number;
}

/** How well a score tells clean from perturbed, on images that it was not learned from. */
export interface ScoreEvaluation {
  /** Area under the ROC curve with its 95 % interval by image, one a kind of copy; null for a kind without copies. */
  readonly auc: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly roc: readonly (readonly RocPoint[])[];
  /** Over all copies that detectors are learned from. */
  readonly overall: { readonly auc: number; readonly low: number; readonly high: number };
  /** The scores themselves: of the clean images, and of the copies, one list a kind. */
  readonly clean: readonly number[];
  readonly perturbed: readonly (readonly number[])[];
  /** Learned threshold at the false-alarm rate asked for, and what it does on these images. */
  readonly threshold: number;
  readonly falsePositiveRate: RateInterval;
  /** Share of copies caught, one a kind. */
  readonly truePositiveRate: readonly (RateInterval | null)[];
}

/** The judgement on the procedure: learned on one half of the images, tried on the other. */
export interface Evaluation {
  /** The kinds of copies, in the order of the lists below. */
  readonly kinds: readonly string[];
  readonly scores: Readonly<Record<ScoreName, ScoreEvaluation>>;
  /** AUC of `combined` minus that of the margin alone, resampled by image. */
  readonly gain: Gain;
  /** AUC of `combined` minus that of `noCurvature`: what curvature adds to the logits. */
  readonly curvatureGain: Gain;
}

/** A difference of two areas under ROC curves with its 95 % interval. */
export interface Gain {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Everything that the detection of perturbed images needs to know of a network; JSON-able. */
export interface Calibration {
  readonly classes: number;
  readonly dimension: number;
  /** Scores are comparable at exactly these only. */
  readonly settings: EstimatorSettings;
  readonly seed: number;
  readonly images: number;
  /** Copies that kept the label and were left out, by kind. */
  readonly unchanged: Readonly<Record<string, number>>;
  /** Learned from all images; null where they are too few. */
  readonly detector: Detector | null;
  readonly evaluation: Evaluation | null;
  readonly recovery: readonly Recovery[];
  readonly recoveryRule: RecoveryRule;
  /** Whether any curvature feature has a weight. */
  readonly curvatureMatters: boolean;
  /** The combined score is better than chance and than the margin alone (95 %). */
  readonly worksHere: boolean;
  readonly reason: CalibrationReason | null;
}

/** What a calibration is of. */
export interface CalibrationContext {
  readonly dimension: number;
  readonly settings: EstimatorSettings;
  /** Decides how images are split. */
  readonly seed: number;
  /** Multiples of the smallest perturbation that detectors are learned from: 1, 2, 5. */
  readonly alphas: readonly number[];
  /** The false-alarm rate that thresholds are tried at. */
  readonly falsePositiveRate: number;
}

/**
 * Learns a detector twice: on one half of the images, to be tried on the other half, which tells whether the procedure
 * works on this network; then on all images, for use. Each time two thirds are learned from, and the clean images of the
 * last third give thresholds and p-values. The split depends on the seed alone.
 *
 * @throws AnalysisError 'invalid-input' without images.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §5; Roth, Kilcher & Hofmann
 *   2019, The Odds are Odd, for statistics given the pair of classes
 */
export function calibration(images: readonly CalibrationImage[], context: CalibrationContext): Calibration {
  if (images.length === 0) throw new AnalysisError('invalid-input', 'a calibration needs clean images, got none');
  const { dimension, settings, seed, alphas, falsePositiveRate } = context;
  const trained = alphas.map(multipleKind);
  const order = shuffled(images, seededRandom(seed, 'calibration split'));
  const recovery = recoveries(images, alphas);
  const common = {
    classes: images[0].clean.classCurvatures.length,
    dimension,
    settings,
    seed,
    images: images.length,
    unchanged: unchangedCounts(images),
    recovery,
    recoveryRule: betterRule(recovery),
  };
  const half = Math.ceil(order.length / 2);
  const [learning, testing] = [order.slice(0, half), order.slice(half)];
  const hasCopies = (some: readonly CalibrationImage[]): boolean =>
    some
      .slice(0, some.length - Math.floor(some.length / 3))
      .some(({ copies }) => copies.some(({ kind }) => trained.includes(kind)));
  if (images.length < FEWEST_IMAGES || !hasCopies(learning) || !hasCopies(testing) || !hasCopies(order)) {
    return {
      ...common,
      detector: null,
      evaluation: null,
      curvatureMatters: false,
      worksHere: false,
      reason: 'too-few-images',
    };
  }
  const evaluation = evaluated(learnedDetector(learning, trained), testing, trained, seed, falsePositiveRate);
  const detector = learnedDetector(order, trained);
  const worksHere = evaluation.scores.combined.overall.low > 0.5 && evaluation.gain.low > 0;
  return {
    ...common,
    detector,
    evaluation,
    curvatureMatters: curvatureMatters(detector),
    worksHere,
    reason: worksHere ? null : 'no-signal',
  };
}

function evaluated(
  detector: Detector,
  images: readonly CalibrationImage[],
  trained: readonly string[],
  seed: number,
  falsePositiveRate: number,
): Evaluation {
  const kinds = [...new Set([...trained, ...images.flatMap(({ copies }) => copies.map(({ kind }) => kind))])];
  const scoresOf = (name: ScoreName, some: readonly string[]): ImageScores[] =>
    images.map(({ clean, copies }) => ({
      clean: score(detector, clean, name),
      perturbed: copies
        .filter(({ kind }) => some.includes(kind))
        .map((copy) => score(detector, copy.measurement, name)),
    }));
  const evaluation = (name: ScoreName): ScoreEvaluation => {
    const limit = threshold(detector.reference[name], falsePositiveRate);
    const byKind = kinds.map((kind) => scoresOf(name, [kind]));
    const interval = (some: readonly ImageScores[], purpose: string) =>
      some.some(({ perturbed }) => perturbed.length > 0)
        ? areaUnderRocInterval(some, seededRandom(seed, 'auc', purpose))
        : null;
    const areas = byKind.map((some, i) => interval(some, kinds[i]));
    const all = areaUnderRocInterval(scoresOf(name, trained), seededRandom(seed, 'auc'));
    const clean = byKind[0].map((image) => image.clean);
    return {
      auc: areas.map((area) => area?.value ?? null),
      low: areas.map((area) => area?.low ?? null),
      high: areas.map((area) => area?.high ?? null),
      roc: byKind.map((some, i) => (areas[i] === null ? [] : rocPoints(clean, allPerturbed(some)))),
      clean,
      perturbed: byKind.map(allPerturbed),
      overall: { auc: all.value, low: all.low, high: all.high },
      threshold: limit,
      falsePositiveRate: rateAbove(limit, clean),
      truePositiveRate: byKind.map((some, i) => (areas[i] === null ? null : rateAbove(limit, allPerturbed(some)))),
    };
  };
  const gainOver = (name: ScoreName, purpose: string): Gain => {
    const random = seededRandom(seed, purpose);
    const { value, low, high } = areaUnderRocDifference(scoresOf('combined', trained), scoresOf(name, trained), random);
    return { value, low, high };
  };
  return {
    kinds,
    scores: {
      combined: evaluation('combined'),
      noCurvature: evaluation('noCurvature'),
      margin: evaluation('margin'),
      rho: evaluation('rho'),
    },
    gain: gainOver('margin', 'gain'),
    curvatureGain: gainOver('noCurvature', 'curvature gain'),
  };
}

/** Accuracy of both rules at every α that has copies. */
function recoveries(images: readonly CalibrationImage[], alphas: readonly number[]): Recovery[] {
  return alphas.flatMap((alpha) => {
    const pairs = images.flatMap(({ clean, copies }) =>
      copies
        .filter(({ kind }) => kind === multipleKind(alpha))
        .map(({ measurement }) => ({ truth: clean.label, measurement })),
    );
    if (pairs.length === 0) return [];
    const hits = {
      'runner-up': pairs.filter(({ truth, measurement }) => measurement.runnerUp === truth).length,
      'highest-curvature': pairs.filter(({ truth, measurement }) => measurement.highestCurvatureLabel === truth).length,
    };
    return recoveryRules.map((rule) => ({
      alpha,
      rule,
      ...wilsonInterval(hits[rule], pairs.length),
      n: pairs.length,
    }));
  });
}

/** The rule that is right more often at α = 2; the runner-up where they tie or there is no such copy. */
function betterRule(recovery: readonly Recovery[]): RecoveryRule {
  const rate = (rule: RecoveryRule): number =>
    recovery.find((entry) => entry.alpha === 2 && entry.rule === rule)?.rate ?? 0;
  return rate('highest-curvature') > rate('runner-up') ? 'highest-curvature' : 'runner-up';
}

function unchangedCounts(images: readonly CalibrationImage[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of images.flatMap((image) => image.unchanged)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function rateAbove(limit: number, scores: readonly number[]): RateInterval {
  return wilsonInterval(scores.filter((value) => value > limit).length, scores.length);
}

function allPerturbed(images: readonly ImageScores[]): number[] {
  return images.flatMap(({ perturbed }) => perturbed);
}
