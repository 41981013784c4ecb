import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { zipSync } from 'fflate';

import { decodeNpy, decodeNpz } from '../../../src/analysis/images/npy';
import { analysisError } from '../../support/analysisError';
import { fixtures } from './expected';

const numpy = (name: string) => decodeNpy(readFileSync(`${fixtures}/arrays/${name}.npy`), name);
const counted = Array.from({ length: 24 }, (_, i) => i);

describe('an array that NumPy saved', () => {
  const types = readdirSync(`${fixtures}/arrays`).filter((name) => /^(little-|big-)?[iuf]\d\.npy$/.test(name));
  it('is read in every numeric type and byte order', () => {
    assert.equal(types.length, 15);
    for (const file of types) {
      const { shape, data } = numpy(file.slice(0, -4));
      assert.deepEqual(shape, [2, 3, 4], file);
      assert.deepEqual([...data], counted, file);
    }
    assert.deepEqual([...numpy('b1').data], [0, ...new Array<number>(23).fill(1)]);
  });

  it('in column-major order is read in row-major order', () => {
    assert.deepEqual([...numpy('column-major').data], counted);
  });

  it('of half precision keeps subnormal numbers, infinity and NaN', () => {
    const { data } = numpy('half');
    assert.deepEqual([...data].slice(0, 4), [0, -0, 1, -2]);
    assert.deepEqual([...data].slice(4), [1638 / 16384, 65504, 2 ** -24, 1023 * 2 ** -24, Infinity, NaN]);
  });

  it('of Python objects, of another format, or cut short is refused', () => {
    assert.throws(() => numpy('objects'), analysisError('invalid-input', /objects: .*got '\|O'/));
    assert.throws(() => decodeNpy(Buffer.from('not an array'), 'a.npy'), analysisError('invalid-input', /a\.npy/));
    const bytes = readFileSync(`${fixtures}/arrays/little-f4.npy`);
    assert.throws(() => decodeNpy(bytes.subarray(0, -1), 'a'), analysisError('invalid-input', /24 × 4 bytes.*got 95/));
    assert.throws(() => decodeNpy(bytes.subarray(0, 40), 'a'), analysisError('invalid-input', /truncated/));
    const huge = Buffer.from(bytes.toString('latin1').replace('(2, 3, 4)', '(9e9, 9) '), 'latin1');
    assert.throws(() => decodeNpy(huge, 'a'), analysisError('invalid-input', /shape/));
    const large = Buffer.from(bytes.toString('latin1').replace('(2, 3, 4)', '(999999,)'), 'latin1');
    assert.throws(() => decodeNpy(large, 'a'), analysisError('invalid-input', /999999 × 4 bytes/));
  });

  it('in an .npz file is found by its name', () => {
    const arrays = decodeNpz(readFileSync(`${fixtures}/arrays/digits.npz`), 'digits.npz');
    assert.deepEqual([...arrays.keys()], ['x_test', 'y_test', 'x_train', 'y_train']);
    assert.deepEqual([...(arrays.get('y_test')?.data ?? [])], [3, 1, 0, 2]);
  });

  it('is not unpacked where the .npz file is damaged or swells beyond bounds', () => {
    assert.throws(() => decodeNpz(Buffer.from('PK nothing'), 'a.npz'), analysisError('invalid-input', /a\.npz/));
    const bomb = Buffer.from(zipSync({ 'x.npy': new Uint8Array(1000) }));
    const directory = bomb.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bomb.writeUInt32LE(2 ** 30, directory + 24);
    assert.throws(() => decodeNpz(bomb, 'a.npz'), analysisError('limit-exceeded', /100 times.*1073741824/));
  });
});
