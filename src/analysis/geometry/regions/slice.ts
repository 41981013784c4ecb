import { AnalysisError } from '../../base/errors';
import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { inChunks } from '../chunks';
import { predictedLabel, strongestRival } from '../logits';

/** A plane in R^D: origin + s · horizontal + t · vertical, with s and t in units of x. */
export interface Plane {
  readonly origin: Vector;
  /** Unit vector. */
  readonly horizontal: Vector;
  /** Unit vector, orthogonal to `horizontal`. */
  readonly vertical: Vector;
}

/** Where a point lies with respect to a plane. */
export interface PlaneCoordinates {
  readonly horizontal: number;
  readonly vertical: number;
  /** Its distance from the plane, ≥ 0. */
  readonly distance: number;
}

/** The rectangle that is drawn, in plane coordinates. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Labels and margins on a grid; rows from bottom to top, columns from left to right, ends included. */
export interface Slice {
  readonly rows: number;
  readonly columns: number;
  /** Predicted class, shape (rows, columns). */
  readonly labels: Int32Array;
  /** f_k − max_{i≠k} f_i of the class asked about: positive in its region, 0 on its boundary; shape (rows, columns). */
  readonly margins: Float64Array;
}

/** |cos| between two spanning vectors from which on they are taken for parallel. */
const PARALLEL = 1 - 1e-10;

/**
 * The plane through `origin` that two vectors span: the horizontal axis along the first, the vertical one along what the
 * second has orthogonal to it. For the paper's pictures these are x₂ − x₁ and r(x₁), or pᵢ₊₁ − pᵢ and r.
 *
 * @throws AnalysisError 'invalid-input' where a vector is zero or both are parallel.
 */
export function plane(origin: Vector, horizontal: Vector, vertical: Vector): Plane {
  const across = unit(horizontal, 'horizontal');
  const up = unit(vertical, 'vertical');
  const along = dot(across, up);
  if (Math.abs(along) > PARALLEL) {
    throw new AnalysisError('invalid-input', 'the two axes of a plane must not be parallel, got parallel vectors');
  }
  const orthogonal = unit(addScaled(up, -along, across), 'vertical');
  // Once more: nearly parallel axes leave a rounding error along the first.
  return {
    origin,
    horizontal: across,
    vertical: unit(addScaled(orthogonal, -dot(across, orthogonal), across), 'vertical'),
  };
}

/**
 * The plane through three points: the second lies on the horizontal axis, the third above it.
 *
 * @throws AnalysisError 'invalid-input' where the points lie on one line.
 */
export function planeThroughPoints(a: Vector, b: Vector, c: Vector): Plane {
  return plane(a, addScaled(b, -1, a), addScaled(c, -1, a));
}

/** The coordinates of the point's projection on the plane, and how far the point is from it. */
export function planeCoordinates({ origin, horizontal, vertical }: Plane, point: Vector): PlaneCoordinates {
  const offset = addScaled(point, -1, origin);
  const across = dot(offset, horizontal);
  const up = dot(offset, vertical);
  const distance = norm(addScaled(addScaled(offset, -across, horizontal), -up, vertical));
  return { horizontal: across, vertical: up, distance };
}

/**
 * The smallest rectangle around the marked points, widened by a share of its size on every side; a side without extent
 * takes that of the other.
 */
export function extentAround(marks: readonly PlaneCoordinates[], widening = 0.25): Extent {
  const across = marks.map((mark) => mark.horizontal);
  const up = marks.map((mark) => mark.vertical);
  const [left, right, bottom, top] = [Math.min(...across), Math.max(...across), Math.min(...up), Math.max(...up)];
  const width = right - left || top - bottom || 1;
  const height = top - bottom || width;
  return {
    left: left - widening * width,
    right: right + widening * width,
    bottom: bottom - widening * height,
    top: top + widening * height,
  };
}

/**
 * The labels and the margin of class k on a grid of the plane, rows · columns forward passes. Holds the grid, two numbers
 * a cell, and one chunk of points (32 MB).
 *
 * @param label - k, the class whose margin is drawn; left out, the margin of each cell's own label (≥ 0).
 * @throws AnalysisError 'invalid-input' for fewer than 2 rows or columns.
 */
export async function slice(
  classifier: Classifier,
  { origin, horizontal, vertical }: Plane,
  { left, right, bottom, top }: Extent,
  rows: number,
  columns: number,
  label?: number,
): Promise<Slice> {
  if (!(rows >= 2 && columns >= 2)) {
    throw new AnalysisError('invalid-input', `a slice must have 2 rows and columns or more, got ${rows} × ${columns}`);
  }
  const labels = new Int32Array(rows * columns);
  const margins = new Float64Array(rows * columns);
  await inChunks(rows * columns, classifier.dimension, async (cell) => {
    const across = left + ((cell % columns) / (columns - 1)) * (right - left);
    const up = bottom + (Math.floor(cell / columns) / (rows - 1)) * (top - bottom);
    const logits = await classifier.logits(addScaled(addScaled(origin, across, horizontal), up, vertical));
    labels[cell] = predictedLabel(logits);
    const k = label ?? labels[cell];
    margins[cell] = logits[k] - logits[strongestRival(logits, k)];
  });
  return { rows, columns, labels, margins };
}

function unit(v: Vector, axis: string): Vector {
  const length = norm(v);
  if (!(length > 0)) {
    throw new AnalysisError('invalid-input', `the ${axis} axis of a plane must have a length above 0, got ${length}`);
  }
  return scale(v, 1 / length);
}
