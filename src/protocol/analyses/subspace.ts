import { Type } from '@sinclair/typebox';

import { Count, Nullable, Numbers, Rate } from '../schema';
import { scale } from './step';

const MeanAndError = Type.Object({ mean: Type.Number(), standardError: Type.Number() });

export const SubspaceParams = Type.Object({
  dimension: Type.Integer({
    title: 'd',
    description: 'dimension of the space S that the directions span',
    minimum: 1,
    default: 200,
  }),
  directions: Type.Integer({ description: 'directions taken from each training image', minimum: 1, default: 10 }),
  trainCount: Type.Integer({
    description: 'training images, drawn by the seed (without --train, at most half of --images)',
    minimum: 1,
    default: 100,
  }),
  scale,
});

export const SubspaceClosing = Type.Object({
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
