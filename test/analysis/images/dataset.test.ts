import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type NetworkInput } from '../../../src/analysis/images/arrayImages';
import { type ImageSet, matchLabels, openImages } from '../../../src/analysis/images/dataset';
import { type Pixels } from '../../../src/analysis/images/pixels';
import { analysisError } from '../../support/analysisError';
import { temporaryFolder } from '../../support/temporaryFolder';
import { expected, fixtures } from './expected';

const all = { seed: 0 };
const digit = readFileSync(`${fixtures}/mnist/7/test0004.png`);
const names = (set: ImageSet) => set.items.map(({ name }) => name);

function pixels(image: Pixels | NetworkInput): number[] {
  assert.ok('channels' in image);
  return [...image.data];
}

function npy(shape: number[], values: Float32Array): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\0', 'latin1'),
    length,
    Buffer.from(header),
    Buffer.from(values.buffer),
  ]);
}

describe('a set of images', () => {
  const folder = temporaryFolder();

  /** A folder with these files. */
  function tree(name: string, files: Readonly<Record<string, Buffer>>): string {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder(), name, path, '..'), { recursive: true });
      writeFileSync(join(folder(), name, path), content);
    }
    return join(folder(), name);
  }

  it('is what a folder holds: sub-folders are classes in code-point order, other files are left out', async () => {
    const root = tree('classes', {
      'b 數/deep/er/two.PNG': digit,
      'b 數/one.png': digit,
      'Z/three.png': digit,
      'Z/notes.txt': digit,
      'Z/.hidden.png': digit,
      '.git/four.png': digit,
      'empty/readme.md': digit,
      'loose.png': digit,
    });
    symlinkSync(root, join(root, 'Z', 'back up'));
    const set = await openImages([root], all);
    assert.deepEqual(names(set), ['loose.png', 'Z/three.png', 'b 數/one.png', 'b 數/deep/er/two.PNG']);
    assert.deepEqual(
      set.items.map(({ folderClass }) => folderClass),
      [null, 'Z', 'b 數', 'b 數'],
    );
    assert.deepEqual(set.folderClasses, ['Z', 'b 數', 'empty']);
    assert.equal(pixels(await set.items[3].load()).length, 28 * 28);
  });

  it('names images so that no two share a name, and counts one given twice once', async () => {
    const one = tree('first', { 'a.png': digit });
    const two = tree('second', { 'a.png': digit });
    assert.deepEqual(names(await openImages([one, two], all)), ['first/a.png', 'second/a.png']);
    assert.deepEqual(names(await openImages([one, join(one, 'a.png')], all)), ['a.png']);
  });

  it('survives an image that cannot be read: only its own load fails', async () => {
    const root = tree('damaged', { 'a.png': digit, 'b.png': digit.subarray(0, 90), 'c.png': digit });
    const { items } = await openImages([root], all);
    await assert.rejects(items[1].load(), analysisError('invalid-input', /b\.png/));
    assert.equal(pixels(await items[2].load()).length, 28 * 28);
  });

  it('is sampled in order, alike for the same seed and differently for another', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`${String(i).padStart(2, '0')}.png`, digit]),
    );
    const root = tree('many', files);
    const sample = async (seed: number) => names(await openImages([root], { seed, limit: 10 }));
    const first = await sample(1);
    assert.equal(first.length, 10);
    assert.deepEqual(first, [...first].sort());
    assert.deepEqual(await sample(1), first);
    assert.notDeepEqual(await sample(2), first);
    const listed = [...Object.keys(files)].reverse().map((name) => join(root, name));
    assert.deepEqual(names(await openImages(listed, { seed: 1, limit: 10 })).sort(), first);
    assert.equal((await openImages([root], { seed: 1, limit: 99 })).items.length, 40);
    await assert.rejects(openImages([root], { seed: 1, limit: 0 }), analysisError('invalid-input', /limit.*got 0/));
  });

  it('goes on without an image that is gone, but not without a folder', async () => {
    const root = tree('moved', { 'here.png': digit });
    const set = await openImages([join(root, 'gone.png'), join(root, 'here.png')], all);
    assert.deepEqual(
      set.items.map(({ name }) => name),
      ['gone.png', 'here.png'],
    );
    await assert.rejects(set.items[0].load(), analysisError('invalid-input', /gone\.png: the image cannot be read/));
    await set.items[1].load();
    await assert.rejects(
      openImages([join(root, 'here.png'), join(root, 'no')], all),
      analysisError('invalid-input', /must exist/),
    );
    await assert.rejects(openImages([join(root, 'gone.png')], all), analysisError('invalid-input', /must exist/));
  });

  it('must not be empty', async () => {
    const root = tree('nothing', { 'x.txt': digit, 'digits.npz': digit });
    await assert.rejects(openImages([root], all), analysisError('invalid-input', /nothing.*got none; .*digits\.npz/));
    await assert.rejects(openImages([], all), analysisError('invalid-input', /images must be given/));
    await assert.rejects(openImages([join(root, 'no')], all), analysisError('invalid-input', /must exist/));
  });

  it('reads images and labels from an .npz file, bytes as pixels, fractions as pixels / 255', async () => {
    const set = await openImages([`${fixtures}/arrays/digits.npz`], all);
    assert.deepEqual(names(set), ['digits.npz[0]', 'digits.npz[1]', 'digits.npz[2]', 'digits.npz[3]']);
    assert.deepEqual(
      set.items.map(({ label }) => label),
      [3, 1, 0, 2],
    );
    assert.deepEqual(set.notes, ["digits.npz: images from 'x_test', labels from 'y_test'"]);
    const fractions = await openImages([`${fixtures}/arrays/fractions.npz`], all);
    assert.match(fractions.notes.join(), /0 to 1, so they were taken as pixels \/ 255/);
    for (const [i, values] of expected.digits.entries()) {
      assert.deepEqual(pixels(await set.items[i].load()), values);
      assert.deepEqual(pixels(await fractions.items[i].load()), values);
    }
    await assert.rejects(
      openImages([`${fixtures}/arrays/logits.npz`], all),
      analysisError('invalid-input', /named x, images or x_test.*got logits, weights/),
    );
  });

  it('takes arrays as the network sees them where they are preprocessed, and refuses them as pixels', async () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i / 4 - 3);
    const root = tree('arrays', { 'x.npy': npy([2, 3, 2, 2], values), 'y.npy': npy([2], Float32Array.of(1, 0)) });
    const path = join(root, 'x.npy');
    const set = await openImages([path], { seed: 0, preprocessed: true });
    assert.deepEqual(await set.items[1].load(), { shape: [3, 2, 2], array: values.subarray(12) });
    assert.deepEqual(
      set.items.map(({ label }) => label),
      [1, 0],
    );
    await assert.rejects(openImages([path], all), analysisError('invalid-input', /got -3 to 2\.75.*--preprocessed/));
    const single = tree('single', { 'a.npy': npy([3, 2, 4], values) });
    const options = { seed: 0, preprocessed: true, inputShape: [3, 2, 4] };
    assert.equal((await openImages([join(single, 'a.npy')], options)).items.length, 1);
    await assert.rejects(
      openImages(
        [join(tree('y', { 'x.npy': npy([2, 1, 1], values.fill(1)), 'y.npy': npy([3], values) }), 'x.npy')],
        all,
      ),
      analysisError('invalid-input', /y\.npy: labels must be one number an image, shape \(2\), got \(3\)/),
    );
  });

  it('leaves out of an array only the image that holds something else than numbers', async () => {
    const values = Float32Array.from({ length: 8 }, (_, i) => (i === 5 ? NaN : i / 8));
    const set = await openImages([join(tree('nan', { 'x.npy': npy([2, 2, 2], values) }), 'x.npy')], all);
    assert.ok(await set.items[0].load());
    await assert.rejects(set.items[1].load(), analysisError('invalid-input', /got NaN/));
  });

  it('understands channels first, channels last, and rows of square images', async () => {
    const values = Float32Array.from({ length: 12 }, (_, i) => i * 10);
    const interleaved = [0, 40, 80, 10, 50, 90, 20, 60, 100, 30, 70, 110];
    const root = tree('shapes', {
      'first.npy': npy([1, 3, 2, 2], values),
      'last.npy': npy([1, 2, 2, 3], values),
      'one.npy': npy([2, 2, 3], values),
      'rows.npy': npy([3, 4], values),
      'planes.npy': npy([1, 12], values),
      'five.npy': npy([1, 1, 1, 3, 4], values),
    });
    const first = async (name: string) => (await openImages([join(root, `${name}.npy`)], all)).items[0].load();
    assert.deepEqual(pixels(await first('first')), interleaved);
    assert.deepEqual(pixels(await first('planes')), interleaved);
    assert.deepEqual(pixels(await first('last')), [...values]);
    assert.deepEqual(pixels(await first('one')), [...values]);
    assert.deepEqual(pixels(await first('rows')), [0, 10, 20, 30]);
    await assert.rejects(first('five'), analysisError('invalid-input', /shape .*got \(1, 1, 1, 3, 4\)/));
  });

  it('reads MNIST’s IDX files, packed or not, with the labels beside them', async () => {
    const header = (...extents: number[]) => {
      const bytes = Buffer.alloc(4 + 4 * extents.length);
      bytes.writeUInt32BE(0x800 + extents.length);
      extents.forEach((extent, axis) => bytes.writeUInt32BE(extent, 4 + 4 * axis));
      return bytes;
    };
    const images = Buffer.concat([header(2, 2, 3), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])]);
    const labels = Buffer.concat([header(2), Buffer.from([5, 7])]);
    const root = tree('idx', {
      't10k-images-idx3-ubyte': images,
      't10k-labels-idx1-ubyte.gz': gzipSync(labels),
      'train-images.idx3-ubyte.gz': gzipSync(images),
      'short-images-idx3-ubyte': images.subarray(0, -1),
    });
    const set = await openImages([join(root, 't10k-images-idx3-ubyte')], all);
    assert.deepEqual(
      set.items.map(({ label }) => label),
      [5, 7],
    );
    assert.deepEqual(pixels(await set.items[1].load()), [7, 8, 9, 10, 11, 12]);
    const unlabelled = await openImages([join(root, 'train-images.idx3-ubyte.gz')], all);
    assert.equal(unlabelled.items[0].label, null);
    assert.match(unlabelled.notes.join(), /no labels/);
    assert.deepEqual(await unlabelled.items[1].load(), await set.items[1].load());
    await assert.rejects(
      openImages([join(root, 'short-images-idx3-ubyte')], all),
      analysisError('invalid-input', /12 bytes \(shape 2 × 2 × 3\), got 11/),
    );
  });

  it('reads CIFAR-10’s binary version: a label, then planes of red, green and blue', async () => {
    const records = Buffer.alloc(2 * 3073);
    records[3073] = 9;
    records.fill(50, 3074, 3074 + 1024);
    records.fill(60, 3074 + 1024, 3074 + 2048);
    records.fill(70, 3074 + 2048);
    const root = tree('cifar', { 'test_batch.bin': records, 'half.bin': records.subarray(0, 4000) });
    const { items } = await openImages([join(root, 'test_batch.bin')], all);
    assert.deepEqual(
      items.map(({ label }) => label),
      [0, 9],
    );
    assert.deepEqual(pixels(await items[1].load()).slice(0, 6), [50, 60, 70, 50, 60, 70]);
    await assert.rejects(openImages([join(root, 'half.bin')], all), analysisError('invalid-input', /3073 bytes/));
  });
});

