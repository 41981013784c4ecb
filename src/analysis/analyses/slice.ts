import { Value } from '@sinclair/typebox/value';

import type { Item, Params } from '../../protocol/analyses';
import { PathsParams } from '../../protocol/analyses/regions';
import type { BackendId } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import { findPath, pointsChecked } from '../geometry/regions/paths';
import {
  extentAround,
  type Plane,
  plane,
  planeCoordinates,
  planeThroughPoints,
  slice as labelsOnPlane,
} from '../geometry/regions/slice';
import type { NetworkImage } from '../images/networkImages';
import { addScaled, type Vector } from '../math/vector';
import type { Study } from '../study/study';
import { type Analysis, phases } from './analysis';
import { quickSpacing } from './paths';
import { imagesByLabel, labelled, labelsPhase, predictedLabels } from './predictedLabels';

/** The points of one chunk. */
const vectorsOfOneTask = 512;
/** Segments of a path that get a picture of their own. */
const mostSegments = 6;

/** How far into the region the midpoints of its path are put: as `paths` does. */
const { overshoot } = Value.Create(PathsParams);

/** A point of the input space with the name that the picture gives it. */
interface Mark {
  readonly name: string;
  readonly point: Vector;
  /** Whether the path goes through it. */
  readonly onPath: boolean;
}

/** A plane to be drawn. */
interface Cut {
  readonly title: string;
  readonly axes: [string, string];
  readonly plane: Plane;
  readonly marks: readonly Mark[];
}

const cutThrough = phases<'slice'>()
  .phase('sliceImages', async (study, params, before) => {
    const chosen = params.plane
      ? params.plane.map((name) => named(study, name))
      : await pairOf(study, params.pair, before.labels);
    return chosen.map((image) => study.images.indexOf(image));
  })
  .close(async (study, params, { sliceImages }) => {
    const images = sliceImages.map((i) => study.images[i]);
    const cuts = params.plane ? [throughImages(images)] : await alongPath(study, images, params);
    const { resolution, spacing } = params;
    const subjects = cuts.map((cut, index) => ({
      ...{ cut, index },
      name: cut.title,
      // A segment is one of the path that was found at this spacing.
      key: [
        ...['slice', cut.title, index, resolution, spacing, study.searchKey()],
        images.map(({ name, sha256 }) => [name, sha256]),
      ],
    }));
    const computedOn = new Map<Item<'slice'>, BackendId>();
    const items = await study.tasks(
      'Cutting through the regions',
      subjects,
      vectorsOfOneTask,
      async ({ cut }, classifier): Promise<Item<'slice'>> => {
        const places = cut.marks.map((mark) => ({ ...mark, at: planeCoordinates(cut.plane, mark.point) }));
        const extent = extentAround(places.map(({ at }) => at));
        const grid = await labelsOnPlane(classifier, cut.plane, extent, resolution, resolution);
        const rows = <T>(row: (start: number, end: number) => T): T[] =>
          Array.from({ length: resolution }, (_, i) => row(i * resolution, (i + 1) * resolution));
        return {
          title: cut.title,
          axes: cut.axes,
          origin: cut.marks[0].name,
          extent: [extent.left, extent.right, extent.bottom, extent.top],
          labels: rows((start, end) => Array.from(grid.labels.subarray(start, end))),
          // A picture needs no more digits.
          margins: rows((start, end) => Array.from(grid.margins.subarray(start, end), (f) => Number(f.toPrecision(5)))),
          anchors: places.map(({ name, at, onPath }) => ({ name, x: at.horizontal, y: at.vertical, onPath })),
        };
      },
      (_, item, on) => {
        computedOn.set(item, on);
      },
    );
    const drawn = subjects.flatMap((subject) => items.get(subject) ?? []);
    const first = drawn.at(0);
    if (!first) throw new AnalysisError('invalid-input', 'no plane could be drawn; the failures say why');
    drawn.slice(1).forEach((item, index) => {
      const on = computedOn.get(item);
      study.sink.emit('slice', index, { item, ...(on && { on }) });
    });
    return first;
  });

/**
 * Classification regions and margins on planes: through a path between two images of one class (horizontally x₂ − x₁,
 * vertically the shortest perturbation r(x₁)) and through each of its segments, or through any three images.
 *
 * @throws AnalysisError 'invalid-input' for names that no image has, a pair of different predicted classes, images on one
 *   line, or no two images of one class; 'no-boundary' where the first image has none.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §3, the cross-sections
 */
