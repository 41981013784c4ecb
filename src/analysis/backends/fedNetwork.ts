import { NetworkBuilder } from '../network/builder';
import { type ConstantValue, type InputValue, type Network, topologicalOrder, type Value } from '../network/network';
import { RearrangedConstant } from '../network/rearrangedConstant';
import { StoredConstant } from '../network/storedConstant';

/** A network of which some weights enter as images do, and those weights by the names of their inputs. */
export interface FedNetwork {
  readonly network: Network;
  readonly weights: ReadonlyMap<string, StoredConstant>;
}

/**
 * The network with these of its weights as inputs; what holds their elements in another order is computed from them.
 *
 * @param written what stands for each other constant; it itself where nothing is said
 */
export function withInputs(
  network: Network,
  weights: ReadonlySet<StoredConstant>,
  written?: (constant: ConstantValue) => ConstantValue,
): FedNetwork {
  if (weights.size === 0 && written === undefined) return { network, weights: new Map() };
  const b = new NetworkBuilder();
  const inputs = new Map<StoredConstant, InputValue>();
  for (const weight of weights) inputs.set(weight, b.input(`weight:${inputs.size}`, weight.shape));
  const entering = (constant: ConstantValue): Value | undefined => {
    if (constant instanceof StoredConstant) return inputs.get(constant);
    if (!(constant instanceof RearrangedConstant)) return undefined;
    const source = entering(constant.source);
    return source && constant.again((...node) => b.add(...node), source);
  };
  const made = new Map<Value, Value>();
  for (const value of topologicalOrder(network)) {
    if (value.op === 'Input') made.set(value, value);
    else if (value.op === 'Constant') made.set(value, entering(value) ?? written?.(value) ?? value);
    // Copied, since a builder takes no convolution with a kernel that is not constant.
    else made.set(value, { ...value, inputs: value.inputs.map((input) => made.get(input) ?? input) });
  }
  const named = new Map(Array.from(inputs, ([weight, { name }]) => [name, weight]));
  const outputs = Object.entries(network.outputs).map(([name, value]) => [name, made.get(value) ?? value] as const);
  const all = [...Object.values(network.inputs), ...inputs.values()].map((input) => [input.name, input] as const);
  return { network: { inputs: Object.fromEntries(all), outputs: Object.fromEntries(outputs) }, weights: named };
}
