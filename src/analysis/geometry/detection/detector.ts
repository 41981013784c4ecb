import type { ScoreName } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import { type LogisticModel, logisticScore, nonnegativeLogisticRegression } from '../../math/logisticRegression';
import { areaUnderRoc } from '../../math/roc';
import { type CalibrationImage, highestCurvature, type Measurement } from './measurement';
import {
  type ClassStatistics,
  classStatistics,
  classZ,
  largestPairZ,
  type PairStatistics,
  pairStatistics,
} from './zScores';

/** What the verdict is made of, each oriented so that larger means perturbed. */
export const FEATURES = ['margin', 'zF', 'zR', 'rho', 'maxCurvature'] as const;
/** One of them: −margin, log zF, log zR, ρ, max κ̄. */
export type Feature = (typeof FEATURES)[number];

/** The scores that are reported side by side: `combined` decides; the others say what it is worth. */
export type { ScoreName };

const COMBINATIONS = { combined: FEATURES, noCurvature: ['margin', 'zF'] } as const;

/** A detector as learned from clean images and their perturbed copies; JSON-able. */
export interface Detector {
  /** Of F_i given (k, i), on clean images. */
  readonly logitStatistics: PairStatistics;
  /** Of the second differences given (k, i), on clean images. */
  readonly curvatureStatistics: PairStatistics;
  /** Of each feature given k, on clean images. */
  readonly featureStatistics: Readonly<Record<Feature, ClassStatistics>>;
  readonly models: Readonly<Record<'combined' | 'noCurvature', LogisticModel>>;
  /** Learned direction of the two plain scores: 1 where large −margin, or large ρ, means perturbed; else −1. */
  readonly directions: Readonly<Record<'margin' | 'rho', 1 | -1>>;
  /** Scores of clean images that nothing was learned from, ascending: thresholds and p-values come from these. */
  readonly reference: Readonly<Record<ScoreName, readonly number[]>>;
}

/** zF and zR below this are the same to the logarithm. */
const SMALLEST_Z = 1e-3;

/**
 * Learns the detector: class statistics, weights ≥ 0 and directions from two thirds of the images, reference scores from
 * the clean ones of the last third.
 *
 * @param images - in random order; only copies of the given kinds are learned from.
 * @param trainedKinds - the multiples of the smallest perturbation, see `multipleKind`.
 * @throws AnalysisError 'invalid-input' with fewer than 3 images or no perturbed copy to learn from.
 */
export function learnedDetector(images: readonly CalibrationImage[], trainedKinds: readonly string[]): Detector {
  const heldOut = Math.floor(images.length / 3);
  const fit = images.slice(0, images.length - heldOut);
  const clean = fit.map((image) => image.clean);
  const perturbed = fit.flatMap(({ copies }) =>
    copies.filter(({ kind }) => trainedKinds.includes(kind)).map((copy) => copy.measurement),
  );
  if (heldOut === 0 || perturbed.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      `a detector needs 3 clean images or more and a perturbed copy, got ${images.length} and ${perturbed.length}`,
    );
  }
  const classes = clean[0].classCurvatures.length;
  const pairs = (values: (seen: Measurement) => readonly number[]): PairStatistics =>
    pairStatistics(
      clean.map((seen) => ({ label: seen.label, values: values(seen) })),
      classes,
    );
  const statistics = {
    logitStatistics: pairs((seen) => seen.logitDifferences),
    curvatureStatistics: pairs((seen) => seen.secondDifferences),
  };
  const raw = clean.map((seen) => rawFeatures(statistics, seen));
  const ofFeature = (feature: Feature): ClassStatistics =>
    classStatistics(raw.map((features, index) => ({ label: clean[index].label, value: features[feature] })));
  const featureStatistics = {
    margin: ofFeature('margin'),
    zF: ofFeature('zF'),
    zR: ofFeature('zR'),
    rho: ofFeature('rho'),
    maxCurvature: ofFeature('maxCurvature'),
  };

  const everything = [...clean, ...perturbed];
  const labels = everything.map((_, index) => (index < clean.length ? 0 : 1));
  const fitted = (name: keyof typeof COMBINATIONS): LogisticModel =>
    nonnegativeLogisticRegression(
      everything.map((seen) => features({ ...statistics, featureStatistics }, seen, name)),
      labels,
    );
  const direction = (value: (seen: Measurement) => number): 1 | -1 =>
    areaUnderRoc(clean.map(value), perturbed.map(value)) >= 0.5 ? 1 : -1;
  const learned = {
    ...statistics,
    featureStatistics,
    models: { combined: fitted('combined'), noCurvature: fitted('noCurvature') },
    directions: { margin: direction((seen) => -seen.margin), rho: direction((seen) => seen.rho) },
  };
  const unseen = images.slice(images.length - heldOut).map((image) => image.clean);
  const reference = (name: ScoreName): number[] =>
    unseen.map((seen) => score(learned, seen, name)).sort((a, b) => a - b);
  return {
    ...learned,
    reference: {
      combined: reference('combined'),
      noCurvature: reference('noCurvature'),
      margin: reference('margin'),
      rho: reference('rho'),
    },
  };
}

