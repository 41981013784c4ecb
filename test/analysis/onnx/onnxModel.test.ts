import assert from 'node:assert/strict';

import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { decodeModel, encodeModel, TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { onnxBytes } from '../../support/onnxBytes';

describe('an ONNX model', () => {
  it('is read as it was written, unset fields as their defaults', () => {
    const rawData = Uint8Array.of(0, 0, 128, 63);
    const bytes = encodeModel({
      irVersion: 10,
      opsetImport: [{ version: 21 }],
      graph: {
        node: [{ opType: 'Relu', input: ['x'], output: ['y'], attribute: [{ name: 'axes', ints: [-1, 2 ** 53 - 1] }] }],
        initializer: [{ name: 'w', dims: [1], dataType: TensorType.float, rawData }],
        input: [
          {
            name: 'x',
            type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 0 }, {}] } } },
          },
        ],
      },
    });
    const { irVersion, opsetImport, graph, functions } = decodeModel(bytes);
    assert.equal(irVersion, 10);
    assert.deepEqual(opsetImport, [{ domain: '', version: 21 }]);
    assert.deepEqual(functions, []);
    assert.ok(graph);
    assert.deepEqual(graph.node[0].attribute[0].ints, [-1, 2 ** 53 - 1]);
    assert.equal(graph.node[0].attribute[0].t, null);
    assert.deepEqual([...graph.initializer[0].rawData], [...rawData]);
    assert.deepEqual(graph.input[0].type?.tensorType?.shape?.dim, [{ dimParam: 'n' }, { dimValue: 0 }, {}]);
  });

  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 4, 3]);

  it('names inputs, outputs and the batch', () => {
    const { graph, opsetImport } = decodeModel(
      onnxBytes({ inputs: { x }, outputs: { logits: b.reshape(x, [-1, 12]), heads: b.reshape(x, [-4, 3]) } }),
    );
    assert.ok(graph);
    assert.equal(opsetImport[0].version, 21);
    const ends = [...graph.input, ...graph.output].map(({ name, type }) => [name, type?.tensorType?.shape?.dim]);
    assert.deepEqual(ends, [
      ['x', [{ dimParam: 'n' }, { dimValue: 4 }, { dimValue: 3 }]],
      ['logits', [{ dimParam: 'n' }, { dimValue: 12 }]],
      ['heads', [{ dimParam: '4n' }, { dimValue: 3 }]],
    ]);
  });

  it('leaves the batch of a reshape open', () => {
    const { graph } = decodeModel(onnxBytes({ inputs: { x }, outputs: { y: b.reshape(x, [2, -2, 3]) } }));
    assert.ok(graph);
    const reshape = graph.node.find(({ opType }) => opType === 'Reshape');
    const shape = graph.initializer.find(({ name }) => name === reshape?.input[1]);
    assert.ok(shape);
    assert.equal(shape.dataType, TensorType.int64);
    assert.deepEqual([...new BigInt64Array(new Uint8Array(shape.rawData).buffer)], [2n, -1n, 3n]);
  });

  it('asks for the batch size only where a constant is repeated over it', () => {
    const value = b.expand(x, [5, -1, 4, 3]);
    const own = decodeModel(onnxBytes({ inputs: { x }, outputs: { value } })).graph;
    assert.deepEqual(
      own?.node.map(({ opType }) => opType),
      ['Expand', 'Identity'],
    );
    const repeated = b.expand(b.constant([1, 2, 3], [3]), [-2, 3]);
    const { graph } = decodeModel(onnxBytes({ inputs: { x }, outputs: { repeated } }));
    assert.deepEqual(
      graph?.node.map(({ opType }) => opType),
      ['Shape', 'Div', 'Mul', 'Concat', 'Expand', 'Identity'],
    );
  });

  it('refuses an input that the network does not list', () => {
    assert.throws(
      () => onnxBytes({ inputs: {}, outputs: { y: b.exp(x) } }),
      analysisError('model-unreadable', /uses the input "x" without listing it/),
    );
  });

  it('refuses weights that pass what a protocol buffer holds', () => {
    const data = new Float32Array(2 ** 20 + 1);
    const many = Array.from({ length: 520 }, () => b.constant(data.subarray(1), [2 ** 20]));
    assert.throws(
      () => onnxBytes({ inputs: {}, outputs: Object.fromEntries(many.map((weight, i) => [String(i), weight])) }),
      analysisError('limit-exceeded', /less than 2 GB/),
    );
  });
});
