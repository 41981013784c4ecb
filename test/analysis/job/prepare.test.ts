import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Opened, type Searched, studyOf } from '../../../src/analysis/job/prepare';
import { norm } from '../../../src/analysis/math/vector';
import { ArtefactStore } from '../../../src/analysis/study/artefacts';
import type { Study, Tools } from '../../../src/analysis/study/study';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { floats, node, onnxFile } from '../../support/onnxFile';
import { preparedModel } from '../../support/preparedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

/** The side file beside the model says (pixel / 255 − .1307) / .3081. */
const model = 'samples/relu/lenet-mnist.onnx';
const black = -0.1307 / 0.3081;
const white = (1 - 0.1307) / 0.3081;
const search: Searched['search'] = { level: 'standard', overshoot: 0.02, candidates: 10, clip: false };
const request: Searched = {
  ...{ command: 'test', model, images: ['samples/mnist/7'], limit: 2, preprocessed: false, seed: 0 },
  ...{ backend: 'onnxruntime', threads: 1, search, analyses: {} },
};
const nothing = { train: null, clean: null, against: null };
const pixelUnits = { rtol: 1e-5, atol: 1e-4 };

describe('the study of a prepared model', () => {
  const opened: Opened[] = [];
  const tools: Tools = {
    store: new ArtefactStore({ folder: null, memory: 2 ** 20, disk: 0, revision: 0 }),
    sink: {
      ...{ emit: () => undefined, array: () => undefined, fail: () => undefined, note: () => undefined },
      thumbnail: () => undefined,
      pictures: () => undefined,
    },
    signal: new AbortController().signal,
    progress: () => undefined,
    memory: 2 ** 28,
  };
  const keep = (one: Opened) => void opened.push(one);
  after(async () => {
    for (const one of opened) await one.dispose();
  });

  async function study(changed: Partial<Searched> = {}): Promise<Study> {
    const asked = { ...request, ...changed };
    return studyOf(await preparedModel(model, undefined, asked, tools, keep), nothing, asked, tools, keep);
  }

  it('is in the units of the network’s input, which can be told in pixels', async () => {
    const { images, units, search: settings } = await study();
    assert.equal(units.name, 'units of the network’s input');
    assert.equal(images.length, 2);
    assertClose([Math.min(...images[0].x)], [black], { rtol: 1e-6, atol: 0 });
    // One pixel that goes from black to white.
    const delta = Float64Array.from(images[0].x, (_, i) => (i === 5 ? white - black : 0));
    assertClose([units.pixelNorm?.(delta) ?? NaN], [255], { rtol: 1e-9, atol: 0 });
    assert.equal(settings.range, undefined);
  });

  it('is in pixels 0–255 where two models are compared, and the network sees the same', async () => {
    const own = await study();
    const compared = await study({ against: model });
    assert.equal(compared.units.name, 'pixel values 0–255');
    assert.equal(compared.units.pixelNorm, norm);
    const [x, p] = [own.images[0].x, compared.images[0].x];
    const pixels = Array.from(x, (value) => (value * 0.3081 + 0.1307) * 255);
    assertClose(Array.from(p), pixels, pixelUnits);
    const logits = (of: Study) => of.classifier.logits(Float64Array.from(of.images[0].x));
    assertClose(Array.from(await logits(compared)), Array.from(await logits(own)), { rtol: 1e-4, atol: 1e-4 });
    // What is stored of one is no answer to the other.
    assert.notDeepEqual(compared.model.key, own.model.key);
  });

  it('keeps points within black and white where that is asked for', async () => {
    const clip = { ...search, clip: true };
    const { range } = (await study({ search: clip })).search;
    assertClose(Array.from(range?.lower ?? []), new Array<number>(784).fill(black), { rtol: 1e-6, atol: 0 });
    assertClose(Array.from(range?.upper ?? []), new Array<number>(784).fill(white), { rtol: 1e-6, atol: 0 });
    const inPixels = (await study({ search: clip, against: model })).search.range;
    assert.deepEqual(Array.from(inPixels?.lower ?? []), new Array<number>(784).fill(0));
    assert.deepEqual(Array.from(inPixels?.upper ?? []), new Array<number>(784).fill(255));
  });

  it('has a range whose lower bound is lower, though black may be the larger number', async () => {
    const asked = { ...request, search: { ...search, clip: true } };
    const inverted = '{"preprocessing": {"scale": 1, "mean": 255, "std": -255}}';
    const prepared = await preparedModel(model, inverted, asked, tools, keep);
    const { range } = studyOf(prepared, nothing, asked, tools, keep).search;
    assertClose([range?.lower[0] ?? NaN, range?.upper[0] ?? NaN], [0, 1], { rtol: 0, atol: 0 });
  });

  describe('of a model that leaves the size of its images open', () => {
    const folder = temporaryFolder();
    const open = (): string => {
      const path = join(folder(), 'open.onnx');
      const nodes = [
        node('Conv', ['x', 'w'], ['c'], { kernel_shape: [1, 1] }),
        node('GlobalAveragePool', ['c'], ['p']),
        node('Flatten', ['p'], ['y']),
      ];
      const weights = [floats('w', [2, 1, 1, 1], [1, -1])];
      writeFileSync(path, onnxFile({ nodes, weights, shape: ['n', 'c', 'h', 'w'] }));
      return path;
    };

    it('asks for a size and suggests that of the images', async () => {
      const refusal = analysisError('model-unreadable', /Your images are 28 × 28; try --input-size 28x28\.$/);
      await assert.rejects(preparedModel(open(), undefined, request, tools, keep), refusal);
    });

    it('has a key of its own for each size', async () => {
      const keys: unknown[] = [];
      for (const inputSize of [
        [28, 28],
        [14, 14],
      ] satisfies [number, number][]) {
        const asked: Searched = { ...request, inputSize };
        const { model: studied } = studyOf(
          await preparedModel(open(), undefined, asked, tools, keep),
          nothing,
          asked,
          tools,
          keep,
        );
        assert.deepEqual(studied.inputShape, [1, ...inputSize]);
        keys.push(studied.key);
      }
      assert.notDeepEqual(keys[0], keys[1]);
    });
  });

  it('knows no pixels where arrays are already preprocessed', async () => {
    const prepared = await preparedModel(model, undefined, request, tools, keep);
    const plan = { ...prepared.plan, source: 'none', preprocessing: {} } as const;
    const asked = { ...request, preprocessed: true, against: model };
    const { units } = studyOf({ ...prepared, plan }, nothing, asked, tools, keep);
    assert.deepEqual(units, { name: 'units of the network’s input', pixelNorm: null, pixelsOf: null });
    const clipped = { ...asked, search: { ...search, clip: true } };
    assert.throws(
      () => studyOf({ ...prepared, plan }, nothing, clipped, tools, keep),
      analysisError('invalid-input', /already preprocessed/),
    );
  });
});
