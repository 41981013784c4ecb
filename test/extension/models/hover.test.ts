import '../../support/vscode';

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { candidates, modelNamedIn } from '../../../src/extension/files/paths';
import { escaped, hoverText } from '../../../src/extension/models/hover';
import { literalAt, literalsIn } from '../../../src/extension/models/literals';
import { literal } from '../../../src/reading/format';
import { hostileNames } from '../../support/hostileNames';
import { temporaryFolder } from '../../support/temporaryFolder';

const texts = (language: string, line: string): string[] => literalsIn(language, line).map(({ text }) => text);

describe('string literals', () => {
  const cases: readonly (readonly [language: string, line: string, expected: readonly string[]])[] = [
    ['python', `open("a b/ñ 図.onnx", 'x.h5')`, ['a b/ñ 図.onnx', 'x.h5']],
    ['python', String.raw`p = r"C:\models\net.onnx"`, [String.raw`C:\models\net.onnx`]],
    ['python', String.raw`p = "C:\\models\\net.onnx"`, [String.raw`C:\models\net.onnx`]],
    ['python', `f"net.onnx" + F'{name}.onnx' + f"{{a}}.onnx"`, ['net.onnx', '{a}.onnx']],
    ['python', `b"net.onnx"  # "comment.onnx"`, []],
    ['python', `"""net.onnx""" + 'it\\'s.onnx'`, ['net.onnx', `it's.onnx`]],
    ['python', String.raw`"caf\u00e9\x21.onnx"`, ['café!.onnx']],
    ['typescript', "load(`net.onnx`, `${dir}/net.onnx`) // 'comment.onnx'", ['net.onnx']],
    ['javascript', `load('a.onnx'); load("b.onnx")`, ['a.onnx', 'b.onnx']],
    ['javascript', `<p>don't</p>; load("net.onnx")`, ['net.onnx']],
    ['json', String.raw`{"model": "m\u00f6/net.onnx", "n": 1}`, ['model', 'mö/net.onnx', 'n']],
    ['yaml', 'model: runs/1/net one.onnx', ['runs/1/net one.onnx']],
    ['yaml', 'model: net.onnx  # the best', ['net.onnx']],
    ['yaml', '  - runs/1/net.onnx', ['runs/1/net.onnx']],
    ['yaml', `model: 'it''s.onnx'  # 'comment.onnx'`, [`it's.onnx`]],
    ['rust', `"net.onnx"`, []],
  ];
  for (const [language, line, expected] of cases) {
    it(`of ${language} in ${line}`, () => {
      assert.deepEqual(texts(language, line), expected);
    });
  }

  it('are found at their places, quotes included', () => {
    const line = `x = load("a.onnx", "b.onnx")`;
    assert.deepEqual(literalAt('python', line, line.indexOf('b.')), { text: 'b.onnx', start: 19, end: 27 });
    assert.equal(literalAt('python', line, 1), undefined);
  });

  it('of a line of a million characters are found in little time, whatever is in it', () => {
    const parts = ['"abc", ', '\\"', 'a: ', '- ', '"""\\', `'"`, ' #', ' ', 'bf', "''"];
    for (const language of ['python', 'typescript', 'json', 'yaml']) {
      for (const part of parts) {
        const line = `${part.repeat(1_000_000 / part.length)}"net.onnx`;
        // The processor's time: that of a clock is others' too.
        const start = process.cpuUsage();
        literalAt(language, line, 900_000);
        const { user, system } = process.cpuUsage(start);
        const took = (user + system) / 1000;
        assert.ok(took < 2000, `${JSON.stringify(part)} in ${language} took ${took} ms`);
      }
    }
  });
});

describe('paths in documents', () => {
  const folder = temporaryFolder();

  it('are looked for from the document, then from the workspace, and never on a network', () => {
    const folders = ['/doc', '/code'];
    assert.deepEqual(candidates('a/net.onnx', folders), ['/doc/a/net.onnx', '/code/a/net.onnx']);
    assert.deepEqual(candidates('/abs/net.onnx', folders), ['/abs/net.onnx']);
    for (const text of [
      '//host/net.onnx',
      String.raw`\\host\net.onnx`,
      'https://h/net.onnx',
      's3://b/net.onnx',
      '',
      '\0',
    ]) {
      assert.deepEqual(candidates(text, folders), [], text);
    }
  });

  it('name files of models and folders of SavedModels that are there, and nothing else', async () => {
    const document = vscode.Uri.file(path.join(folder(), 'train ñ.py'));
    mkdirSync(path.join(folder(), 'saved'));
    const files = ['net one.onnx', 'notes.txt', path.join('saved', 'saved_model.pb')].map((name) => {
      const file = path.join(folder(), name);
      writeFileSync(file, 'x');
      return file;
    });
    const named = (text: string): Promise<string | undefined> => modelNamedIn(document, text);
    assert.equal(await named('net one.onnx'), files[0]);
    assert.equal(await named('./net one.onnx'), files[0]);
    assert.equal(await named('saved'), files[2]);
    for (const text of ['notes.txt', 'gone.onnx', 'net one', '']) assert.equal(await named(text), undefined, text);
  });
});

describe('a hover', () => {
  it('shows hostile names letter by letter', () => {
    for (const name of hostileNames) {
      const markdown = escaped(literal(name));
      // Nothing is left that Markdown, HTML or an address is made of, and it says the same.
      assert.match(markdown, /^(?:[\p{L}\p{M}\p{N} ]|&#\d+;)*$/u);
      const decoded = markdown.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
      assert.equal(decoded, literal(name));
      assert.ok(!/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069\u200b]/u.test(decoded), JSON.stringify(decoded));
    }
  });

  it('trusts our commands alone, and their argument is the file whatever it is called', () => {
    for (const name of hostileNames) {
      const file = `/m/${name}.onnx`;
      const { value, isTrusted } = hoverText(file, ['a line']);
      assert.deepEqual(isTrusted, {
        enabledCommands: ['boundaryLens.inspect', 'boundaryLens.analyze', 'boundaryLens.compare'],
      });
      const links = [...value.matchAll(/\]\(command:([\w.]+)\?([\w%.-]+)\)/g)];
      assert.equal(links.length, 3);
      for (const [, , argument = ''] of links) assert.deepEqual(JSON.parse(decodeURIComponent(argument)), [file]);
    }
  });
});
