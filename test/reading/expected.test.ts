import assert from 'node:assert/strict';

import type { Expected } from '../../src/protocol/presets';
import { expectedInWords, smallerInWords } from '../../src/reading/expected';

const expected: Expected[] = [
  { preset: 'distances', images: 20, seconds: 118, bytes: 1.13e9 },
  { preset: 'distances', images: 100, seconds: 620, bytes: 1.26e9 },
  { preset: 'quick', images: 100, seconds: 7300, bytes: 1.26e9 },
];

describe('what a run is expected to take', () => {
  it('is a time and a memory of which only the size is known', () => {
    assert.equal(expectedInWords({ seconds: 4, bytes: 234_567_890 }), '10 seconds, 230 MB of memory');
    assert.equal(expectedInWords({ seconds: 5340, bytes: 1_160_000_000 }), '89 minutes, 1.2 GB of memory');
  });

  it('is said of the run that was asked for, with all that is smaller', () => {
    assert.equal(
      smallerInWords(expected, 'quick', 100),
      '100 images at this preset take about 2 hours, 1.3 GB of memory on this machine. ' +
        'Less: --preset distances --limit 20 about 2 minutes, --preset distances about 10 minutes.',
    );
    assert.ok(!smallerInWords(expected, 'distances', 20).includes('Less'));
  });
});
