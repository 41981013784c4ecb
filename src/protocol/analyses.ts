import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox';

import { CalibrationState } from './calibration';
import { Choice, ClassIndex, Count, Nullable, Numbers, Rate, Words } from './schema';

/*
 * Every analysis, from which requests, reports, resume, dispatch and figures derive: `params` says what to do, `items` is
 * the name under which its results stand in the report, `item` is one of them (they stream as they finish), and
 * `closing` holds the fields that close the analysis when all items are there.
 */

const MeanAndError = Type.Object({ mean: Type.Number(), standardError: Type.Number() });
const Status = Words('converged', 'not-converged', 'no-boundary');

/** Fields that every image's result begins with. */
const image = {
  name: Type.String(),
  /** The predicted class k; all geometry is about it. */
  label: ClassIndex,
};

const EvaluateItem = Type.Object({
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
const EvaluateClosing = Type.Object({
  summary: Type.Object({ n: Count, accuracy: Nullable(Type.Number()), labelled: Count }),
});

/** Settings of the search for the nearest boundary point. */
export const SearchParams = Type.Object({
  overshoot: Type.Number({ exclusiveMinimum: 0, default: 0.02 }),
  candidates: Type.Integer({ minimum: 2, default: 10 }),
  /** Keep points inside the range that pixel values can have. */
  clip: Type.Boolean({ default: false }),
});
const BoundaryItem = Type.Object({
  ...image,
  correct: Nullable(Type.Boolean()),
  target: Nullable(ClassIndex),
  status: Status,
  distance: Nullable(Type.Number()),
  deepfoolDistance: Nullable(Type.Number()),
  distanceInf: Nullable(Type.Number()),
  relativeDistance: Nullable(Type.Number()),
  pixelDistance: Type.Optional(Nullable(Type.Number())),
  /** |F(z)| / (‖∇F(z)‖ ‖r‖). */
  residual: Nullable(Type.Number()),
  steps: Count,
});
const BoundaryClosing = Type.Object({
  summary: Type.Object({
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

export const CurvatureParams = Type.Object({
  /** How many principal curvatures an image, half from each end; 'all' only for smooth networks. */
  eigenvalues: Type.Union([Type.Integer({ minimum: 2 }), Type.Literal('all')], { default: 10 }),
  method: Choice('auto', 'exact', 'finite-difference', 'smoothed'),
  /** Softplus sharpness of the smoothed network; found from the activations when absent. */
  beta: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  at: Choice('boundary', 'point'),
  /** h = scale · median distance to the boundary, unless `step` gives h itself. */
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
  step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  scaleSweep: Type.Boolean({ default: false }),
});
const CurvatureItem = Type.Object({
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
  nearZeroShare: Type.Optional(Nullable(Type.Number())),
  /** κ̃_h along random tangents, for the figure of networks with kinks. */
  tangentCurvatures: Type.Optional(Numbers),
  /** Lanczos residual or last gain of each principal curvature. */
  residuals: Type.Optional(Numbers),
  /** Mean curvature by scale, as multiples of h. */
  sweep: Type.Optional(
    Type.Array(
      Type.Object({ factor: Type.Number(), step: Type.Number(), mean: Type.Number(), standardError: Type.Number() }),
    ),
  ),
});
const CurvatureClosing = Type.Object({
  spectrum: Type.Object({
    /** 1, 2, … from the largest; −1, −2, … from the smallest. */
    index: Type.Array(Type.Integer()),
    mean: Numbers,
    median: Type.Optional(Numbers),
    lower: Numbers,
    upper: Numbers,
    n: Count,
  }),
  summary: Type.Object({
    meanCurvature: Nullable(Type.Number()),
    standardError: Nullable(Type.Number()),
    nearZeroShare: Nullable(Type.Number()),
    asymmetry: Nullable(Type.Number()),
    smoothness: Words('smooth', 'piecewise-linear', 'piecewise-smooth'),
    /** h and h over the median distance; null where exact. */
    step: Type.Optional(Nullable(Type.Number())),
    stepOverDistance: Type.Optional(Nullable(Type.Number())),
    /** Median over images of mean curvature times distance: how much the boundary bends within the distance that matters. */
    curvatureTimesDistance: Type.Optional(Nullable(Type.Number())),
    n: Type.Optional(Count),
    /** `smoothed` only: the sharpness, and the largest change of a logit over the spread of the logits. */
    beta: Type.Optional(Type.Number()),
    logitChange: Type.Optional(Type.Number()),
  }),
  sweep: Type.Optional(
    Type.Array(
      Type.Object({ factor: Type.Number(), step: Type.Number(), mean: Type.Number(), standardError: Type.Number() }),
    ),
  ),
});

export const SubspaceParams = Type.Object({
  dimension: Type.Integer({ minimum: 1, default: 200 }),
  directions: Type.Integer({ minimum: 1, default: 10 }),
  /** Training images: a seeded sample of the `train` set, or of the main set (at most half of it) without one. */
  trainCount: Type.Integer({ minimum: 1, default: 100 }),
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
});
const SubspaceClosing = Type.Object({
  singularValues: Numbers,
  rho: Type.Object({ mean: Numbers, lower: Numbers, upper: Numbers }),
  robustness: Type.Object({
    /** ‖noise‖ / typical norm. */
    noise: Numbers,
    shared: Type.Array(Rate),
    orthogonal: Type.Array(Rate),
    uniform: Type.Array(Rate),
    /** Paired test of S⊥ against everything, over all levels: mean difference of the rates with its interval. */
    orthogonalMinusUniform: Type.Optional(
      Type.Object({ difference: Type.Number(), low: Type.Number(), high: Type.Number() }),
    ),
  }),
  /** null where the images have no such perturbation: one image has no difference, a flat input no spatial gradient. */
  projections: Type.Object({
    random: Nullable(MeanAndError),
    adversarial: Nullable(MeanAndError),
    difference: Nullable(MeanAndError),
    imageGradient: Nullable(MeanAndError),
  }),
  /** √(d/D), what a random perturbation gives. */
  expectedRandom: Type.Number(),
  /** Bootstrap interval of the adversarial projection over training images. */
  adversarialInterval: Type.Optional(Type.Object({ low: Type.Number(), high: Type.Number() })),
  dimension: Count,
  inputDimension: Count,
  typicalNorm: Type.Number(),
  step: Nullable(Type.Number()),
  train: Type.Object({ count: Count, used: Count }),
  test: Type.Object({ count: Count, used: Count }),
  /** u_1 … as PNG data URIs, each scaled to its own largest entry, grey for 0. */
  tiles: Type.Optional(Type.Array(Type.String())),
});

export const PathsParams = Type.Object({
  pairs: Type.Integer({ minimum: 1, default: 20 }),
  scenarios: Type.Array(Type.Integer({ minimum: 1, maximum: 3 }), { minItems: 1, default: [1, 2, 3] }),
  overshoot: Type.Number({ minimum: 0, default: 1 }),
});
const PathsItem = Type.Object({
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
const PathsClosing = Type.Object({
  summary: Type.Array(
    Type.Object({
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

export const ConvexityParams = Type.Object({
  members: Type.Array(Type.Integer({ minimum: 2 }), { minItems: 1, default: [2, 3, 4, 5, 6, 8, 10, 15, 20] }),
  combinations: Type.Integer({ minimum: 1, default: 500 }),
});
const ConvexityItem = Type.Object({
  m: Type.Integer(),
  inside: Count,
  total: Count,
  rate: Type.Number(),
  low: Type.Number(),
  high: Type.Number(),
});
const ConvexityClosing = Type.Object({ classes: Count });

export const SliceParams = Type.Object({
  /** Image names: a path between two, or a plane through three. */
  pair: Type.Optional(Type.Tuple([Type.String(), Type.String()])),
  plane: Type.Optional(Type.Tuple([Type.String(), Type.String(), Type.String()])),
  resolution: Type.Integer({ minimum: 8, maximum: 1024, default: 101 }),
});
const SliceAnchor = Type.Object({
  name: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
  /** Whether the path found goes through it, in the order of the list; absent in reports of older versions. */
  onPath: Type.Optional(Type.Boolean()),
});
const SliceItem = Type.Object({
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
  anchors: Type.Array(SliceAnchor),
});
const SliceClosing = Type.Object({
  axes: Type.Tuple([Type.String(), Type.String()]),
  origin: Type.String(),
  extent: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  labels: Type.Array(Type.Array(ClassIndex)),
  margins: Type.Array(Numbers),
  anchors: Type.Array(SliceAnchor),
});

const Score = Type.Object({
  /** One entry an α. */
  auc: Type.Array(Nullable(Type.Number())),
  low: Type.Array(Nullable(Type.Number())),
  high: Type.Array(Nullable(Type.Number())),
  roc: Type.Array(Type.Object({ falsePositiveRate: Numbers, truePositiveRate: Numbers })),
  /** Weight of each feature, by its name. */
  weights: Type.Record(Type.String(), Type.Number()),
  threshold: Type.Number(),
  /** Measured on the held-out images. */
  falsePositiveRate: Type.Number(),
  /** Scores of held-out clean images, and of the copies perturbed at each α. */
  clean: Type.Optional(Numbers),
  perturbed: Type.Optional(Type.Array(Numbers)),
});
export const CalibrationParams = Type.Object({
  alpha: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, default: [1, 2, 5] }),
  attacks: Type.Boolean({ default: false }),
  estimator: Choice('forward', 'literal', 'forward-normal'),
  samples: Type.Integer({ minimum: 2, default: 8 }),
  falsePositiveRate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.05 }),
  scale: Type.Number({ exclusiveMinimum: 0, default: 0.5 }),
  step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
});
const CalibrationClosing = Type.Object({
  clean: Type.Object({ count: Count, used: Count, step: Type.Number(), samples: Count, estimator: Type.String() }),
  alpha: Numbers,
  /** Copies whose label did change, by α; the others are left out. */
  copies: Type.Array(Count),
  /** Absent where the clean images are too few to learn a score from. */
  scores: Type.Optional(Type.Object({ combined: Score, noCurvature: Score, margin: Score, rho: Score })),
  recovery: Type.Array(
    Type.Object({
      alpha: Type.Number(),
      rule: Words('runner-up', 'highest-curvature'),
      accuracy: Nullable(Type.Number()),
    }),
  ),
  suggestedRule: Words('runner-up', 'highest-curvature'),
  worksHere: Type.Boolean(),
  reason: Nullable(Type.String()),
  /** What curvature adds on this model, in words. */
  sentence: Type.String(),
  /** What `detect` takes from a saved calibration. */
  state: Type.Optional(CalibrationState),
  attacks: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        strength: Type.String(),
        count: Count,
        auc: Type.Object({
          combined: Nullable(Type.Number()),
          noCurvature: Nullable(Type.Number()),
          margin: Nullable(Type.Number()),
          rho: Nullable(Type.Number()),
        }),
        roc: Type.Optional(Type.Object({ falsePositiveRate: Numbers, truePositiveRate: Numbers })),
      }),
    ),
  ),
});

export const DetectParams = Type.Object({
  estimator: Choice('forward', 'literal', 'forward-normal'),
  samples: Type.Integer({ minimum: 2, default: 8 }),
  falsePositiveRate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.05 }),
  /** Path of a file that `calibrate` wrote. */
  calibration: Type.Optional(Type.String()),
  step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
});
const DetectItem = Type.Object({
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
  distance: Type.Optional(Nullable(Type.Number())),
  step: Type.Optional(Type.Number()),
});
const DetectClosing = Type.Object({
  summary: Type.Object({ n: Count, clean: Count, perturbed: Count, undecided: Count, uncalibrated: Count }),
});

const CompareItem = Type.Object({
  name: Type.String(),
  /** One entry a model, in pixel units. */
  label: Type.Array(Nullable(ClassIndex)),
  distance: Type.Array(Nullable(Type.Number())),
  meanCurvature: Type.Array(Nullable(Type.Number())),
});
const CompareClosing = Type.Object({
  models: Type.Array(Type.Object({ path: Type.String(), sha256: Type.String() })),
  unit: Type.String(),
  /** h of κ̃_h, the same for both models, in that unit; null where no boundary point was found. */
  step: Nullable(Type.Number()),
  /** Random tangents a mean curvature. */
  tangents: Count,
  differences: Type.Array(
    Type.Object({
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

const None = Type.Object({});

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

const section = (items: string, item: TSchema, closing: TSchema): TSchema =>
  Type.Composite([Type.Object({ [items]: Type.Optional(Type.Array(item)) }), Type.Partial(closing as TObject)]);

/** The `analyses` of a report. */
export const Sections = Type.Object(
  Object.fromEntries(
    Object.entries(analyses).map(([name, { items, item, closing }]) => [
      name,
      Type.Optional(section(items, item, closing)),
    ]),
  ),
);
export type Sections = { [K in AnalysisName]?: Section<K> };
