import assert from 'node:assert/strict';

import { contrast, over, readable } from '../../webview-ui/color';
import { count, duration, number, percent, signed, significant } from '../../webview-ui/format';

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
    assert.equal(number(25_557_032), '25 557 032');
    assert.equal(count(1, 'image'), 'one image');
    assert.equal(count(2, 'forward pass', 'forward passes'), '2 forward passes');
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

  it('say durations as people do', () => {
    assert.equal(duration(1_240), '1.2 s');
    assert.equal(duration(83_400), '1 min 23 s');
    assert.equal(duration(2 * 3_600_000 + 5 * 60_000), '2 h 5 min');
  });
});

describe('colours of a theme', () => {
  it('have the contrast of WCAG 2', () => {
    assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
    assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), '4.48');
  });

  it('move towards black on white and towards white on black until they stand out', () => {
    for (const background of [
      [255, 255, 255],
      [31, 31, 31],
      [0, 0, 0],
      [128, 128, 128],
    ] as const) {
      for (const color of [
        [204, 167, 0],
        [26, 133, 255],
        [128, 128, 128],
      ] as const) {
        const moved = readable(color, background, 4.5);
        assert.ok(contrast(moved, background) >= 4.5, `${moved.join()} on ${background.join()}`);
      }
    }
    assert.deepEqual(readable([200, 0, 0], [255, 255, 255], 3), [200, 0, 0], 'and stay where they do already');
  });

  it('lie over the background where they are translucent', () => {
    assert.deepEqual(over('rgba(255, 255, 255, 0.5)', [0, 0, 0]), [128, 128, 128]);
  });
});
