import type { GraphProto, NodeProto, ValueInfoProto } from '../../onnx/onnxProto';

const RANKINGS: ReadonlySet<string> = new Set(['TopK', 'ArgMax']);
const SHAPES_ONLY: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Squeeze', 'Unsqueeze', 'Reshape', 'Flatten']);

/** The outputs of a graph that are what they seem, and the scores that the others rank. */
export interface Outputs {
  readonly plain: readonly ValueInfoProto[];
  /** The classes that a ZipMap, as scikit-learn's and LightGBM's converters write it, gives names to; null without one. */
  readonly zipped: readonly string[] | null;
  /** What enters a TopK or ArgMax whose results, reshaped at most, are outputs. */
  readonly ranked: readonly ValueInfoProto[];
}

/** Tells outputs that rank class scores from others, and takes the tensor of scores where a ZipMap makes dictionaries of it. */
export function rankedOutputs(graph: GraphProto): Outputs {
  const producers = new Map<string, NodeProto>();
  for (const node of graph.node) for (const name of node.output) producers.set(name, node);
  const plain: ValueInfoProto[] = [];
  const ranked = new Map<string, ValueInfoProto>();
  let zipped: readonly string[] | null = null;
  for (const output of graph.output) {
    const scores = scoresBehind(output.name, producers);
    const maker = producers.get(output.name);
    if (maker?.opType === 'ZipMap' && maker.input.length === 1) {
      plain.push({ name: maker.input[0], type: null });
      zipped = classLabels(maker);
    } else if (scores === undefined) {
      plain.push(output);
    } else {
      ranked.set(scores, { name: scores, type: null });
    }
  }
  return { plain, ranked: [...ranked.values()], zipped };
}

function classLabels({ attribute }: NodeProto): readonly string[] | null {
  const named = attribute.find(({ name }) => name === 'classlabels_strings')?.strings ?? [];
  return named.length > 0 ? named.map((label) => new TextDecoder().decode(label)) : null;
}

function scoresBehind(output: string, producers: ReadonlyMap<string, NodeProto>): string | undefined {
  let node = producers.get(output);
  for (let steps = 0; steps < 16 && node !== undefined && SHAPES_ONLY.has(node.opType); steps++) {
    node = producers.get(node.input[0]);
  }
  return node !== undefined && RANKINGS.has(node.opType) ? node.input[0] : undefined;
}
