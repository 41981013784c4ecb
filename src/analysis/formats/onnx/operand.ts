import type { Value } from '../../network/network';
import type { Extents } from '../extents';

/** What ONNX calls a sequence. */
export interface Sequence {
  readonly op: 'Sequence';
  readonly items: readonly Operand[];
}

/** What an edge of an ONNX graph carries. */
export type Operand = Value | Extents | Sequence;
