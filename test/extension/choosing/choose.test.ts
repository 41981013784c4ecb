import '../../support/vscode';

import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { chooseFile, Remembered } from '../../../src/extension/choosing/choose';
import { chooseModel } from '../../../src/extension/choosing/chooseModel';
import { JobFailure } from '../../../src/extension/engine/jobFailure';
import { Inspections } from '../../../src/extension/models/inspections';
import { sampleInspection } from '../../support/modelPages';
import { within } from '../../support/processes';
import { temporaryFolder } from '../../support/temporaryFolder';
import { FakeMemento, questions, workspaceFiles } from '../../support/vscode';

describe('the lists of files to choose', () => {
  const folder = temporaryFolder();
  const inFolder = (name: string): string => path.join(folder(), name);
  let remembered: Remembered;

  beforeEach(() => {
    remembered = new Remembered(new FakeMemento());
    for (const list of [questions, workspaceFiles]) list.length = 0;
  });

  /** The labels of a list, in their order, once it is there; then that one is chosen. */
  const offered = async (choice: Promise<unknown>, chosen?: string): Promise<string[]> => {
    await within('the list', () => questions.length > 0);
    const { offered: entries, choose } = questions[0];
    choose(entries.find((entry) => entry.startsWith(`${chosen},`)));
    await choice;
    questions.length = 0;
    return entries.map((entry) => entry.split(',')[0]);
  };

  it('have what is no file behind the first, the last choice where there is one, and in sight', async () => {
    const names = ['a', 'b', 'c'];
    for (const name of names) writeFileSync(inFolder(name), '');
    const choice = { remembered, keys: ['clean'], title: 'Images', placeHolder: '', otherLabel: 'Browse' };
    const ask = (all: string[]): Promise<unknown> => {
      const files = Promise.resolve(all.map((name) => ({ file: inFolder(name) })));
      return chooseFile(files, choice, {}, [{ label: 'Without' }]);
    };
    assert.deepEqual(await offered(ask(names), 'c'), ['a', 'Browse', 'Without', 'b', 'c']);
    assert.deepEqual(await offered(ask(names)), ['c', 'Browse', 'Without', 'a', 'b']);
    remembered = new Remembered(new FakeMemento());
    assert.deepEqual(await offered(chooseFile(Promise.resolve([]), { ...choice, remembered }, {})), ['Browse']);
  });

  it('ask the engine of one model at a time, and of none once the list is there', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `net-${String(i).padStart(2, '0')}.onnx`);
    for (const name of names) cpSync('samples/relu/lenet-mnist.onnx', inFolder(name));
    workspaceFiles.push(...names.map(inFolder), inFolder('notes.txt'));
    let [asked, open, most] = [0, 0, 0];
    const inspections = new Inspections({
      inspect: async (file) => {
        asked++;
        most = Math.max(most, ++open);
        await sleep(60);
        open--;
        if (file.endsWith('net-01.onnx')) throw new JobFailure({ code: 'model-unreadable', message: 'no model' });
        return sampleInspection();
      },
    });
    const shown = await offered(chooseModel({ remembered, inspections }, 'Model'));
    assert.equal(shown.length, names.length);
    assert.deepEqual(shown.slice(0, 3), ['net-00.onnx', 'Browse for a model file…', 'net-02.onnx']);
    assert.equal(most, 1);
    const before = asked;
    assert.ok(before < names.length);
    await sleep(200);
    assert.equal(asked, before);
  });
});
