import { type Static, type TSchema, Type } from '@sinclair/typebox';

import { CalibrationState } from './calibration';
import { Choice, ClassIndex, Count, Nullable, Numbers, Rate, Words } from './schema';

/*
 * Every analysis, from which requests, reports, resume, dispatch and figures derive: `params` says what to do, `items` is
 * the name under which its results stand in the report, `item` is one of them (they stream as they finish), and
 * `closing` holds the fields that close the analysis when all items are there.
 */

const object = Type.Object;
const optional = Type.Optional;
const MeanAndError = object({ mean: Type.Number(), standardError: Type.Number() });
const Status = Words('converged', 'not-converged', 'no-boundary');

/** Fields that every image's result begins with. */
const image = {
  name: Type.String(),
  /** The predicted class k; all geometry is about it. */
  label: ClassIndex,
};

const EvaluateItem = object({
  ...image,
  /** Softmax probability of the label. */
  confidence: Type.Number(),
  runnerUp: ClassIndex,
  /** f_label − f_runnerUp ≥ 0, in logits. */
  margin: Type.Number(),
  /** The class the image is said to have, and whether the prediction is it. */
  trueLabel: Nullable(ClassIndex),
  correct: Nullable(Type.Boolean()),
});
const EvaluateClosing = object({
  summary: object({ n: Count, accuracy: Nullable(Type.Number()), labelled: Count }),
});

/** Settings of the search for the nearest boundary point. */
export const SearchParams = object({
  overshoot: Type.Number({ exclusiveMinimum: 0, default: 0.02 }),
  candidates: Type.Integer({ minimum: 2, default: 10 }),
  /** Keep points inside the range that pixel values can have. */
  clip: Type.Boolean({ default: false }),
});
const BoundaryItem = object({
  ...image,
  correct: Nullable(Type.Boolean()),
  target: Nullable(ClassIndex),
  status: Status,
  distance: Nullable(Type.Number()),
  deepfoolDistance: Nullable(Type.Number()),
  distanceInf: Nullable(Type.Number()),
  relativeDistance: Nullable(Type.Number()),
  pixelDistance: optional(Nullable(Type.Number())),
  /** |F(z)| / (‖∇F(z)‖ ‖r‖). */
  residual: Nullable(Type.Number()),
  steps: Count,
});
const BoundaryClosing = object({
  summary: object({
    n: Count,
    median: Nullable(Type.Number()),
    mean: Nullable(Type.Number()),
    q05: Nullable(Type.Number()),
    q25: Nullable(Type.Number()),
    q75: Nullable(Type.Number()),
    q95: Nullable(Type.Number()),
    converged: Count,
  }),
});

export const CurvatureParams = object({
  /** How many principal curvatures an image, half from each end; 'all' only for smooth networks. */
  eigenvalues: Type.Union([Type.Integer({ minimum: 2 }), Type.Literal('all')], { default: 10 }),
  method: Choice('auto', 'exact', 'finite-difference', 'smoothed'),
  /** Softplus sharpness of the smoothed network; found from the activations when absent. */
  beta: optional(Type.Number({ exclusiveMinimum: 0 })),
  at: Choice('boundary', 'point'),
  /** h = scale · median distance to the boundary, unless `step` gives h itself. */
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
  step: optional(Type.Number({ exclusiveMinimum: 0 })),
  scaleSweep: Type.Boolean({ default: false }),
});
const CurvatureItem = object({
  ...image,
  target: Nullable(ClassIndex),
  status: Status,
  distance: Nullable(Type.Number()),
  /** h, in units of the input; null where the curvature is exact. */
  step: Nullable(Type.Number()),
  method: Words('exact', 'finite-difference', 'smoothed'),
  principalCurvatures: Numbers,
  ritzValues: Numbers,
  gradientDifferences: Numbers,
  flags: Type.Array(Type.String()),
  asymmetry: Nullable(Type.Number()),
  meanCurvature: Nullable(Type.Number()),
  meanCurvatureStandardError: Nullable(Type.Number()),
  /** Share of principal curvatures below 1 % of the largest in size; smooth networks with the whole spectrum only. */
  nearZeroShare: optional(Nullable(Type.Number())),
  /** κ̃_h along random tangents, for the figure of networks with kinks. */
  tangentCurvatures: optional(Numbers),
  /** Lanczos residual or last gain of each principal curvature. */
  residuals: optional(Numbers),
  /** Mean curvature by scale, as multiples of h. */
  sweep: optional(
    Type.Array(
      object({ factor: Type.Number(), step: Type.Number(), mean: Type.Number(), standardError: Type.Number() }),
    ),
  ),
});
const CurvatureClosing = object({
  spectrum: object({
    /** 1, 2, … from the largest; −1, −2, … from the smallest. */
    index: Type.Array(Type.Integer()),
    mean: Numbers,
    median: optional(Numbers),
    lower: Numbers,
    upper: Numbers,
    n: Count,
  }),
  summary: object({
    meanCurvature: Nullable(Type.Number()),
    standardError: Nullable(Type.Number()),
    nearZeroShare: Nullable(Type.Number()),
    asymmetry: Nullable(Type.Number()),
    smoothness: Words('smooth', 'piecewise-linear', 'piecewise-smooth'),
    /** h and h over the median distance; null where exact. */
    step: optional(Nullable(Type.Number())),
    stepOverDistance: optional(Nullable(Type.Number())),
    /** Median over images of mean curvature times distance: how much the boundary bends within the distance that matters. */
    curvatureTimesDistance: optional(Nullable(Type.Number())),
    n: optional(Count),
    /** `smoothed` only: the sharpness, and the largest change of a logit over the spread of the logits. */
    beta: optional(Type.Number()),
    logitChange: optional(Type.Number()),
  }),
  sweep: optional(
    Type.Array(
      object({ factor: Type.Number(), step: Type.Number(), mean: Type.Number(), standardError: Type.Number() }),
    ),
  ),
});

