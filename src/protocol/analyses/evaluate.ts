import { Type } from '@sinclair/typebox';

import { ClassIndex, Count, Nullable } from '../schema';
import { image } from './image';

export const EvaluateItem = Type.Object({
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

export const EvaluateClosing = Type.Object({
  summary: Type.Object({ n: Count, accuracy: Nullable(Type.Number()), labelled: Count }),
});
