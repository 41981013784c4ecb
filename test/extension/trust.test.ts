import '../support/vscode';

import assert from 'node:assert/strict';
import { appendFileSync, cpSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { versionOf } from '../../src/extension/files/modelFiles';
import { ResultDecorations } from '../../src/extension/models/decorations';
import { ModelHover } from '../../src/extension/models/hover';
import { Inspections } from '../../src/extension/models/inspections';
import { History } from '../../src/extension/runs/history';
import { whenTrusted } from '../../src/extension/trust';
import { keptRun, silent, storageIn } from '../support/editorRuns';
import { sampleInspection } from '../support/modelPages';
import { within } from '../support/processes';
import { sampleReport } from '../support/sampleReport';
import { temporaryFolder } from '../support/temporaryFolder';
import { commandsRun, fileChanged, questions, trust, workspaceFolders } from '../support/vscode';

describe('what reads models and images', () => {
  const ran = (): Promise<true | undefined> => whenTrusted(() => Promise.resolve(true as const));
  beforeEach(() => {
    questions.length = 0;
  });
  afterEach(() => {
    trust(true);
    workspaceFolders.length = 0;
  });

  it('runs in trusted workspaces of one folder, of several, or of none', async () => {
    assert.equal(await ran(), true);
    workspaceFolders.push({ uri: { scheme: 'file' } });
    assert.equal(await ran(), true);
    workspaceFolders.push({ uri: { scheme: 'memfs' } });
    assert.equal(await ran(), true);
  });

  it('says why it does not run in Restricted Mode, and in workspaces that are not on a disk', async () => {
    trust(false);
    const asked = ran();
    assert.match(questions[0].text, /only in a trusted workspace/);
    questions[0].choose('Manage Workspace Trust');
    assert.equal(await asked, undefined);
    assert.equal(commandsRun.at(-1)?.name, 'workbench.trust.manage');
    trust(true);
    workspaceFolders.push({ uri: { scheme: 'vscode-vfs' } });
    assert.equal(await ran(), undefined);
    assert.match(questions[1].text, /needs files on disk; this workspace is virtual/);
  });
});

describe('badges and hovers', () => {
  const folder = temporaryFolder();
  const file = (): string => path.join(folder(), 'net.onnx');
  const line = 'load("net.onnx")';
  /** In whatever time zone. */
  const at = new Date(2026, 0, 15, 10, 12).getTime();
  let inspected: string[];
  let looked: string[];
  let history: History;

  /** Notes what it is asked to look at. */
  class WatchedHistory extends History {
    override of(model: string): ReturnType<History['of']> {
      looked.push(model);
      return super.of(model);
    }
  }

  const hovered = async (): Promise<string | undefined> => {
    const inspect = (model: string): Promise<ReturnType<typeof sampleInspection>> => {
      inspected.push(model);
      return Promise.resolve(sampleInspection());
    };
    const uri = vscode.Uri.file(path.join(folder(), 'train.py'));
    const document = { uri, languageId: 'python', lineAt: () => ({ text: line }) } as unknown as vscode.TextDocument;
    const position = { line: 0, character: 8 } as unknown as vscode.Position;
    const hover = await new ModelHover(new Inspections({ inspect }), history).provideHover(document, position);
    return hover && JSON.stringify(hover.contents);
  };
  const decorated = (name: string): Promise<vscode.FileDecoration | undefined> => {
    return new ResultDecorations(history).provideFileDecoration(vscode.Uri.file(path.join(folder(), name)));
  };

  beforeEach(async () => {
    [inspected, looked] = [[], []];
    history = new WatchedHistory(vscode.Uri.file(storageIn(folder())), () => 1e9, silent);
    for (const name of ['net.onnx', 'other.onnx']) cpSync('samples/relu/lenet-mnist.onnx', path.join(folder(), name));
    const models = [{ path: file(), version: (await versionOf(file())) ?? null }];
    await history.keep(keptRun({ at, models }), sampleReport({ images: 10 }));
    await history.keep(keptRun({ key: 'b', at: at + 1, models }));
  });
  afterEach(() => {
    trust(true);
  });

  it('are on models of which there are results, and tell the numbers and when they were found', async () => {
    const decoration = await decorated('net.onnx');
    assert.equal(decoration?.badge, 'BL');
    const tooltip = decoration.tooltip?.replaceAll('\u202f', ' ') ?? '';
    assert.match(tooltip, /^Boundary Lens: 10 images, .*, found Jan 15, 2026, 10:12 AM$/);
    assert.equal(await decorated('other.onnx'), undefined);
    assert.equal(await decorated('notes.txt'), undefined);
    assert.ok((await hovered())?.includes('Last results'));
    assert.deepEqual(inspected, [file()]);
  });

  it('are of another kind where the file has changed since, and are looked at again when it does', async () => {
    const decorations = new ResultDecorations(history);
    const again: unknown[] = [];
    decorations.onDidChangeFileDecorations((uri) => again.push(uri));
    const uri = vscode.Uri.file(file());
    assert.equal((await decorations.provideFileDecoration(uri))?.badge, 'BL');
    appendFileSync(file(), 'x');
    fileChanged(file());
    await within('the look', () => again.length > 0);
    assert.deepEqual(again, [uri]);
    const decoration = await decorations.provideFileDecoration(uri);
    assert.equal(decoration?.badge, 'B!');
    assert.match(decoration.tooltip ?? '', /the file has changed since$/);
    decorations.dispose();
  });

  it('are not there in Restricted Mode, and nothing is read for them', async () => {
    trust(false);
    assert.equal(await decorated('net.onnx'), undefined);
    assert.equal(await hovered(), undefined);
    assert.deepEqual({ inspected, looked }, { inspected: [], looked: [] });
  });

  it('are asked for again when something is found, and when the workspace is trusted', async () => {
    const decorations = new ResultDecorations(history);
    let changes = 0;
    decorations.onDidChangeFileDecorations(() => changes++);
    await history.keep(keptRun({ key: 'c' }));
    trust(true);
    assert.equal(changes, 2);
    decorations.dispose();
    trust(true);
    assert.equal(changes, 2);
  });
});
