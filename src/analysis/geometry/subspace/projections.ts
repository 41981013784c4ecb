import { AnalysisError } from '../../errors';
import { resample } from '../../math/bootstrap';
import type { Random } from '../../math/random';
import { mean, standardDeviation } from '../../math/statistics';
import { type Column, type RightSingularVectors, rightSingularVectors } from '../../math/svd';
import { dot, type Vector } from '../../math/vector';
import type { SharedDirections } from './sharedDirections';

/** The kinds of perturbation in the paper's table 1. */
export const PERTURBATIONS = ['random', 'adversarial', 'difference', 'imageGradient'] as const;
/** One of the rows of the table: a random direction, r(x), x₂ − x₁, ∇x. */
export type Perturbation = (typeof PERTURBATIONS)[number];

/** A perturbation as the table needs it: without its D entries. */
export interface PerturbationCoordinates {
  /** Mᵀ v of each vector that it consists of (∇x has two), shape (m,). */
  readonly coordinates: readonly Vector[];
  /** Σ ‖v‖². */
  readonly squaredNorm: number;
}

/** A row of the projection table: ‖P_S v‖ / ‖v‖ over images. */
export interface ProjectionShare {
  readonly mean: number;
  /** Over training images (which make S) and the images whose perturbations these are, both redrawn. */
  readonly standardError: number;
}

/** The projection table, with the root mean square that random directions have. */
export interface ProjectionTable extends Readonly<Record<Perturbation, ProjectionShare | null>> {
  /** √(d / D). */
  readonly expected: number;
}

/** How the values of x lie on the image. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layout: 'nchw' | 'nhwc';
}

/** Replicates of the bootstrap: each one is an eigenproblem of up to m × m, so they are few. */
const REPLICATES = 25;

/**
 * ∇x, the spatial gradient of an image: forward differences of every channel to the right and down, 0 at the last column
 * and row. A pair of vectors of shape (D,), taken together as one perturbation: ‖P_S ∇x‖² is the sum over both. (The
 * paper names ∇x without a definition; this one has no preferred axis and is linear in x.)
 *
 * @throws AnalysisError 'invalid-input' where the shape has not D values.
 */
export function spatialGradient(x: Vector, { height, width, channels, layout }: ImageShape): [Vector, Vector] {
  if (height * width * channels !== x.length) {
    throw new AnalysisError(
      'invalid-input',
      `image shape must hold ${x.length} values, got ${height} × ${width} × ${channels}`,
    );
  }
  const [rowStride, columnStride, channelStride] =
    layout === 'nchw' ? [width, 1, height * width] : [width * channels, channels, 1];
  const right = new Float64Array(x.length);
  const down = new Float64Array(x.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = channel * channelStride + row * rowStride + column * columnStride;
        if (column + 1 < width) right[at] = x[at + columnStride] - x[at];
        if (row + 1 < height) down[at] = x[at + rowStride] - x[at];
      }
    }
  }
  return [right, down];
}

/** ‖P_S v‖ / ‖v‖ for an orthonormal basis of S; 0 for v = 0. */
export function projectionShare(directions: readonly Vector[], v: Vector): number {
  const squaredNorm = dot(v, v);
  if (squaredNorm === 0) return 0;
  return Math.sqrt(directions.reduce((sum, u) => sum + dot(u, v) ** 2, 0) / squaredNorm);
}

/**
 * Mᵀ v and ‖v‖² of a perturbation: all that the table and its bootstrap need of it, m numbers instead of D.
 *
 * @param columns - the m columns of M, in the order that made the shared directions.
 * @param vectors - the perturbation; several where it has several parts.
 */
export function perturbationCoordinates(
  columns: readonly Column[],
  vectors: readonly Vector[],
): PerturbationCoordinates {
  return {
    coordinates: vectors.map((v) => Float64Array.from(columns, (column) => mixedDot(column, v))),
    squaredNorm: vectors.reduce((sum, v) => sum + dot(v, v), 0),
  };
}

