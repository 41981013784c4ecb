import { Type } from '@sinclair/typebox';

import { ClassIndex, Count, Nullable, Numbers } from '../schema';
import { scenarios } from '../words';

const Scenario = Type.Integer({ minimum: Math.min(...scenarios), maximum: Math.max(...scenarios) });

const spacing = Type.Number({
  title: 's',
  description: 'how far apart the points of a path are checked, as a share of the distance between its ends',
  exclusiveMinimum: 0,
  maximum: 1,
  default: 1e-4,
});

export const PathsParams = Type.Object({
  pairs: Type.Integer({ description: 'pairs for each scenario', minimum: 1, default: 20 }),
  scenarios: Type.Array(Scenario, {
    description:
      '1: two images; 2: an image and one of another class perturbed into its region; 3: an image and perturbed noise',
    minItems: 1,
    default: [...scenarios],
  }),
  overshoot: Type.Number({
    description: 'how far into the region projected midpoints are put',
    minimum: 0,
    default: 1,
  }),
  spacing,
});

export const PathsItem = Type.Object({
  scenario: Scenario,
  from: Type.String(),
  to: Type.String(),
  label: ClassIndex,
  /** False means: no path found. */
  connected: Type.Boolean(),
  anchors: Count,
  relativeLength: Nullable(Type.Number()),
  straightInside: Type.Boolean(),
  forwards: Count,
  /** Share of the straight distance that a path could be followed from the start. */
  furthest: Nullable(Type.Number()),
});

export const PathsClosing = Type.Object({
  summary: Type.Array(
    Type.Object({
      scenario: Type.Integer(),
      pairs: Count,
      connected: Count,
      straightInside: Count,
      anchors: Nullable(Type.Number()),
      relativeLength: Nullable(Type.Number()),
      forwards: Type.Number(),
    }),
  ),
  /** As in the params; absent in reports of version 0.1.0, where it was 1e-4. */
  spacing: Type.Optional(Type.Number()),
});

export const ConvexityParams = Type.Object({
  members: Type.Array(Type.Integer({ minimum: 2 }), {
    description: 'images in a mixture',
    minItems: 1,
    default: [2, 3, 4, 5, 6, 8, 10, 15, 20],
  }),
  combinations: Type.Integer({ description: 'mixtures for each number of images', minimum: 1, default: 500 }),
});

export const ConvexityItem = Type.Object({
  m: Type.Integer(),
  inside: Count,
  total: Count,
  rate: Type.Number(),
  low: Type.Number(),
  high: Type.Number(),
});

export const ConvexityClosing = Type.Object({ classes: Count });

const ImageName = Type.String({ title: 'name' });

export const SliceParams = Type.Object({
  pair: Type.Optional(
    Type.Tuple([ImageName, ImageName], {
      description: 'two images of one predicted class: the path between them (two of the largest class)',
    }),
  ),
  plane: Type.Optional(
    Type.Tuple([ImageName, ImageName, ImageName], { description: 'three images: the plane through them' }),
  ),
  resolution: Type.Integer({ description: 'points along each axis', minimum: 8, maximum: 1024, default: 101 }),
  spacing,
});

const SliceAnchor = Type.Object({
  name: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
  /** Whether the path found goes through it, in the order of the list; absent in reports of older versions. */
  onPath: Type.Optional(Type.Boolean()),
});

/** A slice's map: what the report's plane and each further plane have in common. */
const map = {
  /** What the horizontal and the vertical axis are; both unit vectors of the input space, orthogonal. */
  axes: Type.Tuple([Type.String(), Type.String()]),
  origin: Type.String(),
  /** [left, right, bottom, top], in units of the input. */
  extent: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  /** Rows from bottom to top. */
  labels: Type.Array(Type.Array(ClassIndex)),
  /** f_label − f_runnerUp of the class that wins there. */
  margins: Type.Array(Numbers),
  anchors: Type.Array(SliceAnchor),
};
/** A further plane. */
export const SliceItem = Type.Object({ title: Type.String(), ...map });
/** The first plane; reports of version 0.1.0 repeat it among the others, and have its title there alone. */
export const SliceClosing = Type.Object({ title: Type.Optional(Type.String()), ...map });
