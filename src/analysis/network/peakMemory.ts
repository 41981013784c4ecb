import { type Network, topologicalOrder, type Value } from './network';

const bytesOf = { float32: 4, int64: 8, bool: 1 };

/**
 * Bytes that the values of one image take at most at a time while the network runs, weights left out: each lives from
 * where it is made to where it is last needed. What a backend takes is a small multiple of it: onnxruntime's arena grows
 * in powers of two, and was seen to hold 1.0 (forward), 2.0 (nine cotangents) and 3.2 times as much (one cotangent).
 */
export function peakBytes(network: Network): number {
  const order = topologicalOrder(network);
  const lastUse = new Map<Value, number>();
  const home = new Map<Value, Value>();
  order.forEach((value, at) => {
    // A reshape is another view of the same memory.
    if (value.op === 'Reshape') home.set(value, home.get(value.inputs[0]) ?? value.inputs[0]);
    for (const input of 'inputs' in value ? value.inputs : []) lastUse.set(home.get(input) ?? input, at);
  });
  for (const output of Object.values(network.outputs)) lastUse.set(home.get(output) ?? output, order.length);
  const freed = Array.from(order, (): Value[] => []);
  for (const [value, at] of lastUse) if (at < order.length) freed[at].push(value);
  let [live, peak] = [0, 0];
  order.forEach((value, at) => {
    if (!home.has(value)) live += bytes(value);
    peak = Math.max(peak, live);
    for (const gone of freed[at]) live -= bytes(gone);
  });
  return peak;
}

function bytes({ op, shape, type }: Value): number {
  if (op === 'Constant') return 0;
  return bytesOf[type] * Math.abs(shape.reduce((product, extent) => product * extent, 1));
}
