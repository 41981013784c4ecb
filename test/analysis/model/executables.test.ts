import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Backend, Executable } from '../../../src/analysis/backends/backend';
import { Executables } from '../../../src/analysis/model/executables';
import { NetworkBuilder } from '../../../src/analysis/network/builder';

const x = new NetworkBuilder().input('x', [-1, 2]);

/** A backend that loads when it is told to. */
function slowBackend(): { readonly backend: Backend; readonly load: () => void; readonly disposals: () => number } {
  let disposals = 0;
  const dispose = () => {
    disposals++;
    return Promise.resolve();
  };
  const executable = { run: () => Promise.resolve({}), dispose };
  let load = (): void => undefined;
  const loaded = new Promise<Executable>((resolve) => {
    load = () => {
      resolve(executable);
    };
  });
  return {
    backend: {
      ...{ id: 'onnxruntime', provider: 'test', device: 'test', version: '0', threads: 1 },
      allowances: { held: (bytes) => bytes, smallestBatch: 1, firstBatch: 4 },
      load: () => loaded,
    },
    load,
    disposals: () => disposals,
  };
}

describe('what a backend has made ready', () => {
  it('is let go of once it is loaded, for which nobody waits', async () => {
    const { backend, load, disposals } = slowBackend();
    const executables = new Executables(backend, () => Promise.resolve({ inputs: { x }, outputs: { x } }));
    const opened = executables.open('logits', 0);
    await nextTurn();
    await executables.dispose();
    assert.equal(disposals(), 0);
    load();
    await opened;
    await nextTurn();
    assert.equal(disposals(), 1);
  });

  it('is gone when its end has been waited for, where it was loaded', async () => {
    const { backend, load, disposals } = slowBackend();
    const executables = new Executables(backend, () => Promise.resolve({ inputs: { x }, outputs: { x } }));
    load();
    await executables.open('logits', 0);
    await executables.dispose();
    assert.equal(disposals(), 1);
  });
});
