import type { Steps } from '../../base/steps';
import type { ConstantData, DataType } from '../../network/network';

/** A constant of a graph: float32, int64 held as Int32Array, bool as Uint8Array; strings are not kept. */
export interface GraphTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Its elements, row-major, as many as the shape has; where they are large, read from the file when this is called. */
  readonly read: () => Steps<ConstantData>;
}

/** An attribute's value, whichever encoding it came from (JSON or protocol buffer). */
export type GraphAttribute =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** A data type by its name, such as DT_FLOAT. */
  | { readonly kind: 'type'; readonly value: string }
  /** -1 where an extent is open; null where the rank is. */
  | { readonly kind: 'shape'; readonly value: readonly number[] | null }
  | { readonly kind: 'tensor'; readonly value: GraphTensor }
  /** The name of a function in the graph's library. */
  | { readonly kind: 'function'; readonly value: string }
  | { readonly kind: 'list'; readonly value: readonly GraphAttribute[] };

/** A node of a TensorFlow graph (NodeDef). */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** As the file writes them: `node`, `node:1`, or `^node` where only the order matters. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
}

/**
 * A TensorFlow graph whose functions are inlined and whose variables are Const nodes: all that is left is Placeholder, Const
 * and operators.
 */
export interface TensorflowGraph {
  readonly nodes: readonly GraphNode[];
  /** The name of the one image input's node. */
  readonly input: string;
  /** The input's shape with the batch, -1 where an extent is open. */
  readonly inputShape: readonly number[];
  /** The output that is the logits (or their softmax), as `node` or `node:1`. */
  readonly output: string;
}
