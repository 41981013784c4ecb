import assert from 'node:assert/strict';
import path from 'node:path';

import { contributes } from '../../package.json';
import { isImage } from '../../src/extension/files/imageFiles';
import { hasPage, isModel } from '../../src/extension/files/modelFiles';

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when: string;
}

/** What a `when` clause's conditions on the resource say of a file of this name; folders by `explorerResourceIsFolder`. */
function offeredFor(when: string, name: string): boolean {
  const matches = (key: string, value: string): boolean =>
    [...when.matchAll(new RegExp(`${key} =~ /(.+?)/(\\w*)(?= |\\)|$)`, 'g'))].some(([, source = '', flags = '']) =>
      new RegExp(source, flags).test(value),
    );
  return matches('resourceExtname', path.extname(name)) || matches('resourceFilename', name);
}

/** Every way to write a word in small and capital letters. */
function letterCases(word: string): string[] {
  return Array.from(word).reduce<string[]>(
    (made, letter) =>
      made.flatMap((start) => [...new Set([letter.toLowerCase(), letter.toUpperCase()])].map((next) => start + next)),
    [''],
  );
}

const menus: Readonly<Record<string, readonly MenuItem[]>> = contributes.menus;
/** Everything that depends on the name of the file: not the palette, and not what folders have. */
const onFiles = Object.entries(menus)
  .filter(([menu]) => menu.includes('/'))
  .flatMap(([, entries]) => entries)
  .filter(({ submenu }) => submenu === undefined);
const items = (command: string): MenuItem[] => onFiles.filter((item) => item.command === command);

describe('the context menus', () => {
  it('offer Check Perturbation in the Explorer and on tabs', () => {
    for (const menu of ['explorer/context', 'editor/title/context']) {
      assert.equal(menus[menu].filter(({ command }) => command === 'boundaryLens.checkPerturbation').length, 1, menu);
    }
  });

  for (const extension of ['.png', '.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.tif', '.tiff']) {
    it(`offer Check Perturbation for ${extension} in all letter cases, as the command takes it`, () => {
      for (const written of letterCases(extension)) {
        assert.ok(isImage(`photo${written}`), written);
        for (const { when } of items('boundaryLens.checkPerturbation')) {
          assert.ok(offeredFor(when, `photo${written}`), written);
        }
      }
    });
  }

  it('offer nothing for other files', () => {
    for (const name of [
      'a',
      'a.txt',
      'a.py',
      'a.json',
      'a.npy',
      'a.pngx',
      'a.xpng',
      'a.svg',
      'a.pb',
      'my-model.json',
    ]) {
      for (const { command, when } of onFiles) {
        assert.equal(offeredFor(when, name), false, `${command ?? ''} for ${name}`);
      }
    }
  });

  it('offer the page and the analysis for every model file in all letter cases, as the commands take it', () => {
    const endings = ['.onnx', '.keras', '.h5', '.hdf5', '.pt2'].flatMap(letterCases);
    for (const name of [...endings.map((ending) => `net${ending}`), 'model.json', 'saved_model.pb', 'Model.JSON']) {
      assert.ok(isModel(`/somewhere/${name}`), name);
      for (const command of ['inspect', 'analyze']) {
        for (const { when } of items(`boundaryLens.${command}`)) {
          assert.ok(offeredFor(when, name), `${command} ${name}`);
        }
      }
    }
  });

  it('offer the page alone for pickles of PyTorch, which says how they become models', () => {
    for (const name of ['best.pt', 'best.PTH']) {
      assert.ok(hasPage(name));
      assert.ok(items('boundaryLens.inspect').every(({ when }) => offeredFor(when, name)));
      assert.ok(items('boundaryLens.analyze').every(({ when }) => !offeredFor(when, name)));
    }
  });

  it('have one entry on folders, and all that is done with a folder under it', () => {
    const onFolders = menus['explorer/context'].filter(({ when }) => /(?<!!)explorerResourceIsFolder/.test(when));
    assert.deepEqual(
      onFolders.map(({ submenu }) => submenu),
      ['boundaryLens.folder'],
    );
    const commands = menus['boundaryLens.folder'].map(({ command }) => command?.split('.')[1]);
    assert.deepEqual(commands, ['inspect', 'analyze', 'analyzeFolder', 'checkPerturbation']);
  });

  it('depend on nothing that exists only after activation', () => {
    const known = /^(resource\w+|explorerResourceIsFolder|list\w+)$/;
    const entries = Object.entries(menus).filter(([menu]) => menu !== 'commandPalette');
    for (const { when } of entries.flatMap(([, all]) => all)) {
      const keys = when.replace(/=~ \/.+?\/\w*(?= |\)|$)/g, '').match(/\w+/g) ?? [];
      assert.deepEqual(
        keys.filter((key) => !known.test(key)),
        [],
        when,
      );
    }
  });

  it('are there for local and for remote workspaces', () => {
    for (const { when } of Object.entries(menus).flatMap(([menu, all]) => (menu === 'commandPalette' ? [] : all))) {
      assert.ok(when.startsWith('resourceScheme =~ /^(file|vscode-remote)$/'), when);
    }
  });

  it('can be searched in the palette by the words of the trade', () => {
    const titles = contributes.commands.map(({ title }) => title.toLowerCase()).join('\n');
    for (const word of ['adversarial', 'robustness', 'onnx', 'keras', 'savedmodel', 'perturbation']) {
      assert.ok(titles.includes(word), word);
    }
  });
});
