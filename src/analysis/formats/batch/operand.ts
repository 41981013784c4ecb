import type { Value } from '../../network/network';
import type { Extents } from './extents';

/** Several operands as one: ONNX's sequences, torch's lists of tensors. */
export interface Sequence<T> {
  readonly op: 'Sequence';
  readonly items: readonly T[];
}

/** What an edge of a file's graph carries. */
export type Operand = Value | Extents | Sequence<Operand>;
