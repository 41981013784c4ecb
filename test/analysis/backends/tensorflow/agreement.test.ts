import { runOnce } from '../../../../src/analysis/backends/agreement';
import type { Backend } from '../../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { tensorflowBackend } from '../../../../src/analysis/backends/tensorflow/backend';
import { gradientNetwork, hessianProductNetwork } from '../../../../src/analysis/network/differentiate';
import { assertNear, single, smallModels } from '../../../support/backendRuns';

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

describe('tensorflow', () => {
  let [tensorflow, onnxruntime]: Backend[] = [];
  before(async () => {
    [tensorflow, onnxruntime] = [
      await tensorflowBackend({ tensorflow: '.tensorflow' }),
      await onnxruntimeBackend({ threads: 1 }),
    ];
  });

  for (const [title, make] of Object.entries(smallModels)) {
    it(`gives the logits, nine gradients and the Hessian product that onnxruntime gives: ${title}`, async () => {
      const model = make();
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const gradient = {
        network: gradientNetwork(model, COTANGENTS),
        feeds: { x, cotangent: single([IMAGES, COTANGENTS, CLASSES], 'cotangent') },
      };
      const hessian = {
        network: hessianProductNetwork(model),
        feeds: { x, cotangent: single([IMAGES, CLASSES], 'cotangent'), direction: single(x.shape, 'direction') },
      };
      for (const { network, feeds } of [gradient, hessian]) {
        assertNear(await runOnce(tensorflow, network, feeds), await runOnce(onnxruntime, network, feeds), 1e-4);
      }
    });
  }
});
