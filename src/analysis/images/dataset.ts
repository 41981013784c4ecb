import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import { count } from '../../reading/format';
import { AnalysisError } from '../base/errors';
import { type ArrayOptions, openArrayFile } from './arrayFiles';
import { type NetworkInput } from './arrayImages';
import { type NamedClasses } from './classNames';
import { decodeImage } from './decode';
import { type Pixels } from './pixels';

/** One image of a set, read when asked for. */
export interface ImageItem {
  /** Unique in the set: the path from the folder that was given, with forward slashes; `file.npz[3]` in an array file. */
  readonly name: string;
  /** The sub-folder of the given folder that it is in, or null. */
  readonly folderClass: string | null;
  /** The class index that an array file gives, or null. */
  readonly label: number | null;
  /**
   * The pixels, or the network's input where arrays are preprocessed.
   *
   * @throws AnalysisError 'invalid-input' or 'limit-exceeded' when this image cannot be read; the others can.
   */
  readonly load: () => Promise<Pixels | NetworkInput>;
}

/** The images that a job is about. */
export interface ImageSet {
  readonly items: readonly ImageItem[];
  /** The given folders' sub-folders in code-point order (torchvision's ImageFolder); [] where no image is in one. */
  readonly folderClasses: readonly string[];
  /** What the user should know about how the files were read. */
  readonly notes: readonly string[];
}

/** Which images, and how arrays are to be understood. */
export interface ImageSetOptions extends Partial<ArrayOptions> {
  /** A sample of this many, in their order; all where absent. */
  readonly limit?: number | undefined;
  /** Decides the sample. */
  readonly seed: number;
}

interface Source {
  /** Absolute path and what follows it in the name, such as an index. */
  readonly path: string;
  readonly suffix: string;
  /** The given folder, or the folder of the given file. */
  readonly root: string;
  readonly folderClass: string | null;
  readonly label: number | null;
  readonly load: () => Promise<Pixels | NetworkInput>;
}

const imageName = /\.(png|jpe?g|bmp|gif|webp|tiff?)$/i;

/** UTF-8 keeps the order of code points, which is Python's; JavaScript's own order differs beyond U+FFFF. */
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function imageSource(path: string, root: string, folderClass: string | null, shown: string): Source {
  return {
    path,
    suffix: '',
    root,
    folderClass,
    label: null,
    load: () => decodeImage(path, { name: shown }),
  };
}

interface Folder {
  readonly images: string[];
  /** Direct sub-folders, hidden ones left out, in order. */
  readonly folders: string[];
  readonly others: string[];
}

async function listing(path: string): Promise<Folder> {
  const folder: Folder = { images: [], folders: [], others: [] };
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort(byCodePoint);
  for (const name of names) {
    // Through stat, because data sets are often folders of links; a broken link is no image.
    const kind = await stat(join(path, name)).catch(() => null);
    if (kind?.isDirectory() === true) folder.folders.push(name);
    else if (kind?.isFile() === true) (imageName.test(name) ? folder.images : folder.others).push(name);
  }
  return folder;
}

/**
 * The images below a folder, its own first, then those of each sub-folder; a link back up is not followed. What is no
 * image is added to `skipped`.
 */
async function walk(path: string, above: ReadonlySet<string>, skipped: string[]): Promise<string[]> {
  const place = await realpath(path);
  if (above.has(place)) return [];
  const { images, folders, others } = await listing(path);
  skipped.push(...others.map((name) => join(path, name)));
  const found = images.map((name) => join(path, name));
  for (const name of folders) found.push(...(await walk(join(path, name), new Set(above).add(place), skipped)));
  return found;
}

async function folderSources(
  root: string,
  given: string,
): Promise<{ sources: Source[]; classes: string[]; skipped: string[] }> {
  const { images, folders, others } = await listing(root);
  const shown = (path: string) => slashes(relative(root, path));
  const sources = images.map((name) => imageSource(join(root, name), root, null, name));
  const direct = sources.length;
  const skipped = others.map((name) => join(root, name));
  const place = new Set([await realpath(root)]);
  for (const folder of folders) {
    for (const path of await walk(join(root, folder), place, skipped)) {
      sources.push(imageSource(path, root, folder, shown(path)));
    }
  }
  if (sources.length === 0) {
    const arrays = others.filter((name) => /\.(npy|npz|bin)$|ubyte(\.gz)?$/i.test(name));
    throw new AnalysisError(
      'invalid-input',
      `${given}: a folder must hold PNG, JPEG, BMP, GIF, WebP or TIFF images, got none` +
        (arrays.length > 0 ? `; give one of its array files by name: ${arrays.slice(0, 4).join(', ')}` : ''),
    );
  }
  return { sources, classes: sources.length > direct ? folders : [], skipped: skipped.map(shown) };
}

