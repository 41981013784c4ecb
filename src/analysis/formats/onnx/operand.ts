import type { Value } from '../../network/network';
import type { Extents } from '../batch/extents';
import type { Sequence } from '../batch/operand';

/** One image of a file that knows no batch, [C, H, W] or what is made of it: here a batch of such, [n, C, H, W]. */
export interface Unbatched {
  readonly op: 'Unbatched';
  readonly value: Value;
}

/** What an edge of an ONNX graph carries. */
export type Operand = Value | Extents | Sequence<Operand> | Unbatched;