export const SubspaceParams = object({
  dimension: Type.Integer({ minimum: 1, default: 200 }),
  directions: Type.Integer({ minimum: 1, default: 10 }),
  /** Images of the main set that serve for training when no `train` set is given. */
  trainCount: optional(Type.Integer({ minimum: 1 })),
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
});
const SubspaceClosing = object({
  singularValues: Numbers,
  rho: object({ mean: Numbers, lower: Numbers, upper: Numbers }),
  robustness: object({
    /** ‖noise‖ / typical norm. */
    noise: Numbers,
    shared: Type.Array(Rate),
    orthogonal: Type.Array(Rate),
    uniform: Type.Array(Rate),
    /** Paired test of S⊥ against everything, over all levels: mean difference of the rates with its interval. */
    orthogonalMinusUniform: optional(object({ difference: Type.Number(), low: Type.Number(), high: Type.Number() })),
  }),
  /** null where the images have no such perturbation: one image has no difference, a flat input no spatial gradient. */
  projections: object({
    random: Nullable(MeanAndError),
    adversarial: Nullable(MeanAndError),
    difference: Nullable(MeanAndError),
    imageGradient: Nullable(MeanAndError),
  }),
  /** √(d/D), what a random perturbation gives. */
  expectedRandom: Type.Number(),
  /** Bootstrap interval of the adversarial projection over training images. */
  adversarialInterval: optional(object({ low: Type.Number(), high: Type.Number() })),
  dimension: Count,
  inputDimension: Count,
  typicalNorm: Type.Number(),
  step: Nullable(Type.Number()),
  train: object({ count: Count, used: Count }),
  test: object({ count: Count, used: Count }),
  /** u_1 … as PNG data URIs, each scaled to its own largest entry, grey for 0. */
  tiles: optional(Type.Array(Type.String())),
});

export const PathsParams = object({
  pairs: Type.Integer({ minimum: 1, default: 20 }),
  scenarios: Type.Array(Type.Integer({ minimum: 1, maximum: 3 }), { minItems: 1, default: [1, 2, 3] }),
  overshoot: Type.Number({ minimum: 0, default: 1 }),
});
const PathsItem = object({
  scenario: Type.Integer({ minimum: 1, maximum: 3 }),
  from: Type.String(),
  to: Type.String(),
  label: ClassIndex,
  /** False means: no path found. */
  connected: Type.Boolean(),
  anchors: Count,
  relativeLength: Nullable(Type.Number()),
  straightInside: Type.Boolean(),
  forwards: Count,
  /** Share of the straight distance that a path could be followed from the start. */
  furthest: Nullable(Type.Number()),
});
const PathsClosing = object({
  summary: Type.Array(
    object({
      scenario: Type.Integer(),
      pairs: Count,
      connected: Count,
      straightInside: Count,
      anchors: Nullable(Type.Number()),
      relativeLength: Nullable(Type.Number()),
      forwards: Type.Number(),
    }),
  ),
});

