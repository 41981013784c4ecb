import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { planPreprocessing, type PreprocessingKnowledge } from '../../../src/analysis/images/preprocess';
import { readCalibration } from '../../../src/analysis/job/calibrationFile';
import type { CalibrationState } from '../../../src/protocol/calibration';
import type { Report } from '../../../src/protocol/report';
import { analysisError } from '../../support/analysisError';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';

const known: PreprocessingKnowledge = {
  ...{ inputShape: [3, 32, 32], layout: 'nchw', fromModel: null, sideFile: null, besideModel: null, insideModel: null },
  preprocessed: false,
};
const plan = planPreprocessing(known);
const arrays = planPreprocessing({ ...known, preprocessed: true });
const otherPlan = planPreprocessing({
  ...known,
  fromModel: { preprocessing: { scale: 1 / 255, mean: [0.5] }, source: 'the model' },
});

const state: CalibrationState = {
  ...{ classes: 10, dimension: 3072, settings: { estimator: 'forward', step: 0.1, samples: 16 }, detector: null },
  ...{ recoveryRule: 'runner-up', search: 'quick', worksHere: false, reason: null, imageHashes: ['abc'], images: 1 },
};

describe('the file of a calibration', () => {
  const folder = temporaryFolder();

  /** A report of a calibration under `plan`, or as `changed` makes it, and the model that it is of. */
  function written(changed: (report: Report) => Partial<Report> = () => ({}), as = plan) {
    const report = sampleReport();
    const { sha256, headStripped } = report.manifest.model;
    const whole: Report = {
      ...report,
      manifest: {
        ...report.manifest,
        preprocessing: { ...as.preprocessing, source: as.source, sentence: as.sentence },
      },
      analyses: { calibration: { ...report.analyses.calibration, state } },
    };
    const file = join(folder(), 'calibration.json');
    writeFileSync(file, JSON.stringify({ ...whole, ...changed(whole) }));
    return { file, model: { sha256, headStripped, loaded: { settled: {} } } };
  }

  it('gives back what was learned, for the same model and preprocessing', async () => {
    const { file, model } = written();
    assert.deepEqual(await readCalibration(file, model, plan), state);
  });

  it('is refused where the report holds no calibration', async () => {
    const { file, model } = written(() => ({ analyses: {} }));
    await assert.rejects(readCalibration(file, model, plan), analysisError('invalid-input', /holds no calibration/));
  });

  it('is refused for another model, and for the same with another head', async () => {
    const { file, model } = written();
    await assert.rejects(
      readCalibration(file, { ...model, sha256: 'f'.repeat(64) }, plan),
      analysisError('invalid-input', /another model \(SHA-256 3f9c1b77a2d0…; here ffffffffffff…\)/),
    );
    await assert.rejects(
      readCalibration(file, { ...model, headStripped: null }, plan),
      analysisError('invalid-input', /another head of the model \(Softmax; here null\)/),
    );
  });

  it('is refused under another preprocessing, whoever decided it', async () => {
    const { file, model } = written();
    const refused = analysisError('invalid-input', /another preprocessing .*calibrate again/);
    await assert.rejects(readCalibration(file, model, otherPlan), refused);
    const sameNumbers = planPreprocessing({
      ...known,
      fromModel: { preprocessing: { scale: 1 / 255 }, source: 'the model' },
    });
    assert.deepEqual(await readCalibration(file, model, sameNumbers), state);
  });

  it('is refused under another search for boundary points than it was made with, which it names', async () => {
    const { file, model } = written();
    assert.deepEqual(await readCalibration(file, model, plan, 'quick'), state);
    await assert.rejects(
      readCalibration(file, model, plan, 'thorough'),
      analysisError(
        'invalid-input',
        /another search for boundary points \(quick; here thorough\).*--search thorough, or ask with --search quick/,
      ),
    );
  });

  it('is refused where it was made before there were several searches', async () => {
    const older = structuredClone(state);
    delete older.search;
    const { file, model } = written((report) => ({
      analyses: { calibration: { ...report.analyses.calibration, state: older } },
    }));
    const refused = analysisError('invalid-input', /another search for boundary points \(DeepFool; .*calibrate again/);
    await assert.rejects(readCalibration(file, model, plan), refused);
    await assert.rejects(readCalibration(file, model, plan, 'quick'), refused);
  });

  it('is taken for arrays that are what the network sees', async () => {
    const { file, model } = written();
    assert.deepEqual(await readCalibration(file, model, arrays), state);
  });

  it('is refused for images where it was learned from arrays whose preprocessing nobody knows', async () => {
    const { file, model } = written(() => ({}), arrays);
    await assert.rejects(readCalibration(file, model, plan), analysisError('invalid-input', /another preprocessing/));
    assert.deepEqual(await readCalibration(file, model, arrays), state);
  });
});