export const slice: Analysis<'slice'> = {
  ...cutThrough,
  cost: ({ resolution, plane: given, spacing }) => ({
    forwards: given ? resolution ** 2 : pointsChecked(spacing) + 3 * resolution ** 2,
    gradients: 0,
  }),
  presets: { quick: { resolution: 65, spacing: quickSpacing }, paper: { resolution: 201 } },
  large: { quick: { resolution: 33 } },
};

/** Through images A, B and C: B on the horizontal axis, C above it. */
function throughImages(images: readonly NetworkImage[]): Cut {
  const marks = images.map(({ name, x }) => ({ name, point: Float64Array.from(x), onPath: false }));
  const [a, b, c] = marks;
  return {
    title: `The plane through ${a.name}, ${b.name} and ${c.name}`,
    axes: [`towards ${b.name}`, `towards ${c.name}`],
    plane: planeThroughPoints(a.point, b.point, c.point),
    marks,
  };
}

/** The whole path on the plane of x₂ − x₁ and r(x₁), and each segment of a bent one on its own. */
async function alongPath(
  study: Study,
  [from, to]: readonly NetworkImage[],
  { spacing }: Params<'slice'>,
): Promise<Cut[]> {
  const boundaryPoint = (await study.boundaries([from])).get(from)?.point;
  if (!boundaryPoint) {
    throw new AnalysisError(
      'no-boundary',
      `${from.name} must have a boundary point to span the plane with, got none; name another --pair`,
    );
  }
  const x1 = Float64Array.from(from.x);
  const found = await study.tasks(
    'Finding the path of the slice',
    [{ name: `${from.name} – ${to.name}`, key: ['slice path', spacing, from.sha256, to.sha256] }],
    vectorsOfOneTask,
    async (_, classifier) => findPath(classifier, x1, Float64Array.from(to.x), { overshoot, spacing }),
  );
  const path = [...found.values()].at(0);
  if (!path) {
    throw new AnalysisError('invalid-input', `${from.name} and ${to.name} must be two images of one predicted class`);
  }
  const r = addScaled(boundaryPoint, -1, x1);
  const end = { name: to.name, point: Float64Array.from(to.x), onPath: path.connected };
  const marks: Mark[] = path.points.map((point, i) => ({
    ...{ name: i === 0 ? from.name : `p${i}`, point },
    onPath: true,
  }));
  if (path.connected) marks.pop();
  marks.push(end);
  if (!path.connected) {
    study.sink.note(`Slice: no path was found from ${from.name} to ${to.name}; the part found is marked.`);
  }
  const vertical = `r of ${from.name}`;
  const whole: Cut = {
    title: `From ${from.name} to ${to.name}`,
    axes: ['x₂ − x₁', vertical],
    plane: plane(x1, addScaled(end.point, -1, x1), r),
    marks: [...marks, { name: 'boundary', point: boundaryPoint, onPath: false }],
  };
  const segments = marks.length > 2 ? marks.slice(1, mostSegments + 1) : [];
  const cuts = segments.map((mark, i): Cut => {
    const previous = marks[i];
    return {
      title: `Segment ${i + 1} of the path from ${from.name} to ${to.name}`,
      axes: [`${mark.name} − ${previous.name}`, vertical],
      plane: plane(previous.point, addScaled(mark.point, -1, previous.point), r),
      marks: [previous, mark, { name: 'r', point: addScaled(previous.point, 1, r), onPath: false }],
    };
  });
  return [whole, ...cuts];
}

/** The pair asked for, or two images of the predicted class that has most. */
async function pairOf(
  study: Study,
  pair: Params<'slice'>['pair'],
  known: readonly (number | null)[] | undefined,
): Promise<readonly NetworkImage[]> {
  if (pair) {
    const images = pair.map((name) => named(study, name));
    const labels = await predictedLabels(study, images);
    if (new Set(labels.values()).size > 1) {
      throw new AnalysisError(
        'invalid-input',
        `--pair must name two images of one predicted class, got classes ${[...labels.values()].join(' and ')}`,
      );
    }
    return images;
  }
  const labels = labelled(study.images, known ?? (await labelsPhase(study)));
  const largest = imagesByLabel(labels).at(0)?.images ?? [];
  if (largest.length >= 2) return largest.slice(0, 2);
  throw new AnalysisError('invalid-input', 'a slice needs two images of one predicted class, got none such');
}

/** The image that a user means: by its name, or by the end of it where that is unique. */
function named({ images }: Study, name: string): NetworkImage {
  const exact = images.find((image) => image.name === name);
  if (exact) return exact;
  const ending = images.filter((image) => image.name.endsWith(name));
  if (ending.length === 1) return ending[0];
  const problem = ending.length === 0 ? 'none' : `${ending.length} of them`;
  throw new AnalysisError('invalid-input', `an image of the set must be named ${name}, got ${problem}`);
}