/**
 * The projection table: for each kind of perturbation the mean over images of ‖P_S v‖ / ‖v‖, with a bootstrap over the
 * training images (which ones were drawn moves "adversarial" more than any setting does) and over the perturbed ones.
 * uᵢᵀ v = vᵢᵀ (Mᵀ v) / σᵢ, and a redrawn M has a Gram matrix made of entries of the first: neither needs M. Holds 5 m²
 * numbers. Each of the 25 replicates solves an eigenproblem of about 0.63 m: under a second for m = 1000.
 *
 * @param perturbations - any number of each kind; zero vectors are left out. A kind without any has no share: null.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, table 1
 */
export function projectionTable(
  shared: Pick<SharedDirections, 'directions' | 'gram' | 'columnsPerImage'>,
  perturbations: Readonly<Record<Perturbation, readonly PerturbationCoordinates[]>>,
  random: Random,
  replicates: number = REPLICATES,
): ProjectionTable {
  const rows = PERTURBATIONS.map((kind) => perturbations[kind].filter((p) => p.squaredNorm > 0));
  const d = shared.directions.length;
  const means = rowMeans(
    rightSingularVectors(shared.gram, d),
    rows,
    Array.from({ length: shared.gram.length ** 0.5 }, (_, i) => ({ index: i, root: 1 })),
  );
  const drawn: number[][] = PERTURBATIONS.map(() => []);
  const images = Int32Array.from(shared.columnsPerImage, (_, i) => i);
  for (let replicate = 0; replicate < replicates; replicate++) {
    resample(images, random);
    const columns = drawnColumns(images, shared.columnsPerImage);
    const right = rightSingularVectors(weightedGram(shared.gram, columns), d);
    const redrawn = rows.map((row) => {
      const indices = new Int32Array(row.length);
      resample(indices, random);
      return Array.from(indices, (index) => row[index]);
    });
    rowMeans(right, redrawn, columns).forEach((value, i) => drawn[i].push(value));
  }
  const share = (kind: Perturbation): ProjectionShare | null => {
    const i = PERTURBATIONS.indexOf(kind);
    if (rows[i].length === 0) return null;
    return { mean: means[i], standardError: standardDeviation(drawn[i], 1) };
  };
  return {
    random: share('random'),
    adversarial: share('adversarial'),
    difference: share('difference'),
    imageGradient: share('imageGradient'),
    expected: Math.sqrt(d / shared.directions[0].length),
  };
}

/** A column of M that was drawn c times counts √c. */
interface DrawnColumn {
  readonly index: number;
  readonly root: number;
}

function drawnColumns(images: Int32Array, columnsPerImage: readonly number[]): DrawnColumn[] {
  const counts = columnsPerImage.map(() => 0);
  for (const image of images) counts[image]++;
  const drawn: DrawnColumn[] = [];
  let first = 0;
  columnsPerImage.forEach((columns, image) => {
    for (let i = 0; i < columns; i++) {
      if (counts[image] > 0) drawn.push({ index: first + i, root: Math.sqrt(counts[image]) });
    }
    first += columns;
  });
  return drawn;
}

function weightedGram(gram: Float64Array, columns: readonly DrawnColumn[]): Float64Array {
  const m = Math.round(Math.sqrt(gram.length));
  const size = columns.length;
  const weighted = new Float64Array(size * size);
  columns.forEach((a, i) => {
    columns.forEach((b, j) => {
      weighted[i * size + j] = a.root * b.root * gram[a.index * m + b.index];
    });
  });
  return weighted;
}

function rowMeans(
  { singularValues, vectors }: RightSingularVectors,
  rows: readonly (readonly PerturbationCoordinates[])[],
  columns: readonly DrawnColumn[],
): number[] {
  const basis = vectors.map((v, i) => v.map((entry, j) => (entry * columns[j].root) / singularValues[i]));
  const share = ({ coordinates, squaredNorm }: PerturbationCoordinates): number => {
    let projected = 0;
    for (const full of coordinates) {
      const drawn = Float64Array.from(columns, ({ index }) => full[index]);
      for (const v of basis) projected += dot(v, drawn) ** 2;
    }
    return Math.sqrt(projected / squaredNorm);
  };
  return rows.map((row) => (row.length > 0 ? mean(row.map(share)) : 0));
}

function mixedDot(column: Column, v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += column[i] * v[i];
  return sum;
}
