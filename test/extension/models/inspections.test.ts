import '../../support/vscode';

import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { Engine } from '../../../src/extension/engine/engine';
import { versionOf } from '../../../src/extension/files/modelFiles';
import { Inspections } from '../../../src/extension/models/inspections';
import { History } from '../../../src/extension/runs/history';
import { exportCode } from '../../../src/reading/model';
import { keptRun, silent } from '../../support/editorRuns';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('inspections for the editor', () => {
  const folder = temporaryFolder();
  const engine = new Engine({ modulePath: path.resolve('dist/engine.js'), log: () => undefined });
  let asked = 0;
  const inspections = new Inspections({
    inspect: (model) => {
      asked++;
      return engine.inspect(model);
    },
  });
  const file = (): string => path.join(folder(), 'net.onnx');
  before(() => {
    cpSync('samples/relu', folder(), { recursive: true });
    cpSync('samples/relu/lenet-mnist.onnx', file());
  });
  after(() => {
    engine.dispose();
  });

  it('ask the engine once while nothing changes, and again when the file or its side file does', async () => {
    const { inspection } = await inspections.of(file());
    assert.equal(inspection?.parameters, 61706);
    assert.deepEqual(inspection.classNames, Array.from('0123456789'));
    await inspections.of(file());
    assert.equal(asked, 1);
    writeFileSync(path.join(folder(), 'boundary-lens.json'), JSON.stringify({ classes: Array.from('abcdefghij') }));
    assert.deepEqual((await inspections.of(file())).inspection?.classNames, Array.from('abcdefghij'));
    utimesSync(file(), new Date(0), new Date(0));
    await inspections.of(file());
    assert.equal(asked, 3);
  });

  it('ask again when a list of classes is changed in place, beside the file or above a folder of networks', async () => {
    const networks = path.join(folder(), 'exported', 'onnx');
    mkdirSync(networks, { recursive: true });
    cpSync('samples/relu/lenet-mnist.onnx', path.join(networks, 'model.onnx'));
    for (const list of [path.join(networks, '..', 'labels.txt'), path.join(networks, 'classes.txt')]) {
      for (const letters of ['ABCDEFGHIJ', 'KLMNOPQRST']) {
        writeFileSync(list, Array.from(letters).join('\n'));
        const { inspection } = await inspections.of(path.join(networks, 'model.onnx'));
        assert.deepEqual(inspection?.classNames, Array.from(letters), `${list}: ${letters}`);
      }
    }
  });

  it('say why a file is refused, with the lines that export it', async () => {
    const pickle = path.join(folder(), 'best.pt');
    writeFileSync(pickle, Buffer.from('\x80\x02}q\x00.', 'latin1'));
    const { failure } = await inspections.of(pickle);
    assert.equal(failure?.code, 'model-unreadable');
    assert.match(exportCode(failure.message) ?? '', /^import torch\n.*\n.*best\.pt/);
    rmSync(pickle);
  });

  it('do not keep who asks waiting: what comes too late is there the next time', async () => {
    let answer = (): void => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const slow = new Inspections({ inspect: (model) => late.then(() => engine.inspect(model)) });
    assert.equal(await slow.within(file(), 0), undefined);
    answer();
    assert.ok((await slow.of(file())).inspection);
    assert.ok((await slow.within(file(), 60_000))?.inspection);
  });

  it('have results beside them that know whether the file has changed since', async () => {
    const history = new History(vscode.Uri.file(path.join(folder(), 'kept')), () => 1e9, silent);
    const version = (await versionOf(file())) ?? null;
    const models = [{ path: file(), version }];
    await history.keep(keptRun({ models }), sampleReport({ images: 20 }));
    const [found] = await history.of(file());
    assert.deepEqual([found.id, found.title, found.at, found.changed], ['a', 'Boundary: lenet.onnx', 1, false]);
    assert.equal(found.headlines[0], '20 images');
    appendFileSync(file(), 'x');
    assert.equal((await history.of(file()))[0]?.changed, true);
    assert.deepEqual(await history.of('/other.onnx'), []);
  });
});
