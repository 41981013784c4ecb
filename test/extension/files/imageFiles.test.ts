import assert from 'node:assert/strict';
import path from 'node:path';

import { commonFolder, imageCandidates, upwards } from '../../../src/extension/files/imageFiles';

const file = (...parts: string[]): string => path.resolve(path.sep, ...parts);

describe('the file behind an image of a report', () => {
  it('lies in the folder that was given, under its name', () => {
    assert.deepEqual(imageCandidates([file('photos')], '7/a.png'), [file('photos', '7', 'a.png')]);
  });

  it('is the file itself where files were given', () => {
    const given = [file('photos', 'a.png'), file('photos', 'b.png')];
    assert.equal(imageCandidates(given, 'b.png')[0], given[1]);
  });

  it('is found below the common folder where two files have one name', () => {
    const given = [file('photos', '0', 'a.png'), file('photos', '1', 'a.png')];
    assert.deepEqual(imageCandidates(given, '1/a.png'), [given[1]]);
  });

  it('is found below the common folder where two folders hold files of one name', () => {
    const candidates = imageCandidates([file('photos', 'old'), file('photos', 'new')], 'new/a.png');
    assert.ok(candidates.includes(file('photos', 'new', 'a.png')));
  });

  it('does not exist for a row of an array', () => {
    assert.deepEqual(imageCandidates([file('digits.npz')], 'digits.npz[3]'), []);
  });
});

describe('the folder of images', () => {
  it('is the deepest that holds them all', () => {
    assert.equal(commonFolder([file('photos', '0', 'a.png')]), file('photos', '0'));
    assert.equal(commonFolder([file('photos', '0', 'a.png'), file('photos', '1', 'b.png')]), file('photos'));
    assert.equal(commonFolder([file('photos', 'a.png'), file('photos2', 'b.png')]), file());
  });

  it('hands its model down to the folders below', () => {
    assert.deepEqual(upwards(file('photos', '0')), [file('photos', '0'), file('photos'), file()]);
  });
});
