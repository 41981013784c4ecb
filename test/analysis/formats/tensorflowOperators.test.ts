import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { atOnce } from '../../../src/analysis/base/steps';
import type { Json, JsonObject } from '../../../src/analysis/files/json';
import { readGraph } from '../../../src/analysis/formats/tensorflow/graph';
import { graphOf } from '../../../src/analysis/formats/tensorflowjs/graphJson';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { floats } from '../../support/frameworkCase';
import { interpret, tensor } from '../../support/interpreter';

interface Case {
  readonly name: string;
  readonly topology: JsonObject;
  readonly shape: readonly number[];
  readonly x: string;
  readonly output: string;
  readonly cotangent: string;
  /** Where TensorFlow has one. */
  readonly gradient: string | null;
}

const cases = JSON.parse(readFileSync('test/fixtures/tensorflow/operators.json', 'utf8')) as readonly Case[];

describe('the operators of TensorFlow', () => {
  for (const { name, topology, shape, ...expected } of cases) {
    it(`give what TensorFlow computes, and its gradient: ${name}`, () => {
      const { network } = atOnce(readGraph(graphOf(topology, undefined, new Map()), {}));
      const [cotangent, output] = [floats(expected.cotangent), floats(expected.output)];
      const result = interpret(gradientNetwork(network, 1), {
        x: tensor([2, ...shape], floats(expected.x)),
        cotangent: tensor([2, 1, cotangent.length / 2], cotangent),
      });
      // In float32 there, in float64 here.
      assertClose(result['logits'].data, output, { rtol: 2e-5, atol: 2e-6 });
      if (expected.gradient !== null) {
        assertClose(result['gradient'].data, floats(expected.gradient), { rtol: 2e-5, atol: 5e-6 });
      }
      assert.deepEqual(network.outputs['logits'].shape, [-1, output.length / 2]);
    });
  }
});

describe('the functions of a TensorFlow.js graph', () => {
  const call = (name: string, f: string, input: readonly string[]): Json => ({
    ...{ name, op: 'StatefulPartitionedCall', input },
    attr: { f: { func: { name: f } } },
  });
  const own = (name: string, nodeDef: readonly Json[]): Json => ({
    signature: { name, inputArg: [{ name: 'a' }], outputArg: [{ name: 'y' }] },
    nodeDef,
    ret: { y: 'last:output:0' },
  });
  const shape = { shape: { dim: [{ size: '-1' }, { size: '3' }] } };
  const topology = (functions: readonly Json[], called = 'f0'): JsonObject => ({
    node: [{ name: 'x', op: 'Placeholder', attr: { shape } }, call('y', called, ['x'])],
    library: { function: functions },
  });
  const read = (functions: readonly Json[], called?: string) =>
    atOnce(readGraph(graphOf(topology(functions, called), undefined, new Map()), {}));

  it('may be stateful, and be passed over where they are not called', () => {
    const { network } = read([
      own('f0', [{ name: 'last', op: 'Neg', input: ['a'] }]),
      own('other', [{ name: 'last', op: 'Wavelet', input: ['a'] }]),
    ]);
    assert.deepEqual(Array.from(interpret(network, { x: tensor([1, 3], [1, 2, 3]) })['logits'].data), [-1, -2, -3]);
  });

  it('must be there, and neither call themselves nor one another too deep', () => {
    assert.throws(
      () => read([], 'gone'),
      analysisError('model-unreadable', /calls "gone", which is not in the library/),
    );
    const recursive = [own('f0', [call('last', 'f1', ['a'])]), own('f1', [call('last', 'f0', ['a'])])];
    assert.throws(() => read(recursive), analysisError('model-unreadable', /the function "f0" calls itself/));
    const deep = Array.from({ length: 1000 }, (_, i) => own(`f${i}`, [call('last', `f${i + 1}`, ['a'])]));
    assert.throws(() => read(deep), analysisError('limit-exceeded', /at most 64 deep/));
    const wide = Array.from({ length: 40 }, (_, i) =>
      own(`f${i}`, [call('last', `f${i + 1}`, ['a']), call('again', `f${i + 1}`, ['a'])]),
    );
    const last = own('f40', [{ name: 'last', op: 'Neg', input: ['a'] }]);
    assert.throws(() => read([...wide, last]), analysisError('limit-exceeded', /nodes with its functions/));
  });
});