describe('labels', () => {
  const set = (folders: string[], classes = [...new Set(folders)].sort()): ImageSet => ({
    items: folders.map((folderClass, i) => ({
      name: String(i),
      folderClass,
      label: null,
      load: () => Promise.reject(new Error('not needed')),
    })),
    folderClasses: classes,
    notes: [],
  });

  const named = (...names: string[]) => ({ names, source: 'the model' });

  it('are the model’s classes of the sub-folders’ names, in any letter case, or of their numbers', () => {
    const { labels, classes, guessed, notes } = matchLabels(
      set(['dog', 'Cat', '2', 'cow']),
      named('cat', 'dog', 'owl'),
      3,
    );
    assert.deepEqual(labels, [1, 0, 2, null]);
    assert.deepEqual(classes, ['cat', 'dog', 'owl']);
    assert.equal(guessed, false);
    assert.match(notes.join(), /images in 'cow' have no label.*'cat', 'dog', 'owl'/);
  });

  it('are the sub-folders in order where these number K and the model names no classes', () => {
    const { labels, classes, guessed, source } = matchLabels(set(['10', '2', '1']), null, 3);
    assert.deepEqual(labels, [1, 2, 0]);
    assert.deepEqual(classes, ['1', '10', '2']);
    assert.equal(guessed, true);
    assert.match(source, /ImageFolder/);
  });

  it('are the sub-folders’ numbers where these do not number K', () => {
    const { labels, classes, notes } = matchLabels(set(['1', '3', '4', 'cat', '01']), null, 4);
    assert.deepEqual(labels, [1, 3, null, null, null]);
    assert.deepEqual(classes, ['0', '1', '2', '3']);
    assert.match(notes.join(), /'01', '4', 'cat' have no label.*numbers below 4/);
  });

  it('need one class name a logit', () => {
    assert.throws(
      () => matchLabels(set([]), named('a', 'b'), 3),
      analysisError('invalid-input', /classes must be 3.*got 2/),
    );
  });

  it('from array files are indices below K', () => {
    const [item] = set(['x']).items;
    const items = [3, 4].map((label) => ({ ...item, folderClass: null, label }));
    const { labels, notes } = matchLabels({ ...set([]), items }, null, 4);
    assert.deepEqual(labels, [3, null]);
    assert.match(notes.join(), /1 images have no label: theirs is not below 4/);
  });
});
