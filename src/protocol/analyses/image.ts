import { Type } from '@sinclair/typebox';

import { ClassIndex, Words } from '../schema';

export const Status = Words('converged', 'not-converged', 'no-boundary');

/** Fields that every image's result begins with. */
export const image = {
  name: Type.String(),
  /** The predicted class k; all geometry is about it. */
  label: ClassIndex,
};
