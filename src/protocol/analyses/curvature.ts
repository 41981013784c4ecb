import { Type } from '@sinclair/typebox';

import { Choice, ClassIndex, Count, Nullable, Numbers } from '../schema';
import { CurvatureMethod, curvatureMethodChoices, curvaturePlaces, SearchLevel, Smoothness, Status } from '../words';
import { image } from './image';
import { scale, step } from './step';

export const CurvatureParams = Type.Object({
  eigenvalues: Type.Union([Type.Integer({ minimum: 2 }), Type.Literal('all')], {
    description: 'principal curvatures an image, half from each end; all: for smooth networks only',
    default: 10,
  }),
  method: Choice(curvatureMethodChoices, { description: 'how curvature is measured' }),
  beta: Type.Optional(
    Type.Number({
      title: 'b',
      description: 'softplus sharpness of the smoothed network (found from the activations)',
      exclusiveMinimum: 0,
    }),
  ),
  at: Choice(curvaturePlaces, {
    title: 'where',
    description: 'nearest boundary point, or the level set through the image',
  }),
  scale,
  step,
  scaleSweep: Type.Boolean({ description: 'mean curvature from a tenth to ten times the step', default: false }),
});

/** Mean curvature at a scale, a multiple of h. */
const sweepEntry = {
  factor: Type.Number(),
  step: Type.Number(),
  mean: Type.Number(),
  standardError: Type.Number(),
};

export const CurvatureItem = Type.Object({
  ...image,
  target: Nullable(ClassIndex),
  status: Status,
  distance: Nullable(Type.Number()),
  /** h, in units of the input; null where the curvature is exact. */
  step: Nullable(Type.Number()),
  method: CurvatureMethod,
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
  sweep: Type.Optional(
    Type.Array(
      Type.Object({
        ...sweepEntry,
        /** Whether float32 tells the second differences at this scale from rounding. */
        resolved: Type.Optional(Type.Boolean()),
      }),
    ),
  ),
});

export const CurvatureClosing = Type.Object({
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
    smoothness: Smoothness,
    /** h and h over the median distance; null where exact. */
    step: Type.Optional(Nullable(Type.Number())),
    stepOverDistance: Type.Optional(Nullable(Type.Number())),
    /** Median over images of mean curvature times distance: how much the boundary bends within the distance that matters. */
    curvatureTimesDistance: Type.Optional(Nullable(Type.Number())),
    n: Type.Optional(Count),
    /** How the boundary points were searched. */
    search: Type.Optional(SearchLevel),
    /** `smoothed` only: the sharpness, and the largest change of a logit over the spread of the logits. */
    beta: Type.Optional(Type.Number()),
    logitChange: Type.Optional(Type.Number()),
  }),
  sweep: Type.Optional(
    Type.Array(
      Type.Object({
        ...sweepEntry,
        /** The share of images where float32 tells the second differences at this scale from rounding. */
        resolvedShare: Type.Optional(Type.Number()),
      }),
    ),
  ),
});
