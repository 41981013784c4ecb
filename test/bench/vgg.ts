import { closeSync, openSync, writeSync } from 'node:fs';

import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import {
  AttributeType,
  encodeModel,
  type NodeProto,
  type Partially,
  tensorType,
} from '../../src/analysis/onnx/onnxProto';

/* A network of the architecture and size of VGG-19 with random weights, written without holding it. */

interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Channels of the convolutions between the pools. */
const stages = [
  [64, 64],
  [128, 128],
  [256, 256, 256, 256],
  [512, 512, 512, 512],
  [512, 512, 512, 512],
];
const dense = [4096, 4096, 1000];
const side = 224;

/** Random numbers that the weights repeat from. */
const pool = Float32Array.from(gaussianVector(2 ** 18 + 7, seededRandom(19)));

const ints = (name: string, entries: number[]) => ({ name, ints: entries, type: AttributeType.ints });

/** The nodes from `x` to `logits`, and the weights that they name. */
function architecture(): { readonly nodes: Partially<NodeProto>[]; readonly weights: Weight[] } {
  const nodes: Partially<NodeProto>[] = [];
  const weights: Weight[] = [];
  let last = 'x';
  const add = (opType: string, dims?: readonly number[], attribute: Partially<NodeProto>['attribute'] = []): void => {
    const own = dims
      ? [
          { name: `w${nodes.length}`, dims },
          { name: `b${nodes.length}`, dims: [dims[0]] },
        ]
      : [];
    weights.push(...own);
    const output = `v${nodes.length}`;
    nodes.push({ opType, input: [last, ...own.map(({ name }) => name)], output: [output], attribute });
    last = output;
  };
  let from = 3;
  for (const stage of stages) {
    for (const channels of stage) {
      add('Conv', [channels, from, 3, 3], [ints('pads', [1, 1, 1, 1])]);
      add('Relu');
      from = channels;
    }
    add('MaxPool', undefined, [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]);
  }
  add('Flatten');
  from *= (side / 2 ** stages.length) ** 2;
  dense.forEach((width, i) => {
    add('Gemm', [width, from], [{ name: 'transB', i: 1, type: AttributeType.int }]);
    if (i + 1 < dense.length) add('Relu');
    from = width;
  });
  nodes.push({ opType: 'Identity', input: [last], output: ['logits'] });
  return { nodes, weights };
}

/** The beginning of a field that holds bytes or a message. */
function head(id: number, length: number): number[] {
  const varint: number[] = [];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) varint.push(128 + (rest % 128));
  return [id * 8 + 2, ...varint, rest];
}

/** Gaussian weights of variance 2 by the number of inputs, biases likewise small. @see He et al. 2015, equation 10 */
function* elements({ dims }: Weight): Generator<Uint8Array> {
  const count = dims.reduce((product, extent) => product * extent, 1);
  const deviation = Math.sqrt(2 / (count / dims[0]));
  const scaled = dims.length === 1 ? new Float32Array(pool.length) : pool.map((x) => x * deviation);
  for (let done = 0; done < count; done += scaled.length) {
    const piece = scaled.subarray(0, Math.min(scaled.length, count - done));
    yield new Uint8Array(piece.buffer, 0, piece.byteLength);
  }
}

/** Writes the model; inputs `x` [n, 3, 224, 224], outputs `logits` [n, 1000]. */
export function writeVgg19(path: string): void {
  const { nodes, weights } = architecture();
  const extents = (...dims: number[]) => ({
    tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, ...dims.map((dimValue) => ({ dimValue }))] } },
  });
  const graph = {
    node: nodes,
    input: [{ name: 'x', type: extents(3, side, side) }],
    output: [{ name: 'logits', type: extents(1000) }],
  };
  const model = encodeModel({ irVersion: 10, opsetImport: [{ domain: '', version: 21 }] });
  const withGraph = encodeModel({ graph });
  // Without the tag and the length, which count the weights too.
  const content = withGraph.subarray(head(7, graphLength(withGraph)).length);
  const tensors = weights.map((weight) => {
    const bytes = 4 * weight.dims.reduce((product, extent) => product * extent, 1);
    const fields = [...tensorType.encode({ ...weight, dataType: 1 }).finish(), ...head(9, bytes)];
    return { weight, start: [...head(5, fields.length + bytes), ...fields], bytes };
  });
  const length = tensors.reduce((sum, { start, bytes }) => sum + start.length + bytes, content.length);
  const file = openSync(path, 'w');
  try {
    for (const piece of [model, Uint8Array.from(head(7, length)), content]) writeSync(file, piece);
    for (const { weight, start } of tensors) {
      writeSync(file, Uint8Array.from(start));
      for (const piece of elements(weight)) writeSync(file, piece);
    }
  } finally {
    closeSync(file);
  }
}

/** The length of the one field in a message of the form that `head` begins. */
function graphLength(message: Uint8Array): number {
  let length = message.length;
  while (head(7, length).length + length > message.length) length--;
  return length;
}
