import { Type } from '@sinclair/typebox';

import { CalibrationState } from '../calibration';
import { Choice, ClassIndex, Count, Nullable, Numbers } from '../schema';
import { estimators, RecoveryRule, SearchLevel, Verdict } from '../words';
import { image } from './image';
import { scale, step } from './step';

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

/** What calibrating and detecting have in common. */
const measuring = {
  estimator: Choice(estimators, { description: 'of Algorithm 2’s curvatures; see the README' }),
  samples: Type.Integer({ title: 't', description: 'random directions T an image', minimum: 2, default: 8 }),
  falsePositiveRate: Type.Number({
    title: 'p',
    description: 'share of clean images that may be called perturbed',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.05,
  }),
};

export const CalibrationParams = Type.Object({
  alpha: Type.Array(Type.Number({ exclusiveMinimum: 0 }), {
    description: 'multiples of the smallest perturbation to learn from',
    minItems: 1,
    default: [1, 2, 5],
  }),
  attacks: Type.Boolean({
    description: 'try FGSM and PGD-L2 as well, which nothing is learned from',
    default: false,
  }),
  ...measuring,
  scale,
  step,
});

export const CalibrationClosing = Type.Object({
  clean: Type.Object({
    ...{ count: Count, used: Count, step: Type.Number(), samples: Count, estimator: Type.String() },
    /** How the smallest perturbations were searched. */
    search: Type.Optional(SearchLevel),
  }),
  alpha: Numbers,
  /** Copies whose label did change, by α; the others are left out. */
  copies: Type.Array(Count),
  /** Absent where the clean images are too few to learn a score from. */
  scores: Type.Optional(Type.Object({ combined: Score, noCurvature: Score, margin: Score, rho: Score })),
  recovery: Type.Array(
    Type.Object({
      alpha: Type.Number(),
      rule: RecoveryRule,
      accuracy: Nullable(Type.Number()),
      /** 95 % interval of the accuracy (Wilson), and how many copies it is a share of. */
      low: Type.Optional(Nullable(Type.Number())),
      high: Type.Optional(Nullable(Type.Number())),
      n: Type.Optional(Count),
    }),
  ),
  suggestedRule: RecoveryRule,
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
  ...measuring,
  calibration: Type.Optional(
    Type.String({
      title: 'file',
      description: 'what calibrate wrote (without it, detect gives no verdict and analyze calibrates first)',
    }),
  ),
  step,
});

export const DetectItem = Type.Object({
  ...image,
  margin: Type.Number(),
  rho: Type.Number(),
  rhoStandardError: Nullable(Type.Number()),
  score: Nullable(Type.Number()),
  noCurvatureScore: Nullable(Type.Number()),
  pValue: Nullable(Type.Number()),
  verdict: Verdict,
  reason: Nullable(Type.String()),
  runnerUp: ClassIndex,
  highestCurvatureLabel: ClassIndex,
  recoveredLabel: Nullable(ClassIndex),
  classCurvatures: Numbers,
  /** The class on the other side of the nearest boundary. */
  target: Type.Optional(Nullable(ClassIndex)),
  distance: Type.Optional(Nullable(Type.Number())),
  /** Over the norm of the image, and in pixel values 0–255 where they are known. */
  relativeDistance: Type.Optional(Nullable(Type.Number())),
  pixelDistance: Type.Optional(Nullable(Type.Number())),
  step: Type.Optional(Type.Number()),
});

export const DetectClosing = Type.Object({
  summary: Type.Object({
    ...{ n: Count, clean: Count, perturbed: Count, undecided: Count, uncalibrated: Count },
    search: Type.Optional(SearchLevel),
  }),
});