export const ConvexityParams = object({
  members: Type.Array(Type.Integer({ minimum: 2 }), { minItems: 1, default: [2, 3, 4, 5, 6, 8, 10, 15, 20] }),
  combinations: Type.Integer({ minimum: 1, default: 500 }),
});
const ConvexityItem = object({
  m: Type.Integer(),
  inside: Count,
  total: Count,
  rate: Type.Number(),
  low: Type.Number(),
  high: Type.Number(),
});
const ConvexityClosing = object({ classes: Count });

export const SliceParams = object({
  /** Image names: a path between two, or a plane through three. */
  pair: optional(Type.Tuple([Type.String(), Type.String()])),
  plane: optional(Type.Tuple([Type.String(), Type.String(), Type.String()])),
  resolution: Type.Integer({ minimum: 8, maximum: 1024, default: 101 }),
});
const SliceItem = object({
  title: Type.String(),
  /** What the horizontal and the vertical axis are; both unit vectors of the input space, orthogonal. */
  axes: Type.Tuple([Type.String(), Type.String()]),
  origin: Type.String(),
  /** [left, right, bottom, top], in units of the input. */
  extent: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  /** Rows from bottom to top. */
  labels: Type.Array(Type.Array(ClassIndex)),
  /** f_label − f_runnerUp of the class that wins there. */
  margins: Type.Array(Numbers),
  anchors: Type.Array(object({ name: Type.String(), x: Type.Number(), y: Type.Number() })),
});
const SliceClosing = object({
  axes: Type.Tuple([Type.String(), Type.String()]),
  origin: Type.String(),
  extent: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  labels: Type.Array(Type.Array(ClassIndex)),
  margins: Type.Array(Numbers),
  anchors: Type.Array(object({ name: Type.String(), x: Type.Number(), y: Type.Number() })),
});

const Score = object({
  /** One entry an α. */
  auc: Type.Array(Nullable(Type.Number())),
  low: Type.Array(Nullable(Type.Number())),
  high: Type.Array(Nullable(Type.Number())),
  roc: Type.Array(object({ falsePositiveRate: Numbers, truePositiveRate: Numbers })),
  /** Weight of each feature, by its name. */
  weights: Type.Record(Type.String(), Type.Number()),
  threshold: Type.Number(),
  /** Measured on the held-out images. */
  falsePositiveRate: Type.Number(),
  /** Scores of held-out clean images, and of the copies perturbed at each α. */
  clean: optional(Numbers),
  perturbed: optional(Type.Array(Numbers)),
});
export const ScoreName = Words('combined', 'noCurvature', 'margin', 'rho');
export const CalibrationParams = object({
  alpha: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, default: [1, 2, 5] }),
  attacks: Type.Boolean({ default: false }),
  estimator: Choice('forward', 'literal', 'forward-normal'),
  samples: Type.Integer({ minimum: 2, default: 8 }),
  falsePositiveRate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.05 }),
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
  step: optional(Type.Number({ exclusiveMinimum: 0 })),
});
const CalibrationClosing = object({
  clean: object({ count: Count, used: Count, step: Type.Number(), samples: Count, estimator: Type.String() }),
  alpha: Numbers,
  /** Copies whose label did change, by α; the others are left out. */
  copies: Type.Array(Count),
  /** Absent where the clean images are too few to learn a score from. */
  scores: optional(object({ combined: Score, noCurvature: Score, margin: Score, rho: Score })),
  recovery: Type.Array(
    object({ alpha: Type.Number(), rule: Words('runner-up', 'highest-curvature'), accuracy: Nullable(Type.Number()) }),
  ),
  suggestedRule: Words('runner-up', 'highest-curvature'),
  worksHere: Type.Boolean(),
  reason: Nullable(Type.String()),
  /** What curvature adds on this model, in words. */
  sentence: Type.String(),
  /** What `detect` takes from a saved calibration. */
  state: optional(CalibrationState),
  attacks: optional(
    Type.Array(
      object({
        name: Type.String(),
        strength: Type.String(),
        count: Count,
        auc: object({
          combined: Nullable(Type.Number()),
          noCurvature: Nullable(Type.Number()),
          margin: Nullable(Type.Number()),
          rho: Nullable(Type.Number()),
        }),
        roc: optional(object({ falsePositiveRate: Numbers, truePositiveRate: Numbers })),
      }),
    ),
  ),
});

