import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import { analysisError } from '../../support/analysisError';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the files of a model', () => {
  const folder = temporaryFolder();
  const written = (name: string, content: string): string => {
    const path = join(folder(), name);
    writeFileSync(path, content);
    return path;
  };

  it('are hashed one after another, and known by their size and the latest change', async () => {
    const files = await ModelFiles.open(written('model', 'one'));
    const beside = written('weights', 'four');
    utimesSync(beside, 3e9, 3e9);
    files.beside(beside, statSync(beside));
    assert.deepEqual(files.identity, { size: 7, modified: 3e12 });
    assert.equal(files.bytesRead, 0);
    assert.equal(await files.sha256(), createHash('sha256').update('onefour').digest('hex'));
    assert.equal(files.bytesRead, 7);
    files.dispose();
  });

  it('are said not to exist where they do not', async () => {
    const refused = analysisError('invalid-input', /gone\.onnx does not exist/);
    await assert.rejects(ModelFiles.open(join(folder(), 'gone.onnx')), refused);
  });

  it('give any piece within them', async () => {
    const files = await ModelFiles.open(written('pieces', 'abcdef'));
    assert.equal(Buffer.from(files.main.read(2, 3)).toString(), 'cde');
    assert.throws(() => files.main.read(4, 3), analysisError('model-unreadable', /ends early/));
    files.dispose();
  });

  it('are refused where another file took their place after they were looked at', async () => {
    const path = written('moved', 'before');
    const files = await ModelFiles.open(path);
    renameSync(written('other', 'behind'), path);
    assert.throws(() => files.main.read(0, 1), analysisError('model-unreadable', /changed while it was read/));
    files.dispose();
  });
});
