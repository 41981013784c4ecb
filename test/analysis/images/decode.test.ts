import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import sharp from 'sharp';

import { decodeImage } from '../../../src/analysis/images/decode';
import { withChannels } from '../../../src/analysis/images/pixels';
import { analysisError } from '../../support/analysisError';
import { temporaryFolder } from '../../support/temporaryFolder';
import { expected, fixtures, sha256 } from './expected';

const colour = `${fixtures}/formats/colour.png`;

describe('a decoded image', () => {
  const folder = temporaryFolder();

  for (const [name, { size, rgb, grey }] of Object.entries(expected.decoded)) {
    it(`has the pixels that Pillow sees in ${name}, in RGB and in grey`, async () => {
      const image = await decodeImage(`${fixtures}/formats/${name}`);
      assert.deepEqual([image.height, image.width], size);
      assert.equal(sha256(withChannels(image, 3).data), rgb);
      assert.equal(sha256(withChannels(image, 1).data), grey);
    });
  }

  it('of 16 bits has every value divided by 257, unrounded', async () => {
    const { data, channels, height, width } = await decodeImage(`${fixtures}/formats/16-bit.png`);
    assert.deepEqual([height, width, channels], [37, 53, 1]);
    const values = Float32Array.from({ length: 37 * 53 }, (_, i) => ((i * 33) % 65536) / 257);
    assert.deepEqual(data, values);
  });

  it('is the same from a path with spaces and beyond ASCII as from bytes', async () => {
    const path = join(folder(), 'eine Zahl 数.PNG');
    writeFileSync(path, readFileSync(colour));
    assert.deepEqual(await decodeImage(path), await decodeImage(readFileSync(colour)));
  });

  it('of 16- and 32-bit bitmaps follows their colour masks', async () => {
    const bitmap = Buffer.alloc(14 + 40 + 12 + 8);
    bitmap.write('BM', 'latin1');
    bitmap.writeUInt32LE(66, 10);
    bitmap.writeUInt32LE(40, 14);
    bitmap.writeInt32LE(2, 18);
    bitmap.writeInt32LE(-2, 22);
    bitmap.writeUInt16LE(16, 28);
    bitmap.writeUInt32LE(3, 30);
    [0xf800, 0x07e0, 0x001f].forEach((mask, i) => bitmap.writeUInt32LE(mask, 54 + 4 * i));
    [0xf800, 0x07e0, 0x001f, 0xffff].forEach((value, i) => bitmap.writeUInt16LE(value, 66 + 2 * i));
    const { data } = await decodeImage(bitmap);
    assert.deepEqual([...data], [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
  });

  it('that does not exist, is empty, damaged or something else is refused by name', async () => {
    const bytes = readFileSync(colour);
    const cases: [string, Buffer][] = [
      ['empty.png', Buffer.alloc(0)],
      ['truncated.png', bytes.subarray(0, bytes.length / 2)],
      ['truncated.jpg', readFileSync(`${fixtures}/formats/photo.jpg`).subarray(0, 900)],
      ['truncated.bmp', readFileSync(`${fixtures}/formats/colour.bmp`).subarray(0, 900)],
      ['header.bmp', Buffer.from('BM and then nothing', 'latin1')],
      ['text.png', Buffer.from('this is no image')],
      ['drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
      ['header.png', bytes.subarray(0, 20)],
    ];
    for (const [name, content] of cases) {
      writeFileSync(join(folder(), name), content);
      await assert.rejects(
        decodeImage(join(folder(), name)),
        analysisError('invalid-input', new RegExp(name.replace('.', '\\.'))),
        name,
      );
    }
    for (const name of ['truncated.png', 'truncated.jpg', 'header.png']) {
      const words = /: the image cannot be (read|decoded): the file is damaged or cut off$/;
      await assert.rejects(decodeImage(join(folder(), name)), analysisError('invalid-input', words), name);
    }
    await assert.rejects(decodeImage(join(folder(), 'none.png')), analysisError('invalid-input', /none\.png/));
  });

  it('with more pixels than allowed is refused from its header', async () => {
    await assert.rejects(
      decodeImage(colour, { maxPixels: 1960 }),
      analysisError('limit-exceeded', /at most 0.00196 million pixels, got 53 × 37/),
    );
    const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    // Another width and height, and the checksum of the header that goes with them.
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await assert.rejects(decodeImage(png, { name: 'bomb.png' }), analysisError('limit-exceeded', /bomb\.png.*100000/));
    const bmp = Buffer.from(readFileSync(`${fixtures}/formats/colour.bmp`));
    bmp.writeInt32LE(2 ** 30, 18);
    await assert.rejects(decodeImage(bmp), analysisError('limit-exceeded', /50 million pixels/));
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
