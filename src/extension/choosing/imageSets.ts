import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import * as vscode from 'vscode';

import { count } from '../../reading/format';
import { isImage } from '../files/imageFiles';
import { notSearched } from '../files/notSearched';
import type { Offered } from './offered';

const imageGlob = '**/*.{png,PNG,jpg,JPG,jpeg,JPEG,bmp,BMP,gif,webp,tif,tiff,npy,npz}';
const mostImages = 20_000;
const mostOffered = 200;

/** What is in a folder itself: images, and the folders below that count. */
interface Listing {
  readonly images: number;
  readonly folders: readonly string[];
}

/** How many images an analysis of a folder is about: its own, and those below it. */
export interface ImageCount {
  readonly own: number;
  readonly below: number;
  /** Sub-folders that hold them, a class each. */
  readonly folders: number;
}

/**
 * Folders of images in the workspace, sets of classes first, and array files. What is said of a folder is what is analysed
 * of it: the images in it and at all depths below.
 *
 * @param limit - how many of them are taken; 0 for all.
 */
export async function imageSets(limit = 0): Promise<Offered[]> {
  const files = await vscode.workspace.findFiles(imageGlob, notSearched, mostImages);
  const paths = files.map(({ fsPath }) => fsPath).sort();
  const holders = new Set(paths.filter(isImage).map((file) => path.dirname(file)));
  const parents = [...holders].map((folder) => path.dirname(folder)).filter(inWorkspace);
  const counter = new ImageCounter();
  const counted = await Promise.all(
    [...new Set([...parents, ...holders])].sort().map(async (file) => ({ file, images: await counter.of(file) })),
  );
  const isSet = ({ images }: (typeof counted)[number]): boolean => images.folders > 1;
  const offered = counted.filter((set) => isSet(set) || holders.has(set.file));
  offered.sort((a, b) => Number(isSet(b)) - Number(isSet(a)));
  return [
    ...offered.map(({ file, images }) => ({ file, detail: imagesInWords(images, limit) })),
    ...paths.filter((file) => /\.(npy|npz)$/i.test(file)).map((file) => ({ file })),
  ].slice(0, mostOffered);
}

/** How many images there are, where, and how many of them are taken. */
export function imagesInWords({ own, below, folders }: ImageCount, limit: number): string {
  const all = own + below;
  const where = below === 0 ? '' : ` in ${count(folders, 'sub-folder')}`;
  const place = own > 0 && below > 0 ? `, ${count(below, 'image')}${where}` : where;
  const sample = limit > 0 && all > limit ? `, of which ${limit.toLocaleString('en')} are taken` : '';
  return `${count(all, 'image')}${place}${sample}`;
}

/** Counts the images of folders, as the engine takes them: at all depths, without what is hidden, each link once. */
export class ImageCounter {
  private readonly listings = new Map<string, Promise<Listing>>();

  async of(folder: string): Promise<ImageCount> {
    const { images, folders } = await this.listing(folder);
    const place = await realpath(folder).catch(() => folder);
    const below = await Promise.all(folders.map((name) => this.all(path.join(folder, name), new Set([place]))));
    const holding = below.filter((n) => n > 0);
    return { own: images, below: holding.reduce((sum, n) => sum + n, 0), folders: holding.length };
  }

  private async all(folder: string, above: ReadonlySet<string>): Promise<number> {
    const place = await realpath(folder).catch(() => folder);
    if (above.has(place)) return 0;
    const { images, folders } = await this.listing(folder);
    const inside = new Set(above).add(place);
    const below = await Promise.all(folders.map((name) => this.all(path.join(folder, name), inside)));
    return below.reduce((sum, n) => sum + n, images);
  }

  private listing(folder: string): Promise<Listing> {
    const known = this.listings.get(folder) ?? listingOf(folder);
    this.listings.set(folder, known);
    return known;
  }
}

async function listingOf(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let images = 0;
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    // Data sets are often folders of links.
    const kind = entry.isSymbolicLink() ? await stat(path.join(folder, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory() === true) folders.push(entry.name);
    else if (kind?.isFile() === true && isImage(entry.name)) images++;
  }
  return { images, folders };
}

function inWorkspace(folder: string): boolean {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
}
