import assert from 'node:assert/strict';

import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { classifierOf } from '../../../src/analysis/model/networkClassifier';
import type { OpenModel } from '../../../src/analysis/model/open';
import type { ReadModel } from '../../../src/analysis/model/read';
import { smoothedModel } from '../../../src/analysis/model/smoothedModel';
import { NetworkBuilder } from '../../../src/analysis/network/builder';

const memory = 2 ** 28;

describe('a smooth stand-in', () => {
  let open: OpenModel;
  const images = [1, 2, 3].map((i) => gaussianVector(2, seededRandom(i)));

  before(async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2]);
    const network = { inputs: { x }, outputs: { logits: b.relu(x) } };
    const backend = await onnxruntimeBackend({ threads: 1 });
    const about = { classes: 2, smoothness: 'piecewise-linear' } as const;
    const model = { ...about, network } as unknown as ReadModel;
    open = { model, backend, refused: [], elsewhere: null, ...classifierOf(network, about, backend, { memory }) };
  });

  after(() => open.dispose());

  it('is log(1 + exp(βx))/β where the network has max(x, 0), with its second derivative', async () => {
    const beta = 2;
    const stand = await smoothedModel(open, open.classifier, images, beta, { memory });
    const { classifier } = stand;
    const [point, one] = [Float64Array.of(0.5, -1), Float64Array.of(1, 1)];
    const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t));
    const product = await classifier.hessianProduct(point, one, one);
    for (const [i, logit] of (await classifier.logits(point)).entries()) {
      assert.ok(Math.abs(logit - Math.log1p(Math.exp(beta * point[i])) / beta) < 1e-6);
      const s = sigmoid(beta * point[i]);
      assert.ok(Math.abs(product[i] - beta * s * (1 - s)) < 1e-6);
    }
    assert.equal(classifier.smoothness, 'smooth');
    await stand.dispose();
  });

  it('is the least sharp power of two whose logits change by at most 5 % of their spread', async () => {
    const stand = await smoothedModel(open, open.classifier, images, undefined, { memory });
    assert.ok(Number.isInteger(Math.log2(stand.beta)) && stand.logitChange <= 0.05);
    await stand.dispose();
    const blunter = await smoothedModel(open, open.classifier, images, stand.beta / 2, { memory });
    assert.ok(blunter.logitChange > 0.05);
    await blunter.dispose();
  });
});
