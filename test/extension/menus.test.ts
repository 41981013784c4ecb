import assert from 'node:assert/strict';

import { contributes } from '../../package.json';
import { isImage } from '../../src/extension/imageFiles';

interface MenuItem {
  readonly command: string;
  readonly when: string;
}

/** Whether a `when` clause's condition on the file's extension holds, as VS Code reads it. */
function offeredFor(when: string, extension: string): boolean {
  const [, source = '', flags = ''] = /resourceExtname =~ \/(.+?)\/(\w*)/.exec(when) ?? [];
  assert.notEqual(source, '', when);
  return new RegExp(source, flags).test(extension);
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
const items = (command: string): MenuItem[] =>
  Object.values(menus)
    .flat()
    .filter((item) => item.command === command);

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
        for (const { when } of items('boundaryLens.checkPerturbation')) assert.ok(offeredFor(when, written), written);
      }
    });
  }

  it('offer nothing for other files', () => {
    for (const extension of ['', '.txt', '.py', '.json', '.npy', '.pngx', '.xpng', '.svg', '.pt']) {
      for (const { command, when } of Object.values(menus).flat()) {
        assert.equal(offeredFor(when, extension), false, `${command} for ${extension}`);
      }
    }
  });

  it('offer the analysis for every model file in all letter cases', () => {
    for (const extension of ['.onnx', '.keras', '.h5', '.hdf5']) {
      for (const written of letterCases(extension)) {
        for (const { when } of items('boundaryLens.analyze')) assert.ok(offeredFor(when, written), written);
      }
    }
  });

  it('depend on nothing that exists only after activation', () => {
    const known = /^(resource\w+|explorerResourceIsFolder|list\w+)$/;
    for (const { when } of Object.values(menus).flat()) {
      const keys = when.replace(/=~ \/.+?\/\w*/g, '').match(/\w+/g) ?? [];
      assert.deepEqual(
        keys.filter((key) => !known.test(key)),
        [],
        when,
      );
    }
  });

  it('are there for local and for remote workspaces', () => {
    for (const { when } of Object.values(menus).flat()) {
      assert.ok(when.startsWith('resourceScheme =~ /^(file|vscode-remote)$/ && '), when);
    }
  });
});
