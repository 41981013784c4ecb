import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { visibleCards } from '../../../src/analysis/backends/cuda/cards';
import { loadNvidiaLibraries } from '../../../src/analysis/backends/cuda/libraries';
import { neededLibraries } from '../../../src/analysis/backends/cuda/sharedObject';
import { temporaryFolder } from '../../support/temporaryFolder';

/** A shared object that needs libraries, and has nothing else: headers, a dynamic section, and the names. */
function sharedObject(needed: readonly string[]): Buffer {
  const [address, dynamicAt, namesAt] = [0x10000, 0x100, 0x400];
  const names = Buffer.from(['', ...needed, ''].join('\0'), 'latin1');
  const file = Buffer.alloc(namesAt + names.length);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeBigUInt64LE(0x40n, 0x20);
  file.writeUInt16LE(56, 0x36);
  file.writeUInt16LE(2, 0x38);
  const segment = (i: number, type: number, offset: number, length: number) => {
    const at = 0x40 + 56 * i;
    file.writeUInt32LE(type, at);
    for (const [place, value] of [offset, address + offset, address + offset, length, length].entries()) {
      file.writeBigUInt64LE(BigInt(value), at + 8 + 8 * place);
    }
  };
  segment(0, 1, 0, file.length);
  segment(1, 2, dynamicAt, 16 * (needed.length + 2));
  const entries = [
    [5, address + namesAt],
    ...needed.map((name) => [1, names.indexOf(`\0${name}\0`, 0, 'latin1') + 1]),
    [0, 0],
  ];
  entries.forEach(([tag, value], i) => {
    file.writeBigUInt64LE(BigInt(tag), dynamicAt + 16 * i);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + 16 * i + 8);
  });
  names.copy(file, namesAt);
  return file;
}

describe('the cards that CUDA may use', () => {
  const listing = '0, GPU-aa11, NVIDIA H200, 570.86.15, 1000\n1, GPU-bb22, NVIDIA L4, 570.86.15, [N/A]\n';
  const names = (visible: string | null) => visibleCards(listing, visible).map(({ name }) => name);

  it('are all that nvidia-smi lists, with what memory is free where that is known', () => {
    const [first, second] = visibleCards(listing, null);
    assert.deepEqual(first, { ...first, name: 'NVIDIA H200', driver: '570.86.15', free: 1000 * 2 ** 20 });
    assert.equal(second.free, undefined);
    assert.deepEqual(visibleCards('', null), []);
  });

  it('are those that CUDA_VISIBLE_DEVICES names by number or UUID, in its order, up to the first that is not there', () => {
    assert.deepEqual(names('1,0'), ['NVIDIA L4', 'NVIDIA H200']);
    assert.deepEqual(names('GPU-bb'), ['NVIDIA L4']);
    assert.deepEqual(names('0,7,1'), ['NVIDIA H200']);
    assert.deepEqual(names(''), []);
  });
});

describe('the libraries that CUDA needs', () => {
  const folder = temporaryFolder();
  before(function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
  });

  function provider(needed: readonly string[]): { readonly home: string; readonly places: string } {
    const home = path.join(folder(), String(needed.length));
    const places = path.join(home, 'places');
    mkdirSync(places, { recursive: true });
    writeFileSync(path.join(home, 'libonnxruntime_providers_cuda.so'), sharedObject(needed));
    return { home, places };
  }

  it('are read from the file that needs them, and from no other file', () => {
    const needed = ['libcublasLt.so.13', 'libcudart.so.13', 'libc.so.6'];
    const { home } = provider(needed);
    assert.deepEqual(neededLibraries(path.join(home, 'libonnxruntime_providers_cuda.so')), needed);
    const ours = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node';
    assert.ok(neededLibraries(ours).includes('libonnxruntime.so.1'));
    assert.deepEqual(neededLibraries('package.json'), []);
  });

  it('are loaded from where they are, and the first that is nowhere is told, with the version that is there instead', () => {
    const { home, places } = provider(['libcurand.so.98', 'libcudart.so.97', 'libm.so.6', 'libcuda.so.96']);
    for (const name of ['libcurand.so.98', 'libcudart.so.12']) {
      copyFileSync('/lib/x86_64-linux-gnu/libutil.so.1', path.join(places, name));
    }
    assert.deepEqual(loadNvidiaLibraries(home, [places]), {
      ...{ library: 'libcudart.so.97', reason: null, cuda: '97', here: ['12'] },
    });
  });

  it('are told where they are there and do not load, with why', () => {
    const { home, places } = provider(['libcudart.so.95']);
    writeFileSync(path.join(places, 'libcudart.so.95'), 'no library');
    const missing = loadNvidiaLibraries(home, [places]);
    assert.equal(missing?.library, 'libcudart.so.95');
    assert.match(missing.reason ?? '', /file too short|invalid ELF header/);
  });
});
