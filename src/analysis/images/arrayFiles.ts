import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { AnalysisError } from '../base/errors';
import { mostUnpacked } from '../files/inflation';
import { type ArrayImages, interleaved, labelsOf, networkInputs, pixelImages } from './arrayImages';
import { decodeNpy, decodeNpz, type NumericArray } from './npy';

/** How arrays are to be understood. */
export interface ArrayOptions {
  /** `.npy` and `.npz` arrays are what the network sees. */
  readonly preprocessed: boolean;
  /** The network's input without its batch, where known. */
  readonly inputShape: readonly number[] | null;
}

/** Names under which images and their labels are kept together, the likeliest first. */
const pairs = [
  ['x_test', 'y_test'],
  ['test_images', 'test_labels'],
  ['images_test', 'labels_test'],
  ['x', 'y'],
  ['images', 'labels'],
  ['image', 'label'],
  ['data', 'labels'],
  ['data', 'targets'],
  ['inputs', 'targets'],
  ['inputs', 'labels'],
  ['x_val', 'y_val'],
  ['val_images', 'val_labels'],
  ['x_train', 'y_train'],
  ['train_images', 'train_labels'],
] as const;

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new AnalysisError('invalid-input', `${path}: the file cannot be read: ${String(error)}`, { cause: error });
  }
}

/** The file's bytes, or null where there is no such file. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch {
    return null;
  }
}

function imagesOf(array: NumericArray, options: ArrayOptions, name: string): ArrayImages {
  return options.preprocessed ? networkInputs(array, options.inputShape, name) : pixelImages(array, name);
}

async function fromNpy(path: string, options: ArrayOptions): Promise<ArrayImages> {
  const name = basename(path);
  const images = imagesOf(decodeNpy(await read(path), name), options, name);
  const stem = name.slice(0, -'.npy'.length);
  for (const [key, labelKey] of pairs) {
    if (stem.toLowerCase() !== key) continue;
    const labelName = `${stem === stem.toUpperCase() ? labelKey.toUpperCase() : labelKey}.npy`;
    const bytes = await readIfThere(join(dirname(path), labelName));
    if (bytes === null) continue;
    const labels = labelsOf(decodeNpy(bytes, labelName), images.count, labelName);
    return { ...images, labels, notes: [...images.notes, `${name}: labels from ${labelName} beside it`] };
  }
  return images;
}

async function fromNpz(path: string, options: ArrayOptions): Promise<ArrayImages> {
  const name = basename(path);
  const arrays = decodeNpz(await read(path), name);
  const find = (key: string) => [...arrays.keys()].find((candidate) => candidate.toLowerCase() === key);
  const keys =
    pairs.map(([x, y]) => [find(x), find(y)] as const).find(([x, y]) => x !== undefined && y !== undefined) ??
    pairs.map(([x]) => [find(x), undefined] as const).find(([x]) => x !== undefined) ??
    (arrays.size === 1 || find('arr_0') !== undefined
      ? ([find('arr_0') ?? [...arrays.keys()][0], undefined] as const)
      : null);
  const array = keys?.[0] === undefined ? undefined : arrays.get(keys[0]);
  if (keys?.[0] === undefined || array === undefined) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: a .npz file must hold an array named x, images or x_test (and y, labels or y_test), got ` +
        ([...arrays.keys()].join(', ') || 'no array'),
    );
  }
  const images = imagesOf(array, options, `${name}/${keys[0]}`);
  if (keys[1] === undefined) {
    return { ...images, notes: [...images.notes, `${name}: images from '${keys[0]}', no labels`] };
  }
  const labels = arrays.get(keys[1]);
  return {
    ...images,
    labels: labels === undefined ? null : labelsOf(labels, images.count, `${name}/${keys[1]}`),
    notes: [...images.notes, `${name}: images from '${keys[0]}', labels from '${keys[1]}'`],
  };
}

async function unpacked(bytes: Buffer, name: string): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: mostUnpacked(bytes.length) });
  } catch (error) {
    throw new AnalysisError('invalid-input', `${name}: the file cannot be unpacked: ${String(error)}`, {
      cause: error,
    });
  }
}

/** An IDX file of bytes. @see Y. LeCun, C. Cortes, C. Burges, THE MNIST DATABASE, "File formats" */
function decodeIdx(bytes: Buffer, name: string): NumericArray {
  const rank = bytes[3];
  const begin = 4 + 4 * rank;
  if (bytes.length < begin || bytes.readUInt16BE(0) !== 0 || bytes[2] !== 8 || rank < 1 || rank > 4) {
    throw new AnalysisError('invalid-input', `${name}: an IDX file must begin with 00 00 08 and its number of axes`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size !== bytes.length - begin) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: the data must have ${size} bytes (shape ${shape.join(' × ')}), got ${bytes.length - begin}`,
    );
  }
  return { shape, data: bytes.subarray(begin) };
}

async function fromIdx(path: string): Promise<ArrayImages> {
  const name = basename(path);
  const { shape, data } = decodeIdx(await unpacked(await read(path), name), name);
  // (n, height, width) always: narrow images are not colours here.
  const images = pixelImages({ shape: shape.length === 3 ? [...shape, 1] : shape, data }, name);
  const labelName = name.replace('images', 'labels').replace(/idx[34]/, 'idx1');
  if (labelName === name) return images;
  const plain = labelName.replace(/\.gz$/, '');
  for (const candidate of [labelName, plain, `${plain}.gz`]) {
    const bytes = await readIfThere(join(dirname(path), candidate));
    if (bytes === null) continue;
    const labels = labelsOf(decodeIdx(await unpacked(bytes, candidate), candidate), images.count, candidate);
    return { ...images, labels, notes: [...images.notes, `${name}: labels from ${candidate} beside it`] };
  }
  return { ...images, notes: [...images.notes, `${name}: no labels, as ${labelName} is not beside it`] };
}

const cifarPlane = 32 * 32;
const cifarRecord = 1 + 3 * cifarPlane;

/** CIFAR-10's binary version. @see A. Krizhevsky, The CIFAR-10 dataset, "Binary version" */
async function fromCifar(path: string): Promise<ArrayImages> {
  const name = basename(path);
  const bytes = await read(path);
  const count = bytes.length / cifarRecord;
  const labels = Array.from({ length: Math.floor(count) }, (_, i) => bytes[i * cifarRecord]);
  if (count === 0 || !Number.isInteger(count) || labels.some((label) => label > 9)) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: a CIFAR-10 file must have records of ${cifarRecord} bytes with labels 0 to 9, got ${bytes.length} bytes`,
    );
  }
  return {
    count,
    labels,
    load: (index) => {
      const pixels = bytes.subarray(index * cifarRecord + 1, (index + 1) * cifarRecord);
      return { height: 32, width: 32, channels: 3, data: interleaved(pixels, cifarPlane) };
    },
    notes: [],
  };
}

/**
 * The images of a `.npy`, `.npz`, MNIST IDX (`…-ubyte`, also `.gz`) or CIFAR-10 `.bin` file, or null where the name is
 * none of these.
 *
 * @throws AnalysisError 'invalid-input' when the file is damaged or does not hold images.
 */
export async function openArrayFile(path: string, options: ArrayOptions): Promise<ArrayImages | null> {
  const name = basename(path).toLowerCase();
  if (name.endsWith('.npy')) return await fromNpy(path, options);
  if (name.endsWith('.npz')) return await fromNpz(path, options);
  if (/ubyte(\.gz)?$/.test(name)) return await fromIdx(path);
  if (name.endsWith('.bin')) return await fromCifar(path);
  return null;
}
