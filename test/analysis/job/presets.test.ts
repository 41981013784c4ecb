import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { analyses } from '../../../src/analysis/analyses/index';
import { analysisCommands } from '../../../src/analysis/cli/analysisCommands';
import { Job } from '../../../src/analysis/job/job';
import { defaultParams, needsMaximumNorm, reductions, requestedAnalyses } from '../../../src/analysis/job/presets';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { encodeNpz } from '../../../src/analysis/reports/npz';
import { ArtefactStore } from '../../../src/analysis/study/artefacts';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import { analysisError } from '../../support/analysisError';
import { onnxBytes } from '../../support/onnxBytes';
import { temporaryFolder } from '../../support/temporaryFolder';

const side = 101;

/** The mean of each colour, times a matrix. */
function linearNetwork(): Uint8Array {
  const builder = new NetworkBuilder();
  const x = builder.input('x', [-1, 3, side, side]);
  const weights = builder.constant(Float32Array.of(1, -1, 0, 0, -1, 1), [3, 2]);
  return onnxBytes({
    inputs: { x },
    outputs: { logits: builder.matMul(builder.mean(x, [2, 3], false), weights) },
  });
}

describe('a preset', () => {
  const folder = temporaryFolder();

  it('does less of what takes long for large inputs in a first look alone', () => {
    const quick = { preset: 'quick', analyses: {} } as const;
    const [small, large] = [3 * 32 * 32, 3 * 224 * 224].map((dimension) => requestedAnalyses(quick, dimension));
    assert.deepEqual([small.paths?.pairs, large.paths?.pairs], [4, 2]);
    assert.deepEqual([small.slice?.resolution, large.slice?.resolution], [65, 33]);
    assert.deepEqual(reductions(quick), ['paths: pairs 2 instead of 4', 'slice: resolution 33 instead of 65']);
    for (const preset of ['distances', 'standard', 'paper'] as const) {
      assert.deepEqual(reductions({ ...quick, preset }), []);
    }
  });

  it('wants distances in the maximum norm, which a calibration alone wants for attacks only', () => {
    const [calibration, detect] = [defaultParams('calibration'), defaultParams('detect')];
    assert.equal(needsMaximumNorm({ analyses: { calibration } }), false);
    assert.equal(needsMaximumNorm({ analyses: { calibration: { ...calibration, attacks: true } } }), true);
    assert.equal(needsMaximumNorm({ analyses: { calibration, detect } }), true);
    assert.equal(needsMaximumNorm({ preset: 'quick', analyses: { calibration } }), true);
  });

  it('leaves alone what is asked for by name', () => {
    const paths = { ...defaultParams('paths'), pairs: 7 };
    const asked = { preset: 'quick', analyses: { paths } } as const;
    assert.equal(requestedAnalyses(asked, 3 * 224 * 224).paths?.pairs, 7);
    assert.deepEqual(reductions(asked), ['slice: resolution 33 instead of 65']);
  });

  it('does less of nothing that the main command names, which would take its word for that of the user', () => {
    const named = analysisCommands.find(({ name }) => name === 'analyze')?.analyses;
    assert.deepEqual(Object.keys(named ?? {}), ['curvature', 'detect']);
    assert.deepEqual([analyses.curvature.large, analyses.detect.large], [undefined, undefined]);
  });

  it('says in the report what it does less of', async () => {
    const [model, images] = [path.join(folder(), 'model.onnx'), path.join(folder(), 'images.npz')];
    writeFileSync(model, linearNetwork());
    const data = gaussianVector(2 * 3 * side * side, seededRandom(1));
    writeFileSync(images, encodeNpz(new Map([['x', { type: 'float64', data, shape: [2, 3, side, side] }]])));
    const controller = new AbortController();
    const job = new Job(
      {
        ...{ command: '', model, images: [images], preprocessed: true, backend: 'onnxruntime', seed: 0 },
        ...{ preset: 'quick', search: Value.Create(SearchParams), analyses: {} },
      },
      {
        store: new ArtefactStore({ folder: null, memory: 0, disk: 0, revision: 0 }),
        signal: controller.signal,
        // What is run is known, and need not run.
        progress: ({ stage }) => {
          if (stage === 'Classifying the images') controller.abort();
        },
      },
    );
    await assert.rejects(job.run(), analysisError('cancelled', /cancelled/));
    const { notes, settings } = job.report('cancelled')?.manifest ?? {};
    assert.ok(notes?.some((note) => note.includes('does less: paths: pairs 2 instead of 4, slice: resolution 33')));
    assert.deepEqual(settings?.['paths'], { ...defaultParams('paths'), pairs: 2, spacing: 1e-3 });
  });
});
