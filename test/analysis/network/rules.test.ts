import assert from 'node:assert/strict';

import { caseModel, operatorCases } from '../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { gradientNetwork, networkOf } from '../../../src/analysis/network/differentiate';
import { type Network, topologicalOrder } from '../../../src/analysis/network/network';
import { assertClose } from '../../support/assertClose';
import { centralDifferences, directionalDifference } from '../../support/finiteDifferences';
import { frozenRounding } from '../../support/frozenRounding';
import { interpret, type Tensor, tensor } from '../../support/interpreter';
import { normal } from '../../support/networks';

const IMAGES = 2;
const CLASSES = 3;
const COTANGENTS = 3;
// Constants of the graph are float32 (6e-8); central differences leave 1e-10.
const tolerance = { rtol: 1e-6, atol: 1e-7 };

/** The image and cotangents of every case. */
function inputs(model: Network): { x: Tensor; cotangents: Tensor } {
  return {
    x: normal([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image'),
    cotangents: normal([IMAGES, COTANGENTS, CLASSES], 'cotangents'),
  };
}

/** Entry `at` of axis 1, which is taken away. */
function pick({ shape, data }: Tensor, at: number): Tensor {
  const [images, count, ...rest] = shape;
  const length = rest.reduce((product, extent) => product * extent, 1);
  return tensor(
    [images, ...rest],
    Array.from({ length: images }, (_, i) => [...data.subarray((i * count + at) * length).subarray(0, length)]).flat(),
  );
}

describe('the rules of differentiation', () => {
  for (const [op, cases] of Object.entries(operatorCases)) {
    describe(op, () => {
      for (const one of cases) {
        it(`gives the gradient that central differences give: ${one.title}`, () => {
          const model = caseModel(new NetworkBuilder(), one);
          assert.ok(
            topologicalOrder(model).some((value) => value.op === op),
            `no ${op} in the case`,
          );
          const { x, cotangents } = inputs(model);
          const cotangent = pick(cotangents, 0);
          const { gradient } = interpret(gradientNetwork(model, 1), {
            x,
            cotangent: tensor([IMAGES, 1, CLASSES], cotangent.data),
          });
          const { network: frozen, inputs: feeds } = frozenRounding(model, x);
          assertClose(gradient.data, centralDifferences(frozen, { ...feeds, x }, 'logits', cotangent).data, tolerance);
        });

        it(`gives several cotangents of an image the gradients of each alone: ${one.title}`, () => {
          const model = caseModel(new NetworkBuilder(), one);
          const { x, cotangents } = inputs(model);
          const together = interpret(gradientNetwork(model, COTANGENTS), { x, cotangent: cotangents });
          const single = gradientNetwork(model, 1);
          for (let j = 0; j < COTANGENTS; j++) {
            const cotangent = tensor([IMAGES, 1, CLASSES], pick(cotangents, j).data);
            const alone = interpret(single, { x, cotangent });
            assert.deepEqual(pick(together['gradient'], j).data, alone['gradient'].data);
            assert.deepEqual(together['logits'].data, alone['logits'].data);
          }
        });

        it(`gives the Hessian product that central differences of the gradient give: ${one.title}`, () => {
          const model = caseModel(new NetworkBuilder(), one);
          const { x, cotangents } = inputs(model);
          const cotangent = pick(cotangents, 1);
          const direction = normal(x.shape, 'direction');
          const { product, gradient } = interpret(networkOf(model, 'hessianProduct', 1), { x, cotangent, direction });
          const first = gradientNetwork(model, 1);
          const feeds = { x, cotangent: tensor([IMAGES, 1, CLASSES], cotangent.data) };
          assert.deepEqual(gradient.data, interpret(first, feeds)['gradient'].data);
          const frozen = frozenRounding(model, x);
          const moving = gradientNetwork(frozen.network, 1);
          const differences = directionalDifference(moving, { ...frozen.inputs, ...feeds }, 'gradient', direction);
          assertClose(product.data, differences.data, tolerance);
        });
      }
    });
  }
});
