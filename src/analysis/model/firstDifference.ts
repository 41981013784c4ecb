import { relativeError, runOnce } from '../backends/agreement';
import type { Backend } from '../backends/backend';
import { gaussianVector, seededRandom } from '../math/random';
import type { Vector } from '../math/vector';
import { type CallKind, inputShape, layouts } from '../network/calls';
import { networkOf } from '../network/differentiate';
import { type Network, topologicalOrder, type Value } from '../network/network';
import { elementCount, nodeName } from '../network/shapes';

/** Far above what rounding does to a value on the way, relative to its largest entry. */
const tolerance = 1e-3;
const mostNumbers = 2 ** 26;

/**
 * The first operator of a call's network, in the order of computation, whose result on one backend is not that on another.
 * Null where that cannot be told: a backend may run a network otherwise when it is to show all that is computed on the way.
 *
 * @param x shape (D,)
 */
export async function firstDifference(
  network: Network,
  { kind, cotangents }: { readonly kind: CallKind; readonly cotangents: number },
  x: Vector,
  backend: Backend,
  reference: Backend,
): Promise<string | null> {
  const { inputs, outputs } = networkOf(network, kind, cotangents);
  const values = topologicalOrder({ inputs, outputs }).filter(({ op, type }) => {
    return op !== 'Input' && op !== 'Constant' && type === 'float32';
  });
  const image = network.inputs['x'].shape.slice(1);
  const numbers = values.reduce((sum, { shape }) => sum + 2 * Math.abs(elementCount(shape)), 0);
  if (numbers > mostNumbers) return null;
  const named = new Map<string, Value>(values.map((value, i) => [`value ${i}`, value]));
  const shown = { inputs, outputs: Object.fromEntries(named) };
  const extents = { image, classes: network.outputs['logits'].shape[1], cotangents };
  const feeds = layouts[kind].inputs.map((name) => {
    const shape = [2, ...inputShape(kind, name, extents)];
    const half = elementCount(shape) / 2;
    const one = name === 'x' ? x : gaussianVector(half, seededRandom('first difference', name));
    const data = new Float32Array(2 * half);
    data.set(one);
    data.set(one, half);
    return [name, { data, shape }] as const;
  });
  try {
    const [actual, expected] = [
      await runOnce(backend, shown, Object.fromEntries(feeds)),
      await runOnce(reference, shown, Object.fromEntries(feeds)),
    ];
    for (const [name, { op, label }] of named) {
      if (relativeError([actual[name]], [expected[name]]) > tolerance) return nodeName(op, label);
    }
    return null;
  } catch {
    return null;
  }
}
