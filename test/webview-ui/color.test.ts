import assert from 'node:assert/strict';

import { contrast, over, readable } from '../../webview-ui/parts/color';

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
