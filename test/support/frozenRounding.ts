import { NetworkBuilder } from '../../src/analysis/network/builder';
import { type Network, topologicalOrder, type Value } from '../../src/analysis/network/network';
import { interpret, type Tensor, tensor } from './interpreter';

/** A network and what to run it on. */
export interface Frozen {
  readonly network: Network;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/**
 * The same function at x, but with each rounding's error there as a constant that is added: whose derivative is what
 * straight-through gradients are.
 */
export function frozenRounding(network: Network, x: Tensor): Frozen {
  const roundings = topologicalOrder(network).filter((value) => value.op === 'RoundStraightThrough');
  const ends = roundings.flatMap((value, i) => [
    [`rounded${i}`, value] as const,
    [`exact${i}`, value.inputs[0]] as const,
  ]);
  const values = interpret({ inputs: network.inputs, outputs: Object.fromEntries(ends) }, { x });
  const builder = new NetworkBuilder();
  const made = new Map<Value, Value>();
  const inputs: Record<string, Tensor> = { x };
  for (const value of topologicalOrder(network)) {
    if (value.op === 'Input') {
      made.set(value, builder.input(value.name, value.shape, value.type));
    } else if (value.op === 'Constant') {
      made.set(value, value);
    } else if (value.op === 'RoundStraightThrough') {
      const i = roundings.indexOf(value);
      const [rounded, exact] = [values[`rounded${i}`], values[`exact${i}`]];
      inputs[`error${i}`] = tensor(
        rounded.shape,
        rounded.data.map((entry, at) => entry - exact.data[at]),
      );
      const input = made.get(value.inputs[0]) ?? value.inputs[0];
      made.set(value, builder.plus(input, builder.input(`error${i}`, value.shape)));
    } else {
      const own = value.inputs.map((input) => made.get(input) ?? input);
      made.set(value, builder.add(value.op, own, value.attributes));
    }
  }
  const outputs = Object.entries(network.outputs).map(([name, value]) => [name, made.get(value) ?? value] as const);
  return {
    network: {
      inputs: Object.fromEntries(Object.keys(inputs).map((name) => [name, builder.input(name, inputShape(name))])),
      outputs: Object.fromEntries(outputs),
    },
    inputs,
  };

  function inputShape(name: string): readonly number[] {
    return name === 'x' ? network.inputs['x'].shape : roundings[Number(name.slice('error'.length))].shape;
  }
}
