import assert from 'node:assert/strict';

import { decodeImage } from '../../../src/analysis/images/decode';
import { resampled } from '../../../src/analysis/images/resample';
import { assertClose } from '../../support/assertClose';
import { expected, fixtures, sha256 } from './expected';

describe('a resampled image', () => {
  for (const { size, interpolation, sha256: pillow } of expected.resized) {
    it(`of ${size.join(' × ')}, ${interpolation}, equals Pillow's to the last bit`, async () => {
      const image = resampled(await decodeImage(`${fixtures}/formats/colour.png`), ...size, interpolation);
      assert.equal(sha256(image.data), pillow);
    });
  }

  it('of floats is what the bytes give before they are rounded', async () => {
    const image = await decodeImage(`${fixtures}/formats/colour.png`);
    const floats = resampled({ ...image, data: Float32Array.from(image.data) }, 20, 30, 'bilinear');
    assert.ok(floats.data instanceof Float32Array);
    // Each of the two passes over bytes rounds by at most a half.
    assertClose(resampled(image, 20, 30, 'bilinear').data, floats.data, { rtol: 0, atol: 1.001 });
  });

  it('of a linear ramp is a linear ramp away from the edges', () => {
    const data = Float32Array.from({ length: 40 }, (_, i) => 3 * i);
    const { data: ramp } = resampled({ height: 1, width: 40, channels: 1, data }, 1, 20, 'bicubic');
    const inner = Array.from({ length: 16 }, (_, i) => i + 2);
    assertClose(
      inner.map((i) => ramp[i]),
      inner.map((i) => 3 * (2 * i + 0.5)),
      { rtol: 1e-6 },
    );
  });

  it('that already has the size is the image itself', async () => {
    const image = await decodeImage(`${fixtures}/formats/colour.png`);
    assert.equal(resampled(image, 37, 53, 'lanczos'), image);
  });
});