async function fileSources(
  path: string,
  options: ArrayOptions,
): Promise<{ sources: Source[]; notes: readonly string[] }> {
  const images = await openArrayFile(path, options);
  if (images === null) return { sources: [imageSource(path, dirname(path), null, basename(path))], notes: [] };
  const sources = Array.from({ length: images.count }, (_, index): Source => {
    return {
      path,
      suffix: `[${index}]`,
      root: dirname(path),
      folderClass: null,
      label: images.labels?.[index] ?? null,
      load: () => Promise.resolve().then(() => images.load(index)),
    };
  });
  return { sources, notes: images.notes };
}

/** Files that belong to a data set without being images of it need no word. */
const companions = /^(boundary-lens\.json|readme(\.\w+)?|licen[cs]e(\.\w+)?|thumbs\.db|desktop\.ini)$/i;

function skippedInWords(given: string, skipped: readonly string[]): string[] {
  const names = skipped.filter((path) => !companions.test(basename(path)));
  if (names.length === 0) return [];
  const some = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  return [
    `${given}: ${count(names.length, 'file')} left out, as ${names.length === 1 ? 'it is no image' : 'they are no images'}: ${some}`,
  ];
}

const slashes = (path: string) => path.split(sep).join('/');

/** The deepest folder that holds all of these. */
function commonFolder(folders: readonly string[]): string {
  const parts = folders.map((folder) => folder.split(sep));
  const first = parts[0] ?? [];
  const differing = first.findIndex((part, depth) => parts.some((other) => other[depth] !== part));
  return (differing < 0 ? first : first.slice(0, differing)).join(sep) + sep;
}

/** Paths from what was given where these differ, else from the folder that holds everything given. */
function uniqueNames(sources: readonly Source[]): string[] {
  const names = sources.map((source) => slashes(relative(source.root, source.path)) + source.suffix);
  if (new Set(names).size === names.length) return names;
  const common = commonFolder(sources.map((source) => source.root));
  return sources.map((source) => slashes(relative(common, source.path)) + source.suffix);
}

/** The places of `count` sources, drawn by their names below what was given: the order of the list changes nothing. */
function sample(sources: readonly Source[], count: number, seed: number): number[] {
  const rank = ({ root, path, suffix }: Source) =>
    createHash('sha256')
      .update(`image ${seed} ${slashes(relative(root, path))}${suffix}`)
      .digest('hex');
  return sources
    .map((source, index) => ({ index, path: source.path, rank: rank(source) }))
    .sort((a, b) => byCodePoint(a.rank, b.rank) || byCodePoint(a.path, b.path))
    .slice(0, count)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

/**
 * The images in files, folders (a sub-folder is a class; images may lie deeper; hidden files and other files are left
 * out), `.npy` and `.npz` arrays, MNIST IDX and CIFAR-10 binary files. An image given twice counts once.
 *
 * @throws AnalysisError 'invalid-input' when a path does not exist, a folder holds no image or an array file is damaged. A
 *   damaged image, or one of several that is not there, says so when it is loaded.
 */
export async function openImages(paths: readonly string[], options: ImageSetOptions): Promise<ImageSet> {
  const { limit } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new AnalysisError('invalid-input', `limit must be a whole number from 1, got ${limit}`);
  }
  const found = new Map<string, Source>();
  const classes = new Set<string>();
  const notes: string[] = [];
  for (const given of paths) {
    const path = resolve(given);
    const kind = await stat(path).catch(() => null);
    // One image among others may have been moved since it was chosen: it fails when it is read, and the others go on.
    if (kind === null && !(paths.length > 1 && imageName.test(path))) {
      throw new AnalysisError('invalid-input', `${given}: the file or folder must exist`);
    }
    let sources: Source[];
    if (kind === null) {
      sources = [imageSource(path, dirname(path), null, basename(path))];
    } else if (kind.isDirectory()) {
      const folder = await folderSources(path, given);
      notes.push(...skippedInWords(given, folder.skipped));
      sources = folder.sources;
      for (const name of folder.classes) classes.add(name);
    } else {
      const file = await fileSources(path, {
        preprocessed: options.preprocessed ?? false,
        inputShape: options.inputShape ?? null,
      });
      sources = file.sources;
      notes.push(...file.notes);
    }
    for (const source of sources) {
      const key = source.path + source.suffix;
      if (!found.has(key)) found.set(key, source);
    }
  }
  const all = [...found.values()];
  if (all.length === 0) throw new AnalysisError('invalid-input', 'images must be given, got none');
  const names = uniqueNames(all);
  const chosen = limit === undefined || limit >= all.length ? all.map((_, i) => i) : sample(all, limit, options.seed);
  if (chosen.length < all.length) {
    notes.push(`${chosen.length} of ${all.length} images, drawn with seed ${options.seed}`);
  }
  const sources = chosen.map((i) => all[i]);
  const items = sources.map(({ folderClass, label, load }, i) => ({
    name: names[chosen[i]],
    folderClass,
    label,
    load,
  }));
  return {
    items,
    folderClasses: [...classes].sort(byCodePoint),
    notes,
  };
}

