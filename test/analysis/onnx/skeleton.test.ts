import assert from 'node:assert/strict';

import { atOnce } from '../../../src/analysis/base/steps';
import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { decodeModel, decodeTensor, encodeModel, TensorType } from '../../../src/analysis/onnx/onnxProto';
import { decodeSkeleton } from '../../../src/analysis/onnx/skeleton';
import { floats, ints, node, raw, tensorInfo } from '../../support/onnxFile';

describe('the skeleton of an ONNX file', () => {
  const large = Array.from({ length: 30_000 }, (_, i) => i % 100);
  const bytes = encodeModel({
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'a graph whose name is long'.repeat(4000),
      node: [
        node('If', ['x'], ['y'], {
          then_branch: { g: { node: [node('Neg', ['w'], ['z'])], initializer: [floats('w', [30_000], large)] } },
        }),
        node('Constant', [], ['c'], {
          value: {
            t: ints(
              '',
              large.map((entry) => entry + 20_000),
            ),
          },
        }),
      ],
      initializer: [
        raw('r', TensorType.float, [30_000], new Uint8Array(new Float32Array(large).buffer)),
        floats('small', [2], [1, 2]),
      ],
      input: [tensorInfo('x', ['n', 2])],
    },
  });
  const skeleton = atOnce(decodeSkeleton(bytesInMemory(bytes)));

  it('has everything but the elements of large tensors, which are where it says', () => {
    let found = 0;
    const complete = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
      if (Array.isArray(value)) return value.map(complete);
      if ('stored' in value && (value.stored as number[]).length > 0) {
        found++;
        const [offset, length] = value.stored as [number, number];
        return decodeTensor(bytes.subarray(offset, offset + length));
      }
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, complete(entry)]));
    };
    const inside = complete(skeleton);
    assert.equal(found, 3);
    assert.deepEqual(inside, complete(decodeModel(bytes)));
    assert.deepEqual(skeleton.graph?.initializer[0].rawData.length, 0);
    assert.deepEqual(skeleton.graph.initializer[1].floatData, [1, 2]);
  });

  it('says where raw elements are, so that they need not be read twice', () => {
    const [, , offset, length] = skeleton.graph?.initializer[0].stored ?? [];
    assert.deepEqual([...new Float32Array(Uint8Array.from(bytes.subarray(offset, offset + length)).buffer)], large);
  });

  it('is refused where the file ends early, or a number never does', () => {
    for (const length of [1, 50_000, bytes.length - 1]) {
      assert.throws(
        () => atOnce(decodeSkeleton(bytesInMemory(bytes.subarray(0, length)))),
        /beyond its message|ends early/,
      );
    }
    assert.throws(() => atOnce(decodeSkeleton(bytesInMemory(new Uint8Array(20).fill(255)))), /too long/);
    assert.throws(() => atOnce(decodeSkeleton(bytesInMemory(Uint8Array.of(0x0b)))), /wire type 3/);
  });
});