/** The score of a measurement: log odds for the two combinations, ± the number itself for the plain ones. */
export function score(detector: Omit<Detector, 'reference'>, seen: Measurement, name: ScoreName): number {
  switch (name) {
    case 'margin':
      return detector.directions.margin * -seen.margin;
    case 'rho':
      return detector.directions.rho * seen.rho;
    case 'combined':
    case 'noCurvature':
      return logisticScore(detector.models[name], features(detector, seen, name));
  }
}

/**
 * The score above which an image counts as perturbed, so that at most a share p of clean ones does: the
 * ⌈(n + 1)(1 − p)⌉-th smallest reference score. With too few reference scores for p it is the largest of them.
 */
export function threshold(reference: readonly number[], falsePositiveRate: number): number {
  const n = reference.length;
  return reference[Math.min(n, Math.max(1, Math.ceil((n + 1) * (1 - falsePositiveRate) - 1e-9))) - 1];
}

/**
 * (1 + #{reference scores ≥ score}) / (n + 1): the share of clean images that look as perturbed. At most p exactly where
 * the score is above the threshold for p.
 *
 * @see Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World, §2.2
 */
export function pValue(reference: readonly number[], value: number): number {
  return (1 + reference.filter((clean) => clean >= value).length) / (reference.length + 1);
}

/** Whether any feature of curvature (zR, ρ, max κ̄) has a weight: if not, curvature says nothing about this model. */
export function curvatureMatters({ models }: Pick<Detector, 'models'>): boolean {
  const curvatureFeatures: readonly Feature[] = ['zR', 'rho', 'maxCurvature'];
  return models.combined.weights.some((weight, i) => weight > 0 && curvatureFeatures.includes(FEATURES[i]));
}

type FeatureDetector = Pick<Detector, 'logitStatistics' | 'curvatureStatistics' | 'featureStatistics'>;

function features(detector: FeatureDetector, seen: Measurement, name: keyof typeof COMBINATIONS): number[] {
  const raw = rawFeatures(detector, seen);
  return COMBINATIONS[name].map((feature) => classZ(detector.featureStatistics[feature], seen.label, raw[feature]));
}

function rawFeatures(
  { logitStatistics, curvatureStatistics }: Pick<Detector, 'logitStatistics' | 'curvatureStatistics'>,
  seen: Measurement,
): Record<Feature, number> {
  const logOf = (statistics: PairStatistics, values: readonly number[]): number =>
    Math.log(Math.max(SMALLEST_Z, largestPairZ(statistics, { label: seen.label, values })));
  return {
    margin: -seen.margin,
    zF: logOf(logitStatistics, seen.logitDifferences),
    zR: logOf(curvatureStatistics, seen.secondDifferences),
    rho: seen.rho,
    maxCurvature: highestCurvature(seen),
  };
}
