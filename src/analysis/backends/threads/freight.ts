import { mapped, type Tensors } from '../session';

/**
 * What goes to the thread for a run and comes back with its answer, in buffers that are given away both times: on their way
 * they are not copied, and what is used again need not be allocated, filled with zeros and collected for every batch.
 */
export interface Freight {
  readonly feeds: Tensors;
  readonly results: Tensors;
}

/**
 * The feeds of a run, copied, and room for its results.
 *
 * @param used one that came back, whose buffers are taken where they are large enough
 */
export function loaded(feeds: Tensors, results: Tensors, used?: Freight): Freight {
  const going = { feeds: room(feeds, used?.feeds), results: room(results, used?.results) };
  for (const [name, { data }] of Object.entries(feeds)) going.feeds[name].data.set(data);
  return going;
}

function room(tensors: Tensors, used: Tensors = {}): Tensors {
  return mapped(tensors, ({ data: { length }, shape }, name) => {
    const buffer = name in used ? used[name].data.buffer : undefined;
    const suffices = buffer !== undefined && buffer.byteLength >= length * Float32Array.BYTES_PER_ELEMENT;
    return { data: suffices ? new Float32Array(buffer, 0, length) : new Float32Array(length), shape };
  });
}

/** What is given away with a freight. */
export function buffersOf({ feeds, results }: Freight): ArrayBuffer[] {
  return [feeds, results].flatMap((tensors) => Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer));
}
