import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ArtefactStore } from '../../../src/analysis/study/artefacts';
import { temporaryFolder } from '../../support/temporaryFolder';

const roomy = { memory: 2 ** 20, disk: 2 ** 30, revision: 2 };

describe('the artefact store', () => {
  const parent = temporaryFolder();
  let folders = 0;
  /** A folder that no other test uses; it does not exist yet. */
  const fresh = (): string => path.join(parent(), String(folders++));
  const value = { point: Float64Array.of(1, 2, 3), label: 4, status: 'converged' };

  it('finds in another process what one has kept', async () => {
    const folder = fresh();
    await new ArtefactStore({ folder, ...roomy }).keep(['model', 1], value);
    assert.deepEqual(await new ArtefactStore({ folder, ...roomy }).find(['model', 1]), value);
  });

  it('finds nothing that an earlier revision of the computation kept, nor the first version, which had none', async () => {
    const folder = fresh();
    await new ArtefactStore({ folder, ...roomy, revision: 1 }).keep(['model', 1], value);
    const [kept = ''] = readdirSync(folder);
    const store = new ArtefactStore({ folder, ...roomy });
    assert.equal(await store.find(['model', 1]), undefined);
    const first = createHash('sha256')
      .update(JSON.stringify(['model', 1]))
      .digest('hex');
    copyFileSync(path.join(folder, kept), path.join(folder, `${first}.artefact`));
    assert.equal(await store.find(['model', 1]), undefined);
    assert.deepEqual(await new ArtefactStore({ folder, ...roomy, revision: 1 }).find(['model', 1]), value);
  });

  it('lists choices, which it keeps apart, the last used first', async () => {
    const folder = fresh();
    const store = new ArtefactStore({ folder, ...roomy });
    assert.deepEqual(await store.choices.all(), []);
    for (const one of ['first', 'second', 'third']) await store.choices.keep([one], one);
    await store.keep(['other'], 'none');
    const names = readdirSync(path.join(folder, 'choices'));
    for (const name of names) utimesSync(path.join(folder, 'choices', name), 1, 1);
    assert.equal(await new ArtefactStore({ folder, ...roomy }).choices.find(['second']), 'second');
    const all = await new ArtefactStore({ folder, ...roomy }).choices.all<string>();
    assert.deepEqual([all[0], all.sort()], ['second', ['first', 'second', 'third']]);
  });

  it('finds nothing under another key', async () => {
    const folder = fresh();
    const store = new ArtefactStore({ folder, ...roomy });
    await store.keep(['model', 1], value);
    assert.equal(await store.find(['model', 2]), undefined);
  });

  it('treats a damaged file as absent', async () => {
    const folder = fresh();
    await new ArtefactStore({ folder, ...roomy }).keep(['damaged'], value);
    const [name = ''] = readdirSync(folder);
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    for (const damage of [
      () => {
        truncateSync(file, bytes.length - 1);
      },
      () => {
        writeFileSync(
          file,
          bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte)),
        );
      },
      () => {
        writeFileSync(file, '');
      },
    ]) {
      damage();
      assert.equal(await new ArtefactStore({ folder, ...roomy }).find(['damaged']), undefined);
    }
  });

  it('drops from memory what was not used for longest', async () => {
    const store = new ArtefactStore({ folder: null, memory: 20_000, disk: 0, revision: 2 });
    for (const i of [0, 1, 2, 3]) {
      await store.keep([i], new Float64Array(1000));
      await store.find([0]);
    }
    const kept = await Promise.all([0, 1, 2, 3].map(async (i) => (await store.find([i])) !== undefined));
    assert.deepEqual(kept, [true, false, false, true]);
  });

  it('removes the oldest files beyond its share of the disk when it is opened', async () => {
    const folder = fresh();
    const first = new ArtefactStore({ folder, ...roomy });
    for (const i of [0, 1, 2]) await first.keep([i], new Float64Array(1000));
    const second = new ArtefactStore({ folder, memory: 0, disk: 12_000, revision: 2 });
    await second.keep([3], 'opens the folder');
    assert.equal(readdirSync(folder).length, 2);
  });

  it('goes on without a disk where the folder cannot be made', async () => {
    const folder = fresh();
    writeFileSync(folder, 'a file in its place');
    const store = new ArtefactStore({ folder, ...roomy });
    await store.keep(['x'], value);
    assert.deepEqual(await store.find(['x']), value);
  });
});
