import { map, reshape, shapeOf, type Tensor, valueAxis } from '../../../compound/tensor';
import type { Dim } from '../../../network/network';
import type { Extent } from '../../batch/extents';
import type { TensorflowNode } from '../node';

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What remains of an axis: a range of it, one place of it that goes away, or a new axis. */
type Subscript = { readonly kind: 'range' | 'place'; readonly range: Range | undefined } | { readonly kind: 'new' };

/** A bound as a place on the axis, undefined where the mask leaves it open. */
type Bound = Extent | undefined;

/**
 * x[begin:end:step] as Python reads it, with masks that say at which positions of the specification there is an ellipsis, a
 * new axis, an open end or a single index.
 *
 * @see tf.strided_slice
 */
export function stridedSlice(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const shape = shapeOf(x);
  const begin = node.extents(1, 'the beginning');
  const end = node.extents(2, 'the end');
  const steps = node.numbers(3, 'the steps');
  if (end.length !== begin.length || steps.length !== begin.length) {
    throw node.unreadable('beginning, end and steps must be of one length');
  }
  const inMask = (name: string, i: number): boolean => ((node.int(name, 0) >> i) & 1) === 1;
  const isNew = begin.map((_, i) => inMask('new_axis_mask', i) && !inMask('ellipsis_mask', i));
  const ellipses = begin.flatMap((_, i) => (inMask('ellipsis_mask', i) ? i : []));
  if (ellipses.length > 1) throw node.unreadable('it must have one ellipsis at most');
  const named = begin.length - isNew.filter(Boolean).length - ellipses.length;
  if (named > shape.length) throw node.unreadable(`it names ${named} axes of a tensor of rank ${shape.length}`);

  let axis = 0;
  const whole = (count: number): Subscript[] =>
    Array.from({ length: count }, () => {
      axis++;
      return { kind: 'range', range: undefined };
    });
  const subscripts = begin.flatMap((first, i): Subscript[] => {
    if (ellipses[0] === i) return whole(shape.length - named);
    if (isNew[i]) return [{ kind: 'new' }];
    const at = axis++;
    if (inMask('shrink_axis_mask', i)) return [{ kind: 'place', range: placeOf(node, shape[at], at, first) }];
    const bounds = [inMask('begin_mask', i) ? undefined : first, inMask('end_mask', i) ? undefined : end[i]] as const;
    return [{ kind: 'range', range: rangeOf(node, shape[at], at, bounds, steps[i]) }];
  });
  subscripts.push(...whole(shape.length - axis));

  const cut = sliced(
    node,
    x,
    subscripts.flatMap((entry) => (entry.kind === 'new' ? [] : (entry.range ?? []))),
  );
  if (subscripts.every(({ kind }) => kind === 'range')) return cut;
  const left = [...shapeOf(cut)];
  const remaining = subscripts.flatMap(({ kind }) => {
    if (kind === 'new') return [1];
    const extent = left.shift() ?? 1;
    return kind === 'range' ? [extent] : [];
  });
  return reshape(node.builder, cut, remaining);
}

/** x[begin, … begin + size]; a size of −1 takes the rest. */
export function plainSlice(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const begin = node.extents(1, 'the beginning');
  const size = node.extents(2, 'the size');
  const shape = shapeOf(x);
  if (begin.length !== shape.length || size.length !== shape.length) {
    throw node.unreadable(`it must name a beginning and a size for each of ${shape.length} axes`);
  }
  const ranges = shape.flatMap((dim, axis) => {
    const { fixed, perBatch } = size[axis];
    const rest = perBatch === 0 && fixed === -1;
    const end = rest ? undefined : { fixed: begin[axis].fixed + fixed, perBatch };
    return rangeOf(node, dim, axis, [begin[axis], end], 1) ?? [];
  });
  return sliced(node, x, ranges);
}

function sliced(node: TensorflowNode, x: Tensor, ranges: readonly Range[]): Tensor {
  if (ranges.length === 0) return x;
  return map(x, (value) =>
    node.builder.add(
      'Slice',
      [value],
      {
        axes: ranges.map(({ axis }) => valueAxis(x, axis)),
        starts: ranges.map(({ start }) => start),
        ends: ranges.map(({ end }) => end),
        steps: ranges.map(({ step }) => step),
      },
      node.label,
    ),
  );
}

function placeOf(node: TensorflowNode, dim: Dim, axis: number, { fixed, perBatch }: Extent): Range | undefined {
  if (dim < 0 || perBatch !== 0) throw node.unsupported('it picks an image out of the batch');
  const start = fixed < 0 ? fixed + dim : fixed;
  if (start >= 0 && start < dim) return { axis, start, end: start + 1, step: 1 };
  throw node.unreadable(`index ${fixed} must be in −${dim}…${dim - 1}`);
}

/** One axis in range; undefined where everything of it is taken. */
function rangeOf(
  node: TensorflowNode,
  dim: Dim,
  axis: number,
  [begin, end]: readonly [Bound, Bound],
  step: number,
): Range | undefined {
  if (dim < 0) {
    const { fixedBatch } = node.reading;
    const fromStart = begin === undefined || (begin.fixed === 0 && begin.perBatch === 0);
    const toEnd =
      end === undefined ||
      (end.fixed === 0 && end.perBatch === -dim) ||
      end.fixed >= 2 ** 31 - 1 ||
      (fixedBatch !== null && end.fixed === -dim * fixedBatch);
    if (fromStart && toEnd && step === 1) return undefined;
    throw node.unsupported('it picks images out of the batch');
  }
  if (step === 0) throw node.unreadable('its step must not be 0');
  const [lowest, highest] = step > 0 ? [0, dim] : [-1, dim - 1];
  const inRange = (bound: Bound, open: number): number => {
    if (bound === undefined) return open;
    if (bound.perBatch !== 0) throw node.unsupported('it cuts an image at the size of the batch');
    return Math.max(lowest, Math.min(highest, bound.fixed < 0 ? bound.fixed + dim : bound.fixed));
  };
  const start = inRange(begin, step > 0 ? 0 : dim - 1);
  const stop = inRange(end, step > 0 ? dim : -1);
  return { axis, start, end: step > 0 ? Math.max(start, stop) : Math.min(start, stop), step };
}
