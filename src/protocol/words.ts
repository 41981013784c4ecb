import { type Static } from '@sinclair/typebox';

import { Words } from './schema';

/*
 * Every closed set of words that messages and reports are made of: its list, its schema, its type. Nothing else lists them.
 */

/** What can run a network. */
export const backendIds = ['onnxruntime', 'webgpu', 'cuda', 'directml', 'coreml', 'tensorflow'] as const;
export const BackendId = Words(...backendIds);
export type BackendId = Static<typeof BackendId>;

/** Those of them that let one choose among several graphics cards. */
export const cardBackends: readonly BackendId[] = ['cuda', 'directml'];

/** What can be asked for; the first is the default. */
export const backendChoices = ['auto', ...backendIds] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** Whether a network is smooth, linear but for kinks, or smooth but for kinks. */
export const smoothnesses = ['smooth', 'piecewise-linear', 'piecewise-smooth'] as const;
export const Smoothness = Words(...smoothnesses);
export type Smoothness = Static<typeof Smoothness>;

/** Where the colours are in an image: [C, H, W] or [H, W, C]. */
export const imageLayouts = ['nchw', 'nhwc'] as const;
export const ImageLayout = Words(...imageLayouts);
export type ImageLayout = Static<typeof ImageLayout>;
/** Where they are in a model's input: as in an image, or there are no image axes at all. */
export const layouts = [...imageLayouts, 'flat'] as const;
export const Layout = Words(...layouts);
export type Layout = Static<typeof Layout>;

/** How pixels between pixels are found; Pillow's names and kernels. */
export const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;
export const Interpolation = Words(...interpolations);
export type Interpolation = Static<typeof Interpolation>;

/** How a search for a boundary point ended. */
export const statuses = ['converged', 'not-converged', 'no-boundary'] as const;
export const Status = Words(...statuses);
export type Status = Static<typeof Status>;

/** How much effort the search for the nearest boundary point takes; see analysis/geometry/nearest/levels.ts. */
export const searchLevels = ['quick', 'standard', 'thorough'] as const;
export const SearchLevel = Words(...searchLevels);
export type SearchLevel = Static<typeof SearchLevel>;

/** How a curvature was measured. */
export const curvatureMethods = ['exact', 'finite-difference', 'smoothed'] as const;
export const CurvatureMethod = Words(...curvatureMethods);
export type CurvatureMethod = Static<typeof CurvatureMethod>;
/** How it is to be measured; the first is the default. */
export const curvatureMethodChoices = ['auto', ...curvatureMethods] as const;
/** Where: at the nearest boundary point, or on the level set through the image itself; the first is the default. */
export const curvaturePlaces = ['boundary', 'point'] as const;

/** Estimators of Algorithm 2's curvatures; the first is the default. */
export const estimators = ['forward', 'literal', 'forward-normal'] as const;
export const Estimator = Words(...estimators);
export type Estimator = Static<typeof Estimator>;

/** Rules that suggest the label an image had before it was perturbed. */
export const recoveryRules = ['runner-up', 'highest-curvature'] as const;
export const RecoveryRule = Words(...recoveryRules);
export type RecoveryRule = Static<typeof RecoveryRule>;

export const verdicts = ['clean', 'perturbed', 'uncalibrated', 'undecided'] as const;
export const Verdict = Words(...verdicts);
export type Verdict = Static<typeof Verdict>;

/** Why a calibration allows no verdicts. */
export const calibrationReasons = ['too-few-images', 'no-signal'] as const;
export const CalibrationReason = Words(...calibrationReasons);
export type CalibrationReason = Static<typeof CalibrationReason>;

/** The scores that tell perturbed images from clean ones. */
export const scoreNames = ['combined', 'noCurvature', 'margin', 'rho'] as const;
export type ScoreName = (typeof scoreNames)[number];

/** What the ends of a path are: two images; an image and one perturbed into its region; an image and perturbed noise. */
export const scenarios = [1, 2, 3] as const;

/** How far a job has come; 'running' in snapshots, 'cancelled' in a partial report. */
export const JobState = Words('running', 'done', 'cancelled', 'failed');

/** Where a preprocessing was found; files beside the model by their names. */
export const PreprocessingSource = Words(
  'option',
  'boundary-lens.json',
  'model',
  'preprocessor_config.json',
  'config.json',
  'metadata.json',
  'guess',
  'none',
);
export type PreprocessingSource = Static<typeof PreprocessingSource>;
