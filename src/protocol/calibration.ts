import { type Static, Type } from '@sinclair/typebox';

import { Count, Nullable, Numbers, Words } from './schema';

/*
 * What `calibrate` has learned of a model, as far as `detect` needs it. It stands in the report of the calibration, whose
 * manifest says of which model and preprocessing it is.
 */

const object = Type.Object;

const Spread = object({ mean: Type.Number(), deviation: Type.Number() });
const PairStatistics = object({
  byRival: Type.Array(Spread),
  byLabel: Type.Record(Type.String(), Type.Array(Spread)),
});
const ClassStatistics = object({ pooled: Spread, byLabel: Type.Record(Type.String(), Spread) });
const LogisticModel = object({
  intercept: Type.Number(),
  weights: Numbers,
  means: Numbers,
  deviations: Numbers,
});
const Direction = Type.Union([Type.Literal(1), Type.Literal(-1)]);

export const CalibrationState = object({
  classes: Type.Integer({ minimum: 2 }),
  dimension: Type.Integer({ minimum: 1 }),
  settings: object({
    estimator: Words('literal', 'forward', 'forward-normal'),
    step: Type.Number({ exclusiveMinimum: 0 }),
    samples: Type.Integer({ minimum: 2 }),
  }),
  detector: Nullable(
    object({
      logitStatistics: PairStatistics,
      curvatureStatistics: PairStatistics,
      featureStatistics: object({
        margin: ClassStatistics,
        zF: ClassStatistics,
        zR: ClassStatistics,
        rho: ClassStatistics,
        maxCurvature: ClassStatistics,
      }),
      models: object({ combined: LogisticModel, noCurvature: LogisticModel }),
      directions: object({ margin: Direction, rho: Direction }),
      /** Scores of clean images that nothing was learned from, ascending. */
      reference: object({ combined: Numbers, noCurvature: Numbers, margin: Numbers, rho: Numbers }),
    }),
  ),
  recoveryRule: Words('runner-up', 'highest-curvature'),
  worksHere: Type.Boolean(),
  reason: Nullable(Words('too-few-images', 'no-signal')),
  /** Contents of the clean images, so that nobody is judged by what was learned from themselves unawares. */
  imageHashes: Type.Array(Type.String()),
  images: Count,
});
export type CalibrationState = Static<typeof CalibrationState>;
