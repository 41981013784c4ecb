import '../../support/vscode';

import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';

import type * as vscode from 'vscode';

import { registerEngineCommands } from '../../../src/extension/commands/engine';
import { Log } from '../../../src/extension/log';
import { clipboard, commands, opened, questions } from '../../support/vscode';

describe('Report Issue', () => {
  const channel = { error: () => undefined } as unknown as vscode.LogOutputChannel;
  const report = async (packageJSON: object, log = new Log(channel)): Promise<string> => {
    const context = { extension: { packageJSON } } as unknown as vscode.ExtensionContext;
    const engine = { restart: () => undefined, listBackends: () => Promise.reject(new Error('nobody asks')) };
    const registered = registerEngineCommands({ context, engine, log });
    await commands.get('boundaryLens.reportIssue')?.();
    registered.dispose();
    return questions.at(-1)?.text ?? '';
  };

  beforeEach(() => {
    opened.length = 0;
  });

  it('has versions and the last error of all, without the user’s folders', async () => {
    const log = new Log(channel);
    log.error('an earlier one');
    log.error(`${path.join(homedir(), 'secret project', 'net.onnx')} and /srv/data/private/a.png cannot be read`);
    await report({ version: '7.8.9' }, log);
    assert.match(clipboard.text, /^Boundary Lens 7\.8\.9\nVS Code \d/);
    assert.match(clipboard.text, /a\.png cannot be read$/);
    assert.ok(!/an earlier one|private/.test(clipboard.text), clipboard.text);
    assert.ok(!clipboard.text.includes(homedir()));
  });

  it('opens the page where faults are reported, and says what to do where there is none', async () => {
    const bugs = { url: 'https://example.com/issues' };
    assert.match(await report({ version: '1.0.0', bugs }), /pasted where the browser opens/);
    assert.deepEqual(opened, [bugs.url]);
    for (const none of [undefined, { url: 'file:///etc/passwd' }]) {
      assert.match(await report({ version: '1.0.0', bugs: none }), /on the clipboard, .*paste them into a message to/);
    }
    assert.equal(opened.length, 1);
  });
});
