import assert from 'node:assert/strict';

import type { Backend } from '../../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { caseModel, operatorCases } from '../../../../src/analysis/backends/operatorCases';
import { tensorflowBackend } from '../../../../src/analysis/backends/tensorflow/backend';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork, hessianProductNetwork } from '../../../../src/analysis/network/differentiate';
import type { Network } from '../../../../src/analysis/network/network';
import { attentionModel, normal, residualModel } from '../../../support/networks';

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

type Feeds = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;

function feed(shape: readonly number[], key: string) {
  return { shape, data: Float32Array.from(normal(shape, key).data) };
}

async function run(backend: Backend, network: Network, feeds: Feeds): Promise<Record<string, Float32Array>> {
  const executable = await backend.load(network);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}

/** To 1e-4 of the largest entry. */
function assertNear(actual: Record<string, Float32Array>, expected: Record<string, Float32Array>): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, numbers] of Object.entries(expected)) {
    assert.equal(actual[name].length, numbers.length);
    const largest = numbers.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
    const error = numbers.reduce((max, entry, i) => Math.max(max, Math.abs(entry - actual[name][i])), 0);
    assert.ok(error <= 1e-4 * largest, `${name} is off by ${error} where the largest entry is ${largest}`);
  }
}

describe('tensorflow', () => {
  let [tensorflow, onnxruntime]: Backend[] = [];
  before(async () => {
    [tensorflow, onnxruntime] = [
      await tensorflowBackend({ tensorflow: '.tensorflow' }),
      await onnxruntimeBackend({ threads: 1 }),
    ];
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
    it(`gives the logits, nine gradients and the Hessian product that onnxruntime gives: ${title}`, async () => {
      const model = make();
      const x = feed([IMAGES, ...model.inputs['x'].shape.slice(1)], 'image');
      const gradient = {
        network: gradientNetwork(model, COTANGENTS),
        feeds: { x, cotangent: feed([IMAGES, COTANGENTS, CLASSES], 'cotangent') },
      };
      const hessian = {
        network: hessianProductNetwork(model),
        feeds: { x, cotangent: feed([IMAGES, CLASSES], 'cotangent'), direction: feed(x.shape, 'direction') },
      };
      for (const { network, feeds } of [gradient, hessian]) {
        assertNear(await run(tensorflow, network, feeds), await run(onnxruntime, network, feeds));
      }
    });
  }
});
