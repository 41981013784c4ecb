import { Type } from '@sinclair/typebox';

import { ClassIndex, Count, Nullable } from '../schema';
import { SearchLevel, Status } from '../words';
import { image } from './image';

/** Settings of the search for the nearest boundary point. */
export const SearchParams = Type.Object({
  level: Type.Optional({
    ...SearchLevel,
    title: 'level',
    description: 'effort of the search for the nearest boundary point (the preset’s; calibrate: quick; else standard)',
  }),
  overshoot: Type.Number({
    description: 'how far past the boundary DeepFool steps and a perturbed image is put',
    exclusiveMinimum: 0,
    default: 0.02,
  }),
  candidates: Type.Integer({
    title: 'm',
    description: 'how many classes are considered as the nearest, the predicted one among them',
    minimum: 2,
    default: 10,
  }),
  clip: Type.Boolean({ description: 'keep points inside the range of pixel values', default: false }),
});

export const BoundaryItem = Type.Object({
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
  /** DeepFool's. */
  steps: Count,
  /** Gradients that `distance` and `deepfoolDistance` took. */
  gradients: Type.Optional(Count),
});

export const BoundaryClosing = Type.Object({
  summary: Type.Object({
    n: Count,
    median: Nullable(Type.Number()),
    mean: Nullable(Type.Number()),
    q05: Nullable(Type.Number()),
    q25: Nullable(Type.Number()),
    q75: Nullable(Type.Number()),
    q95: Nullable(Type.Number()),
    converged: Count,
    search: Type.Optional(SearchLevel),
  }),
});