export const DetectParams = object({
  estimator: Choice('forward', 'literal', 'forward-normal'),
  samples: Type.Integer({ minimum: 2, default: 8 }),
  falsePositiveRate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.05 }),
  /** Path of a file that `calibrate` wrote. */
  calibration: optional(Type.String()),
  step: optional(Type.Number({ exclusiveMinimum: 0 })),
});
const DetectItem = object({
  ...image,
  margin: Type.Number(),
  rho: Type.Number(),
  rhoStandardError: Nullable(Type.Number()),
  score: Nullable(Type.Number()),
  noCurvatureScore: Nullable(Type.Number()),
  pValue: Nullable(Type.Number()),
  verdict: Words('clean', 'perturbed', 'uncalibrated', 'undecided'),
  reason: Nullable(Type.String()),
  runnerUp: ClassIndex,
  highestCurvatureLabel: ClassIndex,
  recoveredLabel: Nullable(ClassIndex),
  classCurvatures: Numbers,
  /** Distance to the nearest boundary. */
  distance: optional(Nullable(Type.Number())),
  step: optional(Type.Number()),
});
const DetectClosing = object({
  summary: object({ n: Count, clean: Count, perturbed: Count, undecided: Count, uncalibrated: Count }),
});

const CompareItem = object({
  name: Type.String(),
  /** One entry a model, in pixel units. */
  label: Type.Array(Nullable(ClassIndex)),
  distance: Type.Array(Nullable(Type.Number())),
  meanCurvature: Type.Array(Nullable(Type.Number())),
});
const CompareClosing = object({
  models: Type.Array(object({ path: Type.String(), sha256: Type.String() })),
  unit: Type.String(),
  differences: Type.Array(
    object({
      quantity: Type.String(),
      n: Count,
      first: Nullable(Type.Number()),
      second: Nullable(Type.Number()),
      /** Mean of second − first over images, with its 95 % bootstrap interval. */
      difference: Nullable(Type.Number()),
      low: Nullable(Type.Number()),
      high: Nullable(Type.Number()),
    }),
  ),
});

const None = object({});

/** The one map. */
export const analyses = {
  evaluate: { params: None, items: 'images', item: EvaluateItem, closing: EvaluateClosing },
  boundary: { params: None, items: 'images', item: BoundaryItem, closing: BoundaryClosing },
  curvature: { params: CurvatureParams, items: 'images', item: CurvatureItem, closing: CurvatureClosing },
  subspace: { params: SubspaceParams, items: 'images', item: None, closing: SubspaceClosing },
  paths: { params: PathsParams, items: 'pairs', item: PathsItem, closing: PathsClosing },
  convexity: { params: ConvexityParams, items: 'fractions', item: ConvexityItem, closing: ConvexityClosing },
  slice: { params: SliceParams, items: 'planes', item: SliceItem, closing: SliceClosing },
  calibration: { params: CalibrationParams, items: 'images', item: None, closing: CalibrationClosing },
  detect: { params: DetectParams, items: 'images', item: DetectItem, closing: DetectClosing },
  compare: { params: None, items: 'images', item: CompareItem, closing: CompareClosing },
} as const satisfies Record<string, { params: TSchema; items: string; item: TSchema; closing: TSchema }>;

export type AnalysisName = keyof typeof analyses;
export type Params<K extends AnalysisName> = Static<(typeof analyses)[K]['params']>;
export type Item<K extends AnalysisName> = Static<(typeof analyses)[K]['item']>;
export type Closing<K extends AnalysisName> = Static<(typeof analyses)[K]['closing']>;
/** What stands in the report: the items under their name, and the closing fields once the analysis is complete. */
export type Section<K extends AnalysisName> = Partial<Closing<K>> &
  Partial<Record<(typeof analyses)[K]['items'], Item<K>[]>>;

const section = <I extends string>(items: I, item: TSchema, closing: TSchema) =>
  Type.Composite([object({ [items]: optional(Type.Array(item)) }), Type.Partial(closing as ReturnType<typeof object>)]);

/** The `analyses` of a report. */
export const Sections = object(
  Object.fromEntries(
    Object.entries(analyses).map(([name, { items, item, closing }]) => [name, optional(section(items, item, closing))]),
  ),
);
export type Sections = { [K in AnalysisName]?: Section<K> };
