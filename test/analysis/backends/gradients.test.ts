import assert from 'node:assert/strict';

import { runOnce } from '../../../src/analysis/backends/agreement';
import type { Backend, Tensor } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { gradientNetwork, networkOf } from '../../../src/analysis/network/differentiate';
import type { Network } from '../../../src/analysis/network/network';
import { assertNear, single, smallModels } from '../../support/backendRuns';
import { interpret, tensor } from '../../support/interpreter';
import { attentionModel, residualModel } from '../../support/networks';

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

function interpreted(network: Network, feeds: Readonly<Record<string, Tensor>>): Record<string, Float64Array> {
  const doubles = Object.entries(feeds).map(([name, { shape, data }]) => [name, tensor(shape, data)] as const);
  const results = Object.entries(interpret(network, Object.fromEntries(doubles)));
  return Object.fromEntries(results.map(([name, { data }]) => [name, data]));
}

describe('gradient graphs on onnxruntime', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxruntimeBackend({ threads: 1 });
  });

  for (const [title, make] of Object.entries(smallModels)) {
    it(`agree with the interpreter, bit by bit alike for one and for nine cotangents: ${title}`, async () => {
      const model = make();
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const cotangent = single([IMAGES, COTANGENTS, CLASSES], 'cotangent');
      const nine = gradientNetwork(model, COTANGENTS);
      const together = await runOnce(backend, nine, { x, cotangent });
      assertNear(together, interpreted(nine, { x, cotangent }), 1e-5);

      // Every image repeated, with one cotangent each.
      const [repeats, dimension] = [IMAGES * COTANGENTS, x.data.length / IMAGES];
      const repeated = Array.from({ length: repeats }, (_, i) => {
        const image = Math.floor(i / COTANGENTS);
        return [...x.data.subarray(image * dimension, (image + 1) * dimension)];
      });
      const alone = await runOnce(backend, gradientNetwork(model, 1), {
        x: { shape: [repeats, ...x.shape.slice(1)], data: Float32Array.from(repeated.flat()) },
        cotangent: { shape: [repeats, 1, CLASSES], data: cotangent.data },
      });
      assert.deepEqual(together['gradient'], alone['gradient']);
    });
  }

  for (const [title, make] of Object.entries({ residual: residualModel, transformer: attentionModel })) {
    it(`agree with the interpreter in the Hessian product of a ${title} network`, async () => {
      const model = make(new NetworkBuilder());
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const feeds = { x, cotangent: single([IMAGES, CLASSES], 'cotangent'), direction: single(x.shape, 'direction') };
      const hessian = networkOf(model, 'hessianProduct', 1);
      assertNear(await runOnce(backend, hessian, feeds), interpreted(hessian, feeds), 1e-5);
    });
  }
});
