import assert from 'node:assert/strict';

import { decodeImage } from '../../../src/analysis/images/decode';
import { thumbnail } from '../../../src/analysis/images/thumbnail';
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
