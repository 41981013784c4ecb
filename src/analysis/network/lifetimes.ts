import { type Network, topologicalOrder, type Value } from './network';

/** When the values of a network are made and gone while it runs. */
export interface Lifetimes {
  /** Every value, each after its inputs. */
  readonly order: readonly Value[];
  /** For each place of the order, the values in memory of their own that nothing needs any more once it is computed. */
  readonly gone: readonly (readonly Value[])[];
  /** Of each value that is a view of another's memory, which a reshape is, that other value. */
  readonly home: ReadonlyMap<Value, Value>;
}

/** Each value lives from where it is made to where it, or a view of it, is last needed; outputs to the end. */
export function lifetimes(network: Network): Lifetimes {
  const order = topologicalOrder(network);
  const lastUse = new Map<Value, number>();
  const home = new Map<Value, Value>();
  order.forEach((value, at) => {
    if (value.op === 'Reshape') home.set(value, home.get(value.inputs[0]) ?? value.inputs[0]);
    for (const input of 'inputs' in value ? value.inputs : []) lastUse.set(home.get(input) ?? input, at);
  });
  for (const output of Object.values(network.outputs)) lastUse.set(home.get(output) ?? output, order.length);
  const gone = Array.from(order, (): Value[] => []);
  for (const [value, at] of lastUse) if (at < order.length) gone[at].push(value);
  return { order, gone, home };
}
