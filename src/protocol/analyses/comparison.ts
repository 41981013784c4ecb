import { Type } from '@sinclair/typebox';

import { ClassIndex, Count, Nullable } from '../schema';

export const CompareItem = Type.Object({
  name: Type.String(),
  /** One entry a model, in pixel units. */
  label: Type.Array(Nullable(ClassIndex)),
  distance: Type.Array(Nullable(Type.Number())),
  meanCurvature: Type.Array(Nullable(Type.Number())),
});

export const CompareClosing = Type.Object({
  models: Type.Array(
    Type.Object({
      path: Type.String(),
      sha256: Type.String(),
      /** As in the manifest's model. */
      stepped: Type.Optional(Type.Literal(true)),
    }),
  ),
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
