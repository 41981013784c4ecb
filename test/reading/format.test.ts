import assert from 'node:assert/strict';

import { count, duration, number, percent, roughDuration, signed, significant } from '../../src/reading/format';

describe('numbers on the page', () => {
  it('have three significant digits, a true minus sign and powers of ten as superscripts', () => {
    assert.equal(number(0.123456), '0.123');
    assert.equal(number(-1234.5), '−1230');
    assert.equal(number(-0.00001234), '−1.23 × 10⁻⁵');
    assert.equal(number(1.5e9 + 0.5), '1.5 × 10⁹');
  });

  it('lose trailing zeros in prose and keep them in columns', () => {
    assert.equal(number(0.5), '0.5');
    assert.equal(significant(0.5), '0.500');
    assert.equal(number(0.0001), '1 × 10⁻⁴');
    assert.equal(significant(0.0001), '1.00 × 10⁻⁴');
    assert.equal(number(100.04), '100');
  });

  it('are whole where they count something', () => {
    assert.equal(number(25_557_032), '25,557,032');
    assert.equal(count(1, 'image'), '1 image');
    assert.equal(count(12_000, 'image'), '12,000 images', 'as in the notes that reports hold');
    assert.equal(count(2, 'forward pass', 'forward passes'), '2 forward passes');
  });

  it('keep a digit of a small share, which is not 0', () => {
    assert.deepEqual(
      [0.00013, 0.0004, -0.0004, 0, 0.001].map((share) => percent(share)),
      ['0.01 %', '0.04 %', '−0.04 %', '0 %', '0.1 %'],
    );
    assert.equal(percent(0.00013, 2), '0.01 %');
    assert.equal(percent(0.003, 0), '0.3 %');
  });

  it('say with a dash that a quantity does not exist', () => {
    assert.equal(number(null), '–');
    assert.equal(percent(undefined), '–');
  });

  it('carry their sign where the sign is the news', () => {
    assert.equal(signed(0.2), '+0.2');
    assert.equal(signed(-0.2), '−0.2');
    assert.equal(signed(0), '0');
  });

  it('say only the size of durations that are expected', () => {
    assert.deepEqual([4, 44, 600, 7300, 4 * 86400].map(roughDuration), [
      '10 seconds',
      '40 seconds',
      '10 minutes',
      '2 hours',
      '4 days',
    ]);
  });

  it('say durations as people do', () => {
    assert.equal(duration(1_240), '1.2 s');
    assert.equal(duration(83_400), '1 min 23 s');
    assert.equal(duration(2 * 3_600_000 + 5 * 60_000), '2 h 5 min');
  });
});
