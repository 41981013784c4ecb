import type { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, Value } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { type Extents, extentsOf, growsWithBatch, settled } from './extents';

/** Beyond this a constant is data rather than a shape, and folded by the builder. */
export const LARGEST_SHAPE = 4096;

/** A constant that may be a shape, as Extents; undefined for other values. */
export function shapeLike(value: Value): Extents | undefined {
  return value.op === 'Constant' && elementCount(value.shape) <= LARGEST_SHAPE ? extentsOf(value) : undefined;
}

/**
 * Numbers that depend on the batch, moved as an operator moves elements: it moves their positions, and what it puts there
 * is looked up. Undefined where none of them depends on the batch: a shape that does may also be what another tensor is
 * reshaped to.
 *
 * @param move the operator's results with constants of positions in place of the sources
 */
export function movedExtents(
  builder: NetworkBuilder,
  sources: readonly Extents[],
  move: (positions: readonly ConstantValue[]) => readonly ConstantValue[],
): readonly (ConstantValue | Extents)[] | undefined {
  if (sources.every(({ elements }) => !growsWithBatch(elements))) return undefined;
  const elements = sources.flatMap((source) => source.elements);
  let offset = 0;
  const positions = sources.map(({ shape, elements: own }) => {
    const first = offset;
    offset += own.length;
    return builder.constant(
      Int32Array.from(own, (_, position) => first + position),
      shape,
    );
  });
  const type = sources.some((source) => source.type === 'float32') ? 'float32' : 'int64';
  return move(positions).map(({ data, shape }) => {
    const picked = Array.from(data, (position) => elements[position]);
    return settled(builder, { op: 'Extents', type, shape, elements: picked });
  });
}
