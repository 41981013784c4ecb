import { AnalysisError } from '../../base/errors';
import { type ConstantValue, type Network, topologicalOrder, type Value } from '../../network/network';
import { isLarge, rootOf } from '../../network/rearrangedConstant';
import { StoredConstant } from '../../network/storedConstant';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import { LARGEST_WEIGHTS } from '../../onnx/onnxModel';
import { type FedNetwork, withInputs } from '../fedNetwork';

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
  const bytes = bytesOfWeights(network);
  if (bytes > LARGEST_WEIGHTS) {
    throw new AnalysisError('limit-exceeded', 'The weights of the model must be less than 2 GB for onnxruntime.');
  }
  return withInputs(network, bytes < HEAVY ? new Set() : fedWeights(topologicalOrder(network), blocked));
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
