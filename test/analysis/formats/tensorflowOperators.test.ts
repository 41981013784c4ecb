import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { JsonObject } from '../../../src/analysis/files/json';
import { readGraph } from '../../../src/analysis/formats/tensorflow/graph';
import { graphOf } from '../../../src/analysis/formats/tensorflowjs/graphJson';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
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
      const { network } = readGraph(graphOf(topology, undefined, new Map()), 'now');
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
