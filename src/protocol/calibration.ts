import { type Static, Type } from '@sinclair/typebox';

import { Count, Nullable, Numbers } from './schema';
import { CalibrationReason, Estimator, RecoveryRule, SearchLevel } from './words';

/*
 * What `calibrate` has learned of a model, as far as `detect` needs it. It stands in the report of the calibration, whose
 * manifest says of which model and preprocessing it is.
 */

const Spread = Type.Object({ mean: Type.Number(), deviation: Type.Number() });
const PairStatistics = Type.Object({
  byRival: Type.Array(Spread),
  byLabel: Type.Record(Type.String(), Type.Array(Spread)),
});
const ClassStatistics = Type.Object({ pooled: Spread, byLabel: Type.Record(Type.String(), Spread) });
const LogisticModel = Type.Object({
  intercept: Type.Number(),
  weights: Numbers,
  means: Numbers,
  deviations: Numbers,
});
const Direction = Type.Union([Type.Literal(1), Type.Literal(-1)]);

export const CalibrationState = Type.Object({
  classes: Type.Integer({ minimum: 2 }),
  dimension: Type.Integer({ minimum: 1 }),
  settings: Type.Object({
    estimator: Estimator,
    step: Type.Number({ exclusiveMinimum: 0 }),
    samples: Type.Integer({ minimum: 2 }),
  }),
  /** How the perturbations were searched that it was learned from; absent in reports of 0.1.0, where it was DeepFool. */
  search: Type.Optional(SearchLevel),
  detector: Nullable(
    Type.Object({
      logitStatistics: PairStatistics,
      curvatureStatistics: PairStatistics,
      featureStatistics: Type.Object({
        margin: ClassStatistics,
        zF: ClassStatistics,
        zR: ClassStatistics,
        rho: ClassStatistics,
        maxCurvature: ClassStatistics,
      }),
      models: Type.Object({ combined: LogisticModel, noCurvature: LogisticModel }),
      directions: Type.Object({ margin: Direction, rho: Direction }),
      /** Scores of clean images that nothing was learned from, ascending. */
      reference: Type.Object({ combined: Numbers, noCurvature: Numbers, margin: Numbers, rho: Numbers }),
    }),
  ),
  recoveryRule: RecoveryRule,
  worksHere: Type.Boolean(),
  reason: Nullable(CalibrationReason),
  /** Contents of the clean images, so that nobody is judged by what was learned from themselves unawares. */
  imageHashes: Type.Array(Type.String()),
  images: Count,
});
export type CalibrationState = Static<typeof CalibrationState>;
