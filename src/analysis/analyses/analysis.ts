import type { AnalysisName, Closing, Params } from '../../protocol/analyses';
import type { CalibrationState } from '../../protocol/calibration';
import type { Preset } from '../../protocol/presets';
import type { SharedDirections } from '../geometry/subspace/sharedDirections';
import type { Study } from '../study/study';

type Detector = NonNullable<CalibrationState['detector']>;

/** A calibration as detection uses it: read from a file, or made in the same job. */
export interface Calibrated {
  readonly state: CalibrationState;
  /**
   * By content (SHA-256) what to judge an image by, where it is one of the calibration's own images and this job has
   * learned a detector without it.
   */
  readonly heldOut: Readonly<Record<string, Detector>>;
}

/**
 * What depends on all images of a study, by name. Plain data: a phase can be finished elsewhere and its result handed in,
 * and what one analysis has found the others of a job are given.
 */
export interface PhaseResults {
  /** The predicted class of each image, in their order; null where there is none. */
  readonly labels: readonly (number | null)[];
  /** The places of the images that a slice goes through. */
  readonly sliceImages: readonly number[];
  /** h of the curvature; null where it needs none, or no image has a boundary point. */
  readonly curvatureStep: number | null;
  /** h of both models; null where no image has a boundary point. */
  readonly comparisonStep: number | null;
  /** h around clean images and their copies. */
  readonly calibrationStep: number;
  /** How strong the attacks are that nothing is learned from; null without any. */
  readonly attackStrengths: AttackStrengths | null;
  /** What this job's calibration learned, and what its report says. */
  readonly learned: { readonly calibrated: Calibrated; readonly closing: Closing<'calibration'> };
  /** What detection goes by: a calibration file's, else this job's; null where there is none. */
  readonly calibration: Calibrated | null;
  /** The places of the images that shared directions are learned from, and of those that they are tried on. */
  readonly trainingSplit: { readonly train: readonly number[]; readonly test: readonly number[] };
  /** h of the shared directions; null for smooth networks. */
  readonly sharedStep: number | null;
  readonly sharedDirections: Shared;
}

/** In units of the input; null where no image has such a distance. */
export interface AttackStrengths {
  /** Of FGSM, ‖·‖∞. */
  readonly epsilon: number | null;
  /** Of PGD, ‖·‖₂. */
  readonly radius: number;
}

/** Directions of high curvature, shared by images. */
export interface Shared extends SharedDirections {
  /** What they were found in: the directions of each image, all in a row, each of shape (D,). */
  readonly columns: readonly Float32Array[];
  /** Which training images gave them, in words that depend on nothing else, and how many. */
  readonly trainedOn: { readonly key: string; readonly images: number };
}

/** A step of an analysis that has a result of its own. */
export interface Phase<K extends AnalysisName> {
  readonly name: keyof PhaseResults;
  readonly compute: (study: Study, params: Params<K>, before: Partial<PhaseResults>) => Promise<unknown>;
}

/** The phases of an analysis in their order, and what closes it. Each is given the results of those before it. */
export interface Phases<K extends AnalysisName> {
  readonly phases: readonly Phase<K>[];
  readonly close: (study: Study, params: Params<K>, results: PhaseResults) => Promise<Closing<K>>;
}

/** How much there is to do: n images each, D values, K classes. */
export interface Sizes {
  readonly images: number;
  readonly train: number | null;
  readonly clean: number | null;
  readonly dimension: number;
  readonly classes: number;
  readonly smooth: boolean;
}

/** Network passes that an analysis is expected to take; gradients do not count a forward pass of their own here. */
export interface ExpectedCost {
  readonly forwards: number;
  readonly gradients: number;
  /** Sets of images whose boundary points it needs; what several analyses share is searched once. */
  readonly searches?: readonly ('images' | 'train' | 'clean')[];
}

/** An analysis: what it does, about what that takes, and what presets that run it (see presetRuns) change of its defaults. */
export interface Analysis<K extends AnalysisName> extends Phases<K> {
  readonly cost: (params: Params<K>, sizes: Sizes) => ExpectedCost;
  readonly presets: Changes<K>;
  /** What they change further where inputs are as large as photographs: these are expensive, and a first look is to be short. */
  readonly large?: Changes<K>;
}

type Changes<K extends AnalysisName> = Readonly<Partial<Record<Preset, Partial<Params<K>>>>>;

/** Rows of the table of analyses. */
export type Rows<K extends AnalysisName> = { readonly [P in K]: Analysis<P> };

/** Phases being put together; the compiler sees that each uses only what was found before it. */
class PhaseList<K extends AnalysisName, R> {
  constructor(private readonly phases: readonly Phase<K>[]) {}

  phase<N extends keyof PhaseResults>(
    name: N,
    compute: (study: Study, params: Params<K>, before: R & Partial<PhaseResults>) => Promise<PhaseResults[N]>,
  ): PhaseList<K, R & Pick<PhaseResults, N>> {
    // The run hands each phase the results of those before it, which is what R says.
    const phase: Phase<K> = {
      name,
      compute: (study, params, before) => compute(study, params, before as R & Partial<PhaseResults>),
    };
    return new PhaseList([...this.phases, phase]);
  }

  close(compute: (study: Study, params: Params<K>, results: R) => Promise<Closing<K>>): Phases<K> {
    return { phases: this.phases, close: (study, params, results) => compute(study, params, results as R) };
  }
}

/** Begins the phases of the analysis K: `phases<'curvature'>().phase('curvatureStep', …).close(…)`. */
export function phases<K extends AnalysisName>(): PhaseList<K, unknown> {
  return new PhaseList<K, unknown>([]);
}

/**
 * Runs an analysis; its items go to the study's sink.
 *
 * @param given - results of phases that are finished; these do not run again.
 * @returns the closing fields, and all results that are known now, to be given to further analyses.
 */
export async function run<K extends AnalysisName>(
  analysis: Phases<K>,
  study: Study,
  params: Params<K>,
  given: Partial<PhaseResults> = {},
): Promise<{ readonly closing: Closing<K>; readonly results: Partial<PhaseResults> }> {
  let results = given;
  for (const { name, compute } of analysis.phases) {
    if (!(name in results)) results = { ...results, [name]: await compute(study, params, results) };
  }
  // Every phase that the closing reads has run or was given.
  return { closing: await analysis.close(study, params, results as PhaseResults), results };
}
