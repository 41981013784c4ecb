import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import type { Report } from '../../src/protocol/report';
import { cliReport } from '../support/cli';
import { assertReport } from '../support/reportSchema';

const folder = 'samples/photographs';
const model = path.join(folder, 'nin-photographs.onnx');
const calibration = path.join(folder, 'calibration.json');

const files = (below: string): string[] =>
  readdirSync(below, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(below, name))
    .filter((file) => statSync(file).isFile());
const hashes = (set: string): string[] =>
  files(path.join(folder, set)).map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));

function kept(): Report {
  const report: unknown = JSON.parse(readFileSync(calibration, 'utf8'));
  assertReport(report);
  return report;
}

describe('the sample of photographs', function () {
  this.timeout(240_000);

  it('takes at most 4 MB', () => {
    const bytes = files(folder).reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(bytes <= 4e6, `${bytes}`);
  });

  it('has no image twice', () => {
    const sets = ['clean', 'test', 'perturbed'].map(hashes);
    assert.deepEqual(
      sets.map(({ length }) => length),
      [200, 30, 30],
    );
    assert.equal(new Set(sets.flat()).size, 260);
  });

  it('was calibrated on its clean images', async () => {
    const { manifest } = await cliReport(['evaluate', model, '--images', path.join(folder, 'clean')]);
    assert.equal(kept().manifest.images.sha256, manifest.images.sha256);
    assert.equal(kept().manifest.model.sha256, manifest.model.sha256);
  });

  it('shows what the paper says: most perturbed images are told from clean ones, and curvature is what tells them', async () => {
    const images = ['test', 'perturbed'].map((set) => path.join(folder, set));
    const { analyses } = await cliReport(['detect', model, '--images', ...images, '--calibration', calibration]);
    const { images: checked = [] } = analyses.detect ?? {};
    const flagged = (isPerturbed: boolean): number =>
      checked.filter(({ name, verdict }) => /-x\d/.test(name) === isPerturbed && verdict === 'perturbed').length;
    assert.equal(checked.length, 60);
    // By what the calibration promises of each strength, other draws would pass with a chance of 99.9 % each.
    assert.ok(flagged(true) >= 11, `${flagged(true)} of 30 perturbed images`);
    assert.ok(flagged(false) <= 6, `${flagged(false)} of 30 clean images`);
    const areas = kept().analyses.calibration?.scores;
    for (const i of [1, 2]) {
      assert.ok(Number(areas?.combined.low[i]) > Number(areas?.noCurvature.high[i]), `strength ${i}`);
    }
  });
});
