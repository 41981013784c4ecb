import { AnalysisError } from '../../base/errors';
import { NetworkBuilder } from '../../network/builder';
import { type ConstantValue, type InputValue, type Network, topologicalOrder, type Value } from '../../network/network';
import { isLarge, RearrangedConstant, rootOf } from '../../network/rearrangedConstant';
import { StoredConstant } from '../../network/storedConstant';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import { LARGEST_WEIGHTS } from '../../onnx/onnxModel';

/** A network of which some weights enter as images do, and those weights by the names of their inputs. */
export interface FedNetwork {
  readonly network: Network;
  readonly weights: ReadonlyMap<string, StoredConstant>;
}

/**
 * A heavy network's large weights as inputs, so that all sessions read the one copy that the model's networks hold:
 * of its own weights, onnxruntime makes a copy a session, and another in the order of its products. A lighter network
 * stays as it is. What the networks hold in another order, a kernel turned for the gradient, is put in order at each run.
 *
 * @param network lowered
 * @param blocked whether onnxruntime puts the kernels of convolutions into blocks, which it does with its own only
 * @throws AnalysisError 'limit-exceeded' where the weights pass 2 GB
 */
export function withFedWeights(network: Network, blocked: boolean): FedNetwork {
  const order = topologicalOrder(network);
  const bytes = bytesOfWeights(network);
  if (bytes > LARGEST_WEIGHTS) {
    throw new AnalysisError('limit-exceeded', 'The weights of the model must be less than 2 GB for onnxruntime.');
  }
  const fed = bytes < HEAVY ? new Set<StoredConstant>() : fedWeights(order, blocked);
  if (fed.size === 0) return { network, weights: new Map() };
  const b = new NetworkBuilder();
  const inputs = new Map<StoredConstant, InputValue>();
  for (const weight of fed) inputs.set(weight, b.input(`weight:${inputs.size}`, weight.shape));
  const entering = (constant: ConstantValue): Value | undefined => {
    if (constant instanceof StoredConstant) return inputs.get(constant);
    if (!(constant instanceof RearrangedConstant)) return undefined;
    const source = entering(constant.source);
    return source && constant.again((...node) => b.add(...node), source);
  };
  const made = new Map<Value, Value>();
  for (const value of order) {
    if (value.op === 'Input') made.set(value, value);
    else if (value.op === 'Constant') made.set(value, entering(value) ?? value);
    // Copied, since a builder takes no convolution with a kernel that is not constant.
    else made.set(value, { ...value, inputs: value.inputs.map((input) => made.get(input) ?? input) });
  }
  const weights = new Map(Array.from(inputs, ([weight, { name }]) => [name, weight]));
  const outputs = Object.entries(network.outputs).map(([name, value]) => [name, made.get(value) ?? value] as const);
  const all = [...Object.values(network.inputs), ...inputs.values()].map((input) => [input.name, input] as const);
  return { network: { inputs: Object.fromEntries(all), outputs: Object.fromEntries(outputs) }, weights };
}

/** Those of which every use is as the right factor of a product or as the kernel of a convolution. */
function fedWeights(order: readonly Value[], blocked: boolean): Set<StoredConstant> {
  const scaled = scaledConvolutions(order);
  const [fed, others] = [new Set<ConstantValue>(), new Set<ConstantValue>()];
  for (const value of order) {
    if (!('inputs' in value)) continue;
    value.inputs.forEach((input, index) => {
      if (input.op !== 'Constant' || input.type !== 'float32' || !isLarge(input)) return;
      const isFactor = value.op === 'MatMul' && input.shape.length === 2;
      const isKernel = (value.op === 'Conv' || value.op === 'ConvTranspose') && !blocked && !scaled.has(value);
      (index === 1 && (isFactor || isKernel) ? fed : others).add(rootOf(input));
    });
  }
  const stored = [...fed].filter((weight) => weight instanceof StoredConstant);
  return new Set(stored.filter((weight) => !others.has(weight)));
}

/** The convolutions whose channels are scaled or shifted next: onnxruntime does that to the kernel, where it holds it. */
function scaledConvolutions(order: readonly Value[]): Set<Value> {
  const scaled = order.flatMap((value) => {
    if (value.op !== 'Mul' && value.op !== 'Add') return [];
    return value.inputs.some(({ op }) => op === 'Constant') ? value.inputs.filter(({ op }) => op === 'Conv') : [];
  });
  return new Set(scaled);
}
