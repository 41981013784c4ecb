import assert from 'node:assert/strict';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { AnalysisRuns } from '../../support/analysisRun';
import { affine, diagonalQuadric, FieldClassifier, zero } from '../../support/toyRegions';

const dimension = 6;
const axis = [1, 0, 0, 0, 0, 0];
const points = Array.from({ length: 4 }, (_, i) => gaussianVector(dimension, seededRandom('sweep', i)));

describe('the sweep of scales over many images', () => {
  const swept = async (field: ReturnType<typeof affine>) => {
    const runs = new AnalysisRuns(new FieldClassifier(dimension, [zero(dimension), field]), points);
    return runs.run('curvature', { scaleSweep: true, eigenvalues: 2 });
  };

  it('says of a flat boundary that what it measured is rounding, image by image and on the whole', async () => {
    const { items, closing } = await swept(affine(axis, -2));
    for (const { sweep } of items) assert.ok(sweep?.length === 7 && sweep.every(({ resolved }) => resolved === false));
    assert.deepEqual(
      closing.sweep?.map(({ resolvedShare }) => resolvedShare),
      [0, 0, 0, 0, 0, 0, 0],
    );
  });

  it('says of a curved one from which scale on it was measured', async () => {
    // Curvature about .001 at a distance of 2: the second difference at h = .1 is 1e-5 of the logits, at 10 it is .1.
    const { items, closing } = await swept(diagonalQuadric(new Float64Array(dimension).fill(1e-3), axis, -2));
    for (const { sweep = [] } of items) assert.deepEqual([sweep[0].resolved, sweep.at(-1)?.resolved], [false, true]);
    assert.deepEqual([closing.sweep?.[0]?.resolvedShare, closing.sweep?.at(-1)?.resolvedShare], [0, 1]);
  });
});
