import assert from 'node:assert/strict';

import { type PhaseResults, phases, run } from '../../../src/analysis/analyses/analysis';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import type { AnalysisName } from '../../../src/protocol/analyses';
import { AnalysisRuns } from '../../support/analysisRun';
import { SoftplusNetwork } from '../../support/toyRegions';

const network = SoftplusNetwork.random(6, 8, 3, seededRandom('phases'));
const points = Array.from({ length: 60 }, (_, i) => gaussianVector(6, seededRandom('phase points', i)));

/** What another process would be handed. */
const sent = (results: Partial<PhaseResults>): Partial<PhaseResults> => structuredClone(results);

describe('the phases of an analysis', () => {
  it('run in their order, each with the results of those before it, but for those that are given', async () => {
    const calls: string[] = [];
    const analysis = phases<'slice'>()
      .phase('curvatureStep', () => Promise.resolve(calls.push('curvatureStep')))
      .phase('sharedStep', (_study, _params, { curvatureStep }) => {
        calls.push(`sharedStep after ${curvatureStep}`);
        return Promise.resolve(2);
      })
      .close((_study, _params, { sharedStep }) => {
        calls.push(`closing after ${sharedStep}`);
        return Promise.reject(new Error('closed'));
      });
    const { study } = new AnalysisRuns(network, points.slice(0, 2));
    const params = { resolution: 9, spacing: 1e-4 };
    await assert.rejects(run(analysis, study, params), /closed/);
    await assert.rejects(run(analysis, study, params, { sharedStep: null }), /closed/);
    assert.deepEqual(calls, [
      ...['curvatureStep', 'sharedStep after 1', 'closing after 2'],
      ...['curvatureStep', 'closing after null'],
    ]);
  });

  for (const name of ['curvature', 'slice', 'convexity', 'paths', 'calibration', 'detect', 'subspace'] as const) {
    it(`of ${name} can be finished elsewhere and handed in: the numbers are the same`, async () => {
      const needed: AnalysisName[] = name === 'detect' ? ['calibration', 'detect'] : [name];
      const whole = new AnalysisRuns(network, points);
      const expected = [];
      const fewer = name === 'paths' ? { pairs: 1 } : {};
      for (const one of needed) expected.push(await whole.run(one, fewer));
      const resumed = new AnalysisRuns(network, points, { given: sent(whole.results) });
      assert.deepEqual(await resumed.run(name, fewer), expected.at(-1));
    });
  }
});
