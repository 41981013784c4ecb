import { Type } from '@sinclair/typebox';

import { ClassIndex } from '../schema';

/** Fields that every image's result begins with. */
export const image = {
  name: Type.String(),
  /** The predicted class k; all geometry is about it. */
  label: ClassIndex,
};
