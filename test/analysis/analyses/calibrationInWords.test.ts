import assert from 'node:assert/strict';

import { inWords } from '../../../src/analysis/analyses/calibrationInWords';
import { calibration } from '../../../src/analysis/geometry/detection/calibration';
import { type Shift, syntheticImages } from '../../support/syntheticMeasurements';

describe('what a calibration says', () => {
  const settings = { estimator: 'forward', step: 0.5, samples: 8 } as const;
  const said = (shift: Shift): string => {
    const found = calibration(syntheticImages(200, shift, 'words'), {
      ...{ dimension: 10, settings, seed: 0, alphas: [1, 2, 5], falsePositiveRate: 0.05 },
    });
    return inWords(found, [1, 2, 5], 0.05);
  };

  it('is what the score adds, where it works', () => {
    assert.match(said({ curvature: 2 }), /The score adds \+0\.\d\d \[\+/);
  });

  it('is that the margin alone is as good, where only the margin tells', () => {
    assert.match(said({ curvature: 0, margin: 3 }), /no verdicts on this model: .* no better than the margin alone/);
  });

  it('is that nothing tells, with the area, where nothing does', () => {
    assert.match(said({ curvature: 0 }), /cannot be detected on this model: .*not better than chance, .*0\.\d\d \[0\./);
  });
});
