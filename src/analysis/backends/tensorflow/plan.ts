import {
  type ConstantData,
  type ConstantValue,
  type Network,
  topologicalOrder,
  type Value,
} from '../../network/network';
import { isLarge, rootOf } from '../../network/rearrangedConstant';
import { StoredConstant } from '../../network/storedConstant';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import type { Tensor } from '../backend';
import { withInputs } from '../fedNetwork';
import type { Installation } from './installation';

/** A network as TensorFlow's thread is sent it: with plain numbers, and no recipes or files behind them. */
export interface TensorflowPlan {
  readonly engine: 'tensorflow';
  readonly installation: Installation;
  /** Every value, each after its inputs: it stands before the network, so that a deep one is written without recursion. */
  readonly order: readonly Value[];
  readonly network: Network;
  /** Some of the weights that enter it. */
  readonly weights: Readonly<Record<string, Tensor>>;
}

/**
 * What TensorFlow makes a session of. Large weights enter once, and what the network holds in another order is put in order
 * there. A light network's are copied on the way, a heavy one's are to be lent.
 *
 * @returns the plan, and the weights that are to be lent by name
 */
export function planned(
  network: Network,
  installation: Installation,
): { readonly plan: TensorflowPlan; readonly lent: ReadonlyMap<string, StoredConstant> } {
  const { network: fed, weights } = withInputs(network, largeWeights(network), plain);
  const isHeavy = bytesOfWeights(network) >= HEAVY;
  const copied = isHeavy ? [] : Array.from(weights, ([name, { data, shape }]) => [name, { data: own(data), shape }]);
  return {
    plan: {
      engine: 'tensorflow',
      installation,
      order: topologicalOrder(fed),
      network: fed,
      weights: Object.fromEntries(copied) as Record<string, Tensor>,
    },
    lent: isHeavy ? weights : new Map(),
  };
}

function largeWeights(network: Network): Set<StoredConstant> {
  const roots = topologicalOrder(network).flatMap((value) => {
    return value.op === 'Constant' && value.type === 'float32' && isLarge(value) ? rootOf(value) : [];
  });
  return new Set(roots.filter((root) => root instanceof StoredConstant));
}

function plain({ op, data, shape, type, label }: ConstantValue): ConstantValue {
  return { op, data: own(data), shape, type, label };
}

/** In memory that holds nothing else: of a part of a buffer, the whole would be sent. */
function own(data: ConstantData): ConstantData {
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
