import assert from 'node:assert/strict';

import { runOnce } from '../../../../src/analysis/backends/agreement';
import type { Backend } from '../../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { webgpuBackend } from '../../../../src/analysis/backends/webgpu/backend';
import { AnalysisError } from '../../../../src/analysis/base/errors';
import { gradientNetwork, networkOf } from '../../../../src/analysis/network/differentiate';
import { assertNear, single, smallModels } from '../../../support/backendRuns';

const COTANGENTS = 9;
const CLASSES = 3;

/** Their gradients hold a transposed convolution of a volume. */
const refused = ['Conv of a volume with stride', 'MaxPool of a volume'];
const whole = ['a residual network', 'a transformer block'];

describe('webgpu', () => {
  let [webgpu, onnxruntime]: Backend[] = [];
  before(async () => {
    [webgpu, onnxruntime] = [await webgpuBackend(), await onnxruntimeBackend({ threads: 1 })];
  });

  async function assertSame(title: string, kind: 'gradients' | 'hessianProduct', images: number): Promise<void> {
    const model = smallModels[title]();
    const x = single([images, ...model.inputs['x'].shape.slice(1)], 'image');
    const [network, feeds] =
      kind === 'gradients'
        ? [gradientNetwork(model, COTANGENTS), { x, cotangent: single([images, COTANGENTS, CLASSES], 'cotangent') }]
        : [
            networkOf(model, 'hessianProduct', 1),
            { x, cotangent: single([images, CLASSES], 'cotangent'), direction: single(x.shape, 'direction') },
          ];
    assertNear(await runOnce(webgpu, network, feeds), await runOnce(onnxruntime, network, feeds), 1e-4);
  }

  for (const title of Object.keys(smallModels).filter((title) => !refused.includes(title))) {
    it(`gives the logits and nine gradients that onnxruntime gives: ${title}`, () => assertSame(title, 'gradients', 2));
  }

  for (const title of whole) {
    it(`gives the gradients and Hessian products of a wide batch that onnxruntime gives: ${title}`, async () => {
      await assertSame(title, 'gradients', 67);
      await assertSame(title, 'hessianProduct', 67);
    });
  }

  for (const title of refused) {
    it(`refuses by name, and not by a wrong number: ${title}`, async () => {
      const loading = webgpu.load(gradientNetwork(smallModels[title](), COTANGENTS));
      await assert.rejects(loading, (error) => {
        return error instanceof AnalysisError && error.code === 'unsupported-op' && error.message.includes('volume');
      });
    });
  }
});
