import assert from 'node:assert/strict';

import { decodeImage } from '../../../src/analysis/images/decode';
import { signedPicture, thumbnail } from '../../../src/analysis/images/thumbnail';
import { fixtures } from './expected';

const bytesOf = (uri: string) => Buffer.from(uri.replace('data:image/png;base64,', ''), 'base64');

describe('a thumbnail', () => {
  it('of a small image is the image, as a PNG data URI', async () => {
    const image = await decodeImage(`${fixtures}/formats/grey.png`);
    const uri = await thumbnail(image, 64);
    assert.match(uri, /^data:image\/png;base64,/);
    assert.deepEqual(await decodeImage(bytesOf(uri)), image);
  });

  it('of a larger image keeps its proportions within the size', async () => {
    const { height, width, channels } = await decodeImage(
      bytesOf(await thumbnail(await decodeImage(`${fixtures}/formats/16-bit.png`), 26)),
    );
    assert.deepEqual([height, width, channels], [18, 26, 1]);
  });
});

describe('a picture of signed values', () => {
  it('is grey at 0, white and black at plus and minus the largest value, in either layout', async () => {
    const pixels = async (values: number[], shape: number[], layout: 'nchw' | 'nhwc') => {
      const uri = await signedPicture(Float64Array.from(values), shape, layout);
      assert.ok(uri !== null);
      return decodeImage(bytesOf(uri));
    };
    const grey = await pixels([0, 2, -2, 1], [1, 2, 2], 'nchw');
    assert.deepEqual([grey.height, grey.width, grey.channels], [2, 2, 1]);
    assert.deepEqual([...grey.data], [128, 255, 0, 191]);
    const planes = await pixels([4, 0, 0, -4, 0, 4], [3, 1, 2], 'nchw');
    const interleaved = await pixels([4, 0, 0, 0, -4, 4], [1, 2, 3], 'nhwc');
    assert.deepEqual([...planes.data], [255, 128, 128, 128, 0, 255]);
    assert.deepEqual(interleaved, planes);
  });

  it('is mid-grey where all values are 0, and does not exist for inputs that are no images', async () => {
    const uri = await signedPicture(new Float64Array(4), [2, 2], 'nhwc');
    assert.deepEqual([...(await decodeImage(bytesOf(uri ?? ''))).data], [128, 128, 128, 128]);
    assert.equal(await signedPicture(new Float64Array(4), [4], 'flat'), null);
    assert.equal(await signedPicture(new Float64Array(20), [5, 2, 2], 'nchw'), null);
  });
});
