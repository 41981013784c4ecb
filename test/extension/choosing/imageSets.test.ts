import '../../support/vscode';

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { openImages } from '../../../src/analysis/images/dataset';
import { ImageCounter, imagesInWords } from '../../../src/extension/choosing/imageSets';
import { commonFolder } from '../../../src/extension/files/imageFiles';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the images that a folder is offered with', () => {
  const folder = temporaryFolder();
  before(() => {
    for (const file of [
      'a.png',
      'b.JPG',
      'notes.txt',
      'cats/1.png',
      'cats/deep/2.png',
      'dogs/3.webp',
      '.hidden/4.png',
    ]) {
      mkdirSync(path.dirname(path.join(folder(), file)), { recursive: true });
      writeFileSync(path.join(folder(), file), '');
    }
    mkdirSync(path.join(folder(), 'folder.png'));
    symlinkSync(path.join(folder(), 'dogs'), path.join(folder(), 'linked'));
    symlinkSync(folder(), path.join(folder(), 'cats', 'loop'));
  });

  it('are as many as the engine takes of it, at all depths, with links and without what is hidden', async () => {
    for (const name of ['', 'cats', 'dogs', 'linked']) {
      const root = path.join(folder(), name);
      const { own, below } = await new ImageCounter().of(root);
      const { items } = await openImages([root], { seed: 0 });
      assert.equal(own + below, items.length, name);
    }
  });

  it('are said with those of sub-folders, and how many of them are taken', () => {
    assert.equal(
      imagesInWords({ own: 180, below: 802, folders: 4 }, 100),
      '982 images, 802 images in 4 sub-folders, of which 100 are taken',
    );
    assert.equal(imagesInWords({ own: 0, below: 50, folders: 10 }, 100), '50 images in 10 sub-folders');
    assert.equal(imagesInWords({ own: 1, below: 0, folders: 0 }, 0), '1 image');
  });

  it('have the folder itself as theirs where the folder is given', () => {
    assert.equal(commonFolder(['/photos/set']), '/photos/set');
    assert.equal(commonFolder(['/photos/a.png', '/photos/set']), '/photos');
  });
});
