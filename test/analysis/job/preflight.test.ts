import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import { preflightOfRequest } from '../../../src/analysis/job/preflight';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import type { Request } from '../../../src/protocol/job';
import type { Preflight } from '../../../src/protocol/preflight';
import { presets } from '../../../src/protocol/presets';

/** Ink where paper is: what the network was never shown. */
const inverted = '{"scale":-0.00392156862745098,"mean":-1}';
const request: Request = {
  ...{ command: 'test', model: 'samples/relu/lenet-mnist.onnx', images: ['samples/mnist'], seed: 0 },
  ...{ preprocessed: false, preprocessing: inverted, preset: 'quick', backend: 'auto', limit: 20, analyses: {} },
  search: Value.Create(SearchParams),
};
/** With nothing to choose, of all images. At chance, which four of them cannot tell. */
const whole: Request = { ...request };
delete whole.preset;
delete whole.limit;
const { signal } = new AbortController();

describe('the preflight of a request', function () {
  this.timeout(60_000);

  it('tells what it sees at once, then what each preset takes, and only then tries other preprocessings', async () => {
    const told: Preflight[] = [];
    const found = await preflightOfRequest(request, { signal, first: (known) => told.push(known) });
    assert.deepEqual(
      told.map(({ candidates, expected }) => [candidates.length, expected !== undefined]),
      [
        [0, false],
        [0, true],
      ],
    );
    assert.ok(found.candidates.length > 1);
    assert.deepEqual(found.expected, told[1].expected);
    assert.deepEqual([...new Set(found.expected?.map(({ preset }) => preset))].sort(), [...presets].sort());
  });

  it('looks on the processor, whichever card the run is to have', async () => {
    const { predictions } = await preflightOfRequest(
      { ...request, backend: 'cuda', device: 1 },
      { signal, ranks: false },
    );
    assert.ok(predictions.length > 0);
  });

  it('tells first of the images that are shown, and judges nothing before it has seen the others', async () => {
    const told: Preflight[] = [];
    const tell = (preflight: Preflight): void => {
      told.push(preflight);
    };
    await preflightOfRequest(whole, { signal, ranks: false, seen: tell, first: tell });
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
