import type { Dim, Shape, Value } from '../../network/network';
import { broadcastShape, elementCount, formatShape } from '../../network/shapes';
import type { FileNode } from '../graph/fileNode';
import type { Extent } from './extents';

/**
 * The shape that a reshape makes, where an entry of −1 is inferred.
 *
 * @param keepsZeros whether 0 is an extent; else it stands for the extent in its place
 * @throws AnalysisError 'model-unreadable' where the numbers of elements differ
 */
export function reshapeTarget(node: FileNode, x: Value, entries: readonly Extent[], keepsZeros: boolean): Dim[] {
  const from = x.shape;
  const target = entries.map(({ fixed, perBatch }, axis): Dim | 'inferred' => {
    if (perBatch !== 0) {
      if (fixed !== 0 || perBatch < 0 || !Number.isInteger(perBatch)) {
        throw node.unsupported(
          `entry ${axis} of its shape is ${fixed} + ${perBatch}·n, which is no multiple of the batch`,
        );
      }
      return -perBatch;
    }
    if (fixed === -1) return 'inferred';
    return fixed === 0 && !keepsZeros ? from[axis] : fixed;
  });
  const named = target.filter((entry): entry is Dim => entry !== 'inferred');
  const batch = named.some((dim) => dim < 0);
  const { fixedBatch } = node.reading;
  if (fixedBatch !== null && !batch && elementCount(from) < 0) return withBatch(node, x, target, fixedBatch);
  return resolved(node, from, target);
}

/** Replaces the inferred entry by what is left of the elements. */
function resolved(node: FileNode, from: Shape, target: readonly (Dim | 'inferred')[]): Dim[] {
  const named = target.filter((entry): entry is Dim => entry !== 'inferred');
  const [all, rest] = [elementCount(from), elementCount(named)];
  const extent = Math.abs(all) / Math.abs(rest);
  const fits = named.length === target.length ? all === rest : Number.isInteger(extent);
  if (!fits || target.length - named.length > 1) {
    throw node.unreadable(`${formatShape(from)} cannot be arranged as [${target.join(', ')}]`);
  }
  if (named.length === target.length) return named;
  const dim = all < 0 && rest >= 0 ? -extent : extent;
  return target.map((entry) => (entry === 'inferred' ? dim : entry));
}

/**
 * The target of a file with a fixed batch size B, with the batch put back into the entry that held it.
 *
 * In row-major order the images stand `stride` elements apart, so the batch is in an entry that covers this stride. For
 * B = 1 an entry of exactly 1 there is the batch. Where there is none it was merged into a neighbour: the one on the
 * outside where the one on the inside holds features (the last axis, or an extent kept as it was), as for the rows of a
 * matrix product; else the one on the inside, as for the heads of attention.
 */
function withBatch(node: FileNode, x: Value, target: readonly (Dim | 'inferred')[], fixedBatch: number): Dim[] {
  const from = x.shape;
  const known = from.map((dim) => (dim < 0 ? -dim * fixedBatch : dim));
  const entries = resolved(node, known, target);
  if (elementCount(entries) !== elementCount(known)) {
    throw node.unreadable(`${formatShape(known)} cannot be arranged as [${entries.join(', ')}]`);
  }
  const at = from.findIndex((dim) => dim < 0);
  const stride = from.slice(at + 1).reduce((count, dim) => count * dim, node.reading.merged.innerPart(x));
  const after = (axis: number): number => entries.slice(axis + 1).reduce((count, dim) => count * dim, 1);
  const holds = (axis: number): boolean =>
    entries[axis] % fixedBatch === 0 &&
    stride % after(axis) === 0 &&
    (entries[axis] * after(axis)) % (stride * fixedBatch) === 0;
  const candidates = entries.flatMap((_, axis) => (holds(axis) ? axis : []));
  const exact = candidates.find((axis) => entries[axis] === fixedBatch && after(axis) === stride);
  const [outer, inner] = [candidates.at(0), candidates.at(-1)];
  const innerIsFeatures = inner === entries.length - 1 || (inner !== undefined && entries[inner] === from.at(at + 1));
  const chosen = exact ?? (innerIsFeatures ? outer : inner);
  if (chosen === undefined) {
    throw node.unsupported(
      `where the batch of ${formatShape(from)} is in [${entries.join(', ')}] cannot be told`,
      'Export the model with a dynamic batch.',
    );
  }
  return entries.with(chosen, -entries[chosen] / fixedBatch);
}

/**
 * How many elements of the merged extent −k of a reshaped value lie within one step of the batch: k where the batch is
 * its outer part.
 */
export function innerPartOfReshape(node: FileNode, x: Value, target: Shape): number {
  const inside = (shape: Shape): number =>
    shape.slice(shape.findIndex((dim) => dim < 0) + 1).reduce((count, dim) => count * dim, 1);
  return (inside(x.shape) * node.reading.merged.innerPart(x)) / inside(target);
}

/** The shape that broadcasting to given extents makes: a file with a fixed batch names it where the network's varies. */
export function expandTarget(node: FileNode, x: Value, wanted: Shape): Shape {
  const { fixedBatch } = node.reading;
  const offset = wanted.length - x.shape.length;
  const shape = wanted.map((dim, axis) => {
    const own = axis >= offset ? x.shape[axis - offset] : 1;
    return own < 0 && fixedBatch !== null && dim === -own * fixedBatch ? own : dim;
  });
  return broadcastShape(x.shape, shape);
}
