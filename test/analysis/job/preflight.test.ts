import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import { preflightOfRequest } from '../../../src/analysis/job/preflight';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import type { Request } from '../../../src/protocol/job';
import type { Preflight } from '../../../src/protocol/preflight';

const request: Request = {
  ...{ command: '', model: 'samples/relu/lenet-mnist.onnx', images: ['samples/mnist'], preprocessed: false },
  ...{ backend: 'auto', seed: 0, search: Value.Create(SearchParams), analyses: {} },
};

describe('the look at a request', () => {
  it('tells first of the images that are shown, and judges nothing before it has seen the others', async () => {
    // Ink where paper is: at chance, which four images cannot tell.
    const preprocessing = '{"scale":-0.00392156862745098,"mean":-1}';
    const told: Preflight[] = [];
    const tell = (preflight: Preflight): void => {
      told.push(preflight);
    };
    const { signal } = new AbortController();
    await preflightOfRequest({ ...request, preprocessing }, { signal, ranks: false, seen: tell, first: tell });
    const [seen, first] = told;
    assert.deepEqual([told.length, seen.sampled, first.sampled], [2, 4, 50]);
    assert.deepEqual([seen.doubts, first.doubts], [[], ['chance']]);
    assert.deepEqual(
      seen.predictions.map(({ name, predicted }) => [name, predicted]),
      first.predictions.slice(0, 4).map(({ name, predicted }) => [name, predicted]),
    );
    assert.deepEqual(seen.current.pictures, first.current.pictures);
    assert.equal(seen.current.pictures.length, 4);
  });

  it('tells nothing more once it is cancelled', async () => {
    const controller = new AbortController();
    const first = () => assert.fail('judged after the cancel');
    const seen = () => {
      controller.abort();
    };
    await assert.rejects(preflightOfRequest(request, { signal: controller.signal, seen, first }), {
      code: 'cancelled',
    });
  });
});