/** The true classes of a set's images as far as they are known. */
export interface MatchedLabels {
  /** For each image its class index, or null. */
  readonly labels: readonly (number | null)[];
  /** The K class names: the model's, else the sub-folders', else the indices. */
  readonly classes: readonly string[];
  /** Where the names come from, for the report. */
  readonly source: string;
  /** Whether the names' order rests on the sub-folders alone, so that the accuracy it gives should be looked at. */
  readonly guessed: boolean;
  /** What was left out, for the report. */
  readonly notes: readonly string[];
}

const indexIn = (name: string) => (/^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1);

const list = (names: readonly string[]) =>
  names
    .slice(0, 5)
    .map((name) => `'${name}'`)
    .join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');

/**
 * Class indices 0 … K − 1 of the images. A sub-folder's class is the model's class of that name (else of that name in
 * other letter case, of that alias, else of that number); without names from the model, K sub-folders in code-point order are the K
 * classes, as in torchvision's ImageFolder, and other sub-folders count where their names are numbers. Indices in array
 * files are taken as they are. What fits no class is null and named in the notes.
 *
 * @param found - The K names that the user, the model or a file beside it gives, or that are assumed; or null.
 * @throws AnalysisError 'invalid-input' when there are not K names.
 */
export function matchLabels(set: ImageSet, found: NamedClasses | null, K: number): MatchedLabels {
  const named = found?.assumed && !isBorneOut(found, set.folderClasses, K) ? null : found;
  const modelClasses = named?.names ?? null;
  if (modelClasses !== null && modelClasses.length !== K) {
    throw new AnalysisError('invalid-input', `classes must be ${K} names, one a logit, got ${modelClasses.length}`);
  }
  const { folderClasses } = set;
  const guessed = modelClasses === null && folderClasses.length === K;
  const names = modelClasses ?? (guessed ? folderClasses : []);
  const lowerCase = names.map((name) => name.toLowerCase());
  const places = new Map<string, number>();
  for (const folder of folderClasses) {
    const lower = folder.toLowerCase();
    let place = names.indexOf(folder);
    if (place < 0 && lowerCase.indexOf(lower) === lowerCase.lastIndexOf(lower)) place = lowerCase.indexOf(lower);
    if (place < 0) place = named?.aliases?.indexOf(folder) ?? -1;
    if (place < 0) place = indexIn(folder);
    if (place >= 0 && place < K) places.set(folder, place);
  }
  const labels = set.items.map(({ folderClass, label }) => {
    if (label !== null) return label < K ? label : null;
    return folderClass === null ? null : (places.get(folderClass) ?? null);
  });
  const notes: string[] = [];
  const unknown = folderClasses.filter((folder) => !places.has(folder));
  if (unknown.length > 0) {
    const known = modelClasses === null ? `the numbers below ${K}` : `the model’s classes (${list(modelClasses)})`;
    notes.push(`images in ${list(unknown)} have no label: these sub-folders are not among ${known}`);
  }
  const beyond = set.items.filter(({ label }) => label !== null && label >= K).length;
  if (beyond > 0) notes.push(`${beyond} images have no label: theirs is not below ${K}`);
  if (named !== null) return { labels, classes: named.names, source: named.source, guessed, notes };
  if (guessed) {
    return {
      labels,
      classes: folderClasses,
      source: 'the names of the sub-folders in order (ImageFolder)',
      guessed,
      notes,
    };
  }
  return { labels, classes: Array.from({ length: K }, (_, index) => String(index)), source: 'indices', guessed, notes };
}

/** Names that were assumed give way to those of K sub-folders that are called otherwise. */
function isBorneOut({ names, aliases = [] }: NamedClasses, folders: readonly string[], K: number): boolean {
  return folders.length !== K || folders.every((folder) => names.includes(folder) || aliases.includes(folder));
}
