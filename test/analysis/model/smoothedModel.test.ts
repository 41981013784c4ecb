import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type OpenModel, openModel } from '../../../src/analysis/model/open';
import { readModel } from '../../../src/analysis/model/read';
import { smoothedModel } from '../../../src/analysis/model/smoothedModel';
import { assertClose } from '../../support/assertClose';
import { node, onnxFile } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

const memory = 2 ** 26;
const points = [
  [-0.3, 0.1, 0.5],
  [1.5, -1, 0.02],
].map((point) => Float64Array.from(point));

/** ‖s(x) − relu(x)‖ / ‖relu(x) − mean‖ over the points for s = softplus at sharpness β, in closed form. */
function change(beta: number): number {
  let [difference, spread] = [0, 0];
  for (const x of points) {
    const exact = x.map((value) => Math.max(value, 0));
    const mean = exact.reduce((sum, value) => sum + value, 0) / x.length;
    x.forEach((value, i) => {
      difference += (Math.log1p(Math.exp(beta * value)) / beta - exact[i]) ** 2;
      spread += (exact[i] - mean) ** 2;
    });
  }
  return Math.sqrt(difference / spread);
}

describe('the smooth stand-in for a network', () => {
  const folder = temporaryFolder();
  let loaded = 0;
  let freed = 0;
  let open: OpenModel;

  before(async () => {
    const file = join(folder(), 'relu.onnx');
    writeFileSync(file, onnxFile({ nodes: [node('Relu', ['x'], ['y'])], shape: ['n', 3], result: ['n', 3] }));
    const exact = await openModel(await readModel(file, false), {
      ...{ backend: 'onnxruntime', threads: 1, binary: false, memory },
    });
    const { id, provider, device, version, threads, allowances } = exact.backend;
    open = {
      ...exact,
      backend: {
        ...{ id, provider, device, version, threads, allowances },
        load: async (network) => {
          const executable = await exact.backend.load(network);
          loaded++;
          return {
            run: (feeds) => executable.run(feeds),
            dispose: () => {
              freed++;
              return executable.dispose();
            },
          };
        },
      },
    };
  });
  after(() => open.dispose());
  beforeEach(() => {
    loaded = freed = 0;
  });

  it('is as sharp as the smallest power of two at which the logits change by at most 5 % of their spread', async () => {
    const expected = Array.from({ length: 13 }, (_, i) => 2 ** i).find((beta) => change(beta) <= 0.05);
    assert.ok(expected !== undefined && expected > 1 && change(expected / 2) > 0.05);
    const stand = await smoothedModel(open, open.classifier, points, undefined, memory);
    assert.equal(stand.beta, expected);
    assertClose([stand.logitChange], [change(expected)], { rtol: 1e-4, atol: 0 });
    assert.equal(stand.classifier.smoothness, 'smooth');
    await stand.dispose();
  });

  it('keeps a sharpness that was given, however much the logits change, and says how much', async () => {
    const stand = await smoothedModel(open, open.classifier, points, 1.5, memory);
    assert.equal(stand.beta, 1.5);
    assert.ok(change(1.5) > 0.05);
    assertClose([stand.logitChange], [change(1.5)], { rtol: 1e-4, atol: 0 });
    await stand.dispose();
  });

  it('is as sharp as the sharpest tried where no sharpness is enough', async () => {
    // At the kink itself the stand-in is off by log 2 / β, and the spread is far less.
    const kink = [Float64Array.of(0, 0, 1e-6)];
    const stand = await smoothedModel(open, open.classifier, kink, undefined, memory);
    assert.equal(stand.beta, 2 ** 12);
    assert.ok(stand.logitChange > 0.05);
    await stand.dispose();
  });

  it('leaves nothing loaded of those that were not sharp enough', async () => {
    const stand = await smoothedModel(open, open.classifier, points, undefined, memory);
    assert.ok(loaded > 1);
    assert.equal(freed, loaded - 1);
    await stand.dispose();
    assert.equal(freed, loaded);
  });
});
