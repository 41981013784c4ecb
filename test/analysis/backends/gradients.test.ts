import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { caseModel, operatorCases } from '../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { gradientNetwork, hessianProductNetwork } from '../../../src/analysis/network/differentiate';
import type { Network } from '../../../src/analysis/network/network';
import { interpret, type Tensor, tensor } from '../../support/interpreter';
import { attentionModel, normal, residualModel } from '../../support/networks';

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

async function run(
  backend: Backend,
  network: Network,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Float32Array>> {
  const executable = await backend.load(network);
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data) },
  ]);
  const results = await executable.run(Object.fromEntries(feeds) as Parameters<typeof executable.run>[0]);
  await executable.dispose();
  return results;
}

/** In single precision, so that the interpreter and onnxruntime see the same numbers. */
function single(shape: readonly number[], key: string): Tensor {
  return tensor(shape, Float32Array.from(normal(shape, key).data));
}

/** Relative to the largest entry, as float32 sums round. */
function assertNear(actual: Float32Array, expected: Tensor, tolerance: number): void {
  const largest = expected.data.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
  const error = expected.data.reduce((max, entry, i) => Math.max(max, Math.abs(entry - actual[i])), 0);
  assert.equal(actual.length, expected.data.length);
  assert.ok(error <= tolerance * largest, `off by ${error} where the largest entry is ${largest}`);
}

describe('gradient graphs on onnxruntime', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxruntimeBackend({ threads: 1 });
  });

  const models: Record<string, () => Network> = {
    ...Object.fromEntries(
      Object.entries(operatorCases).flatMap(([op, cases]) =>
        cases.map((one) => [`${op} ${one.title}`, () => caseModel(new NetworkBuilder(), one)]),
      ),
    ),
    'a residual network': () => residualModel(new NetworkBuilder()),
    'a transformer block': () => attentionModel(new NetworkBuilder()),
  };

  for (const [title, make] of Object.entries(models)) {
    it(`agree with the interpreter, bit by bit alike for one and for nine cotangents: ${title}`, async () => {
      const model = make();
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const cotangent = single([IMAGES, COTANGENTS, CLASSES], 'cotangent');
      const together = await run(backend, gradientNetwork(model, COTANGENTS), { x, cotangent });
      const expected = interpret(gradientNetwork(model, COTANGENTS), { x, cotangent });
      assertNear(together['logits'], expected['logits'], 1e-5);
      assertNear(together['gradient'], expected['gradient'], 1e-5);

      // Every image repeated, with one cotangent each.
      const [repeats, dimension] = [IMAGES * COTANGENTS, x.data.length / IMAGES];
      const repeated = Array.from({ length: repeats }, (_, i) => {
        const image = Math.floor(i / COTANGENTS);
        return [...x.data.subarray(image * dimension, (image + 1) * dimension)];
      });
      const alone = await run(backend, gradientNetwork(model, 1), {
        x: tensor([repeats, ...x.shape.slice(1)], repeated.flat()),
        cotangent: tensor([repeats, 1, CLASSES], cotangent.data),
      });
      assert.deepEqual(together['gradient'], alone['gradient']);
    });
  }

  for (const [title, make] of Object.entries({ residual: residualModel, transformer: attentionModel })) {
    it(`agree with the interpreter in the Hessian product of a ${title} network`, async () => {
      const model = make(new NetworkBuilder());
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const inputs = { x, cotangent: single([IMAGES, CLASSES], 'cotangent'), direction: single(x.shape, 'direction') };
      const hessian = hessianProductNetwork(model);
      assertNear((await run(backend, hessian, inputs))['product'], interpret(hessian, inputs)['product'], 1e-5);
    });
  }
});
