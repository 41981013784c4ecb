import { NetworkBuilder } from '../network/builder';
import { type Network, type NodeOf, topologicalOrder, type Value } from '../network/network';
import type { Operator } from '../network/operators';

/** What an operator is spelled out as, from its inputs and what it was. */
export type Lowering<O extends Operator> = (b: NetworkBuilder, inputs: readonly Value[], node: NodeOf<O>) => Value;

/** The operators that a backend has spelled out, and how. */
export type Lowerings = { readonly [O in Operator]?: Lowering<O> };

/** The network in the operators that a backend runs right. */
export function lowered(network: Network, lowerings: Lowerings): Network {
  const b = new NetworkBuilder();
  const made = new Map<Value, Value>();
  const lower = <O extends Operator>(op: O, node: NodeOf<O>): Value => {
    const inputs = node.inputs.map((input) => made.get(input) ?? input);
    const lowering: Lowering<O> | undefined = lowerings[op];
    return lowering === undefined ? b.add(op, inputs, node.attributes, node.label) : lowering(b, inputs, node);
  };
  for (const value of topologicalOrder(network)) {
    made.set(value, value.op === 'Input' || value.op === 'Constant' ? value : lower(value.op, value));
  }
  const outputs = Object.entries(network.outputs).map(([name, value]) => [name, made.get(value) ?? value] as const);
  return { inputs: network.inputs, outputs: Object.fromEntries(outputs) };
}
