import type { Network, Value } from '../network/network';
import { topologicalOrder } from '../network/network';
import { elementCount } from '../network/shapes';

const MOST_CHANNELS = 4;
const SIGNS: Readonly<Record<string, string>> = { Add: '+', Sub: '−', Mul: '·', Div: '/' };

/** One step of arithmetic with a constant per channel: "/ 255". */
function step(value: Value, from: Value): string | undefined {
  if (!('inputs' in value) || !Object.hasOwn(SIGNS, value.op) || value.inputs.length !== 2) return undefined;
  const [a, b] = value.inputs;
  const [other, sign] = a === from ? [b, SIGNS[value.op]] : [a, value.op === 'Sub' ? '− from' : SIGNS[value.op]];
  if (other.op !== 'Constant' || elementCount(other.shape) > MOST_CHANNELS) return undefined;
  const numbers = Array.from(other.data, (x) => String(Number(x.toPrecision(6))));
  return `${sign} ${numbers.length === 1 ? numbers[0] : `[${numbers.join(', ')}]`}`;
}

/** A sentence on the constant arithmetic that a network does on its input before anything else; null where it does none. */
export function preprocessingInside(network: Network): string | null {
  const consumers = new Map<Value, Value[]>();
  for (const value of topologicalOrder(network)) {
    if (!('inputs' in value)) continue;
    for (const input of value.inputs) consumers.set(input, [...(consumers.get(input) ?? []), value]);
  }
  const steps: string[] = [];
  let at: Value = network.inputs['x'];
  for (;;) {
    const all: readonly Value[] = consumers.get(at) ?? [];
    if (all.length !== 1) break;
    const [next] = all;
    const described = step(next, at);
    if (described === undefined && next.op !== 'Transpose' && next.op !== 'Reshape') break;
    if (described !== undefined) steps.push(described);
    at = next;
  }
  return steps.length === 0
    ? null
    : `The network itself begins with ${steps.join(', then ')} on its input, so it expects images from before that.`;
}

/** A rescaling by this or less takes pixels 0–255, one by more takes images that are scaled already. */
export const largestPixelScale = 1 / 64;

/** Whether a network first of all scales its input as pixels 0–255 need it. */
export function pixelScaleInside(network: Network): boolean {
  const x = network.inputs['x'];
  return topologicalOrder(network).some((value) => {
    if ((value.op !== 'Mul' && value.op !== 'Div') || !value.inputs.includes(x)) return false;
    const [factor] = value.inputs.filter((input) => input !== x);
    if (factor.op !== 'Constant' || elementCount(factor.shape) > MOST_CHANNELS) return false;
    if (value.op === 'Div' && value.inputs[0] !== x) return false;
    return factor.data.every((entry) => (value.op === 'Mul' ? entry : 1 / entry) <= largestPixelScale);
  });
}
