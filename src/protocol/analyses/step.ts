import { Type } from '@sinclair/typebox';

/* The step h of finite differences: a multiple of the median distance, unless it is given itself. */

export const scale = Type.Number({
  title: 's',
  description: 'h = s · median distance to the boundary',
  exclusiveMinimum: 0,
  default: 0.5,
});
export const step = Type.Optional(
  Type.Number({ title: 'h', description: 'h itself, in units of the input', exclusiveMinimum: 0 }),
);
