import type { Network, Value } from '../network/network';
import { topologicalOrder } from '../network/network';
import { elementCount } from '../network/shapes';

const MOST_CHANNELS = 4;
/** What an operator does to its input with a constant, which is its second input or, turned, its first. */
const DOES: Readonly<Record<string, readonly [string, turned: string]>> = {
  Add: ['adds', 'adds'],
  Sub: ['subtracts', 'subtracts it from'],
  Mul: ['multiplies by', 'multiplies by'],
  Div: ['divides by', 'divides by it'],
};

/** One step of arithmetic with a constant per channel: "divides by 255". */
function step(value: Value, from: Value): string | undefined {
  if (!('inputs' in value) || !Object.hasOwn(DOES, value.op) || value.inputs.length !== 2) return undefined;
  const [a, b] = value.inputs;
  const [other, does] = a === from ? [b, DOES[value.op][0]] : [a, DOES[value.op][1]];
  if (other.op !== 'Constant' || elementCount(other.shape) > MOST_CHANNELS) return undefined;
  const data = Array.from(other.data);
  const isNegative = value.op === 'Add' && data.every((x) => x < 0);
  const numbers = data.map((x) => String(Number((isNegative ? -x : x).toPrecision(6))));
  return `${isNegative ? 'subtracts' : does} ${numbers.length === 1 ? numbers[0] : `[${numbers.join(', ')}]`}`;
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
    : `On its input the network itself first ${steps.join(', then ')}, so it expects images from before that.`;
}

/** A rescaling by this or less takes pixels 0–255, one by more takes images that are scaled already. */
export const largestPixelScale = 1 / 64;

/** Means from here on are those of pixels 0–255: of images that are scaled already none is larger than 1. */
const smallestPixelMean = 8;
/** Those that Caffe's networks subtract from blue, green and red: which colour comes first is not certain then. */
const caffeMeans = [103.939, 116.779, 123.68];

/** Whether a network first of all scales its input as pixels 0–255 need it, or subtracts what only they have on average. */
export function pixelScaleInside(network: Network): boolean {
  const x = network.inputs['x'];
  return topologicalOrder(network).some((value) => {
    if (!('inputs' in value) || !Object.hasOwn(DOES, value.op) || !value.inputs.includes(x)) return false;
    const constant = value.inputs.find((input) => input !== x);
    if (constant?.op !== 'Constant' || elementCount(constant.shape) > MOST_CHANNELS) return false;
    const entries = Array.from(constant.data);
    const isTurned = value.inputs[0] !== x;
    switch (value.op) {
      case 'Mul':
        return entries.every((entry) => entry <= largestPixelScale);
      case 'Div':
        return !isTurned && entries.every((entry) => 1 / entry <= largestPixelScale);
      case 'Sub':
        return !isTurned && arePixelMeans(entries);
      default:
        return arePixelMeans(entries.map((entry) => -entry));
    }
  });
}

function arePixelMeans(means: readonly number[]): boolean {
  const isCaffe = means.length === 3 && means.every((mean, i) => Math.abs(mean - caffeMeans[i]) < 1);
  return !isCaffe && means.every((mean) => mean >= smallestPixelMean);
}
