import { runOnce } from '../../../../src/analysis/backends/agreement';
import type { Backend } from '../../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { caseModel, operatorCases, randomConstant } from '../../../../src/analysis/backends/operatorCases';
import { tensorflowBackend } from '../../../../src/analysis/backends/tensorflow/backend';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork, networkOf } from '../../../../src/analysis/network/differentiate';
import { assertNear, single, smallModels } from '../../../support/backendRuns';

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

/** The operators on what has its channels last: every case whose image has an extent, behind a convolution. */
const afterConvolutions = Object.fromEntries(
  Object.entries(operatorCases).flatMap(([op, cases]) => {
    const images = cases.filter(({ image }) => image.length > 1);
    return images.map(({ title, image, body }) => {
      const after: typeof body = (b, x) => {
        const [channels, ...extents] = image;
        const rank = extents.length;
        return body(
          b,
          b.add('Conv', [x, randomConstant(b, [channels, channels, ...extents.map(() => 1)])], {
            strides: Array<number>(rank).fill(1),
            pads: Array<number>(2 * rank).fill(0),
            dilations: Array<number>(rank).fill(1),
            group: 1,
          }),
        );
      };
      return [`a convolution and ${op} ${title}`, () => caseModel(new NetworkBuilder(), { title, image, body: after })];
    });
  }),
);

describe('tensorflow', () => {
  let [tensorflow, onnxruntime]: Backend[] = [];
  before(async () => {
    [tensorflow, onnxruntime] = [
      await tensorflowBackend({ tensorflow: '.tensorflow' }),
      await onnxruntimeBackend({ threads: 1 }),
    ];
  });

  for (const [title, make] of Object.entries({ ...smallModels, ...afterConvolutions })) {
    it(`gives the logits, nine gradients and the Hessian product that onnxruntime gives: ${title}`, async () => {
      const model = make();
      const x = single([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const gradient = {
        network: gradientNetwork(model, COTANGENTS),
        feeds: { x, cotangent: single([IMAGES, COTANGENTS, CLASSES], 'cotangent') },
      };
      const hessian = {
        network: networkOf(model, 'hessianProduct', 1),
        feeds: { x, cotangent: single([IMAGES, CLASSES], 'cotangent'), direction: single(x.shape, 'direction') },
      };
      for (const { network, feeds } of [gradient, hessian]) {
        assertNear(await runOnce(tensorflow, network, feeds), await runOnce(onnxruntime, network, feeds), 1e-4);
      }
    });
  }
});
