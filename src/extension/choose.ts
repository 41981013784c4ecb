import path from 'node:path';

import * as vscode from 'vscode';

import { type Preset, presetDescriptions } from '../protocol/job';
import { isImage } from './imageFiles';

/** Files that hold a whole model. */
const modelGlob = '**/*.{onnx,keras,h5}';
const modelFilters = { 'Saved models': ['onnx', 'keras', 'h5', 'hdf5', 'pt2'], 'All files': ['*'] };
const imageFilters = { Images: ['png', 'jpg', 'jpeg', 'bmp', 'gif', 'webp', 'tif', 'tiff'] };
const imageGlob = '**/*.{png,PNG,jpg,JPG,jpeg,JPEG,bmp,BMP,gif,webp,tif,tiff,npy,npz}';
const notSearched = '**/{node_modules,.git,.venv}/**';
const mostFound = 200;
const mostImages = 20_000;

/** What the user chose last in this workspace, so that it can stand first. */
export class Remembered {
  constructor(private readonly memento: vscode.Memento) {}

  get(what: string): string | undefined {
    return this.memento.get<string>(`boundaryLens.${what}`);
  }

  async set(what: string, value: string): Promise<void> {
    await this.memento.update(`boundaryLens.${what}`, value);
  }
}

/** Asks for a model file: those of the workspace, the last choice first, or any other. */
export async function chooseModel(
  remembered: Remembered,
  title: string,
  keys: readonly string[] = ['model'],
): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles(modelGlob, notSearched, mostFound);
  const files = found.map(({ fsPath }) => ({ file: fsPath })).sort((a, b) => (a.file < b.file ? -1 : 1));
  const choice = { remembered, keys, title, placeHolder: 'Model', otherLabel: 'Browse for a model file…' };
  return chooseFile(files, choice, { canSelectFiles: true, filters: modelFilters });
}

/** Asks for a folder of images or an array file, the last choice for this model first. */
export async function chooseImages(remembered: Remembered, model: string, title: string): Promise<string | undefined> {
  const placeHolder = 'Images (a sub-folder a class), or an array file';
  const choice = { remembered, keys: [`images:${model}`, 'images'], title, placeHolder, otherLabel: 'Browse…' };
  return chooseFile(await imageSets(), choice, { canSelectFiles: true, canSelectFolders: true });
}

/** Asks for single image files. */
export async function chooseImageFiles(title: string): Promise<string[]> {
  const chosen = await vscode.window.showOpenDialog({ canSelectMany: true, filters: imageFilters, title });
  return (chosen ?? []).map(({ fsPath }) => fsPath);
}

/** Asks for a folder of the workspace that has images, or any other. */
export async function chooseImageFolder(remembered: Remembered): Promise<string | undefined> {
  const placeHolder = 'Folder of images';
  const choice = { remembered, keys: [], title: 'Check Perturbation: images', placeHolder, otherLabel: 'Browse…' };
  return chooseFile(await imageSets(), choice, { canSelectFiles: false, canSelectFolders: true });
}

/** Asks how thorough the analysis shall be. */
export async function choosePreset(remembered: Remembered): Promise<Preset | undefined> {
  const presets: (vscode.QuickPickItem & { preset: Preset })[] = [
    { preset: 'quick', label: 'Quick', description: presetDescriptions.quick },
    { preset: 'standard', label: 'Standard', description: presetDescriptions.standard },
    { preset: 'paper', label: 'Paper', description: presetDescriptions.paper },
  ];
  const last = remembered.get('preset');
  presets.sort((a, b) => Number(b.preset === last) - Number(a.preset === last));
  const chosen = await vscode.window.showQuickPick(presets, { title: 'Analyze Decision Boundary: how thorough' });
  if (chosen) await remembered.set('preset', chosen.preset);
  return chosen?.preset;
}

/** A file or folder to choose, and what to say of it. */
export interface Offered {
  readonly file: string;
  readonly detail?: string;
}

/** How a file is asked for. */
export interface Choice {
  readonly remembered: Remembered;
  /** Where the choice is remembered, the most particular first. */
  readonly keys: readonly string[];
  readonly title: string;
  readonly placeHolder: string;
  /** What leads to any other file. */
  readonly otherLabel: string;
}

/** Asks for one of these files, the last choice first, or any other; `others` are choices that are no file. */
export async function chooseFile(
  files: readonly Offered[],
  choice: Choice,
  dialog: vscode.OpenDialogOptions,
): Promise<string | undefined>;
export async function chooseFile<T extends vscode.QuickPickItem>(
  files: readonly Offered[],
  choice: Choice,
  dialog: vscode.OpenDialogOptions,
  others: readonly T[],
): Promise<string | T | undefined>;
export async function chooseFile(
  files: readonly Offered[],
  { remembered, keys, title, placeHolder, otherLabel }: Choice,
  dialog: vscode.OpenDialogOptions,
  others: readonly vscode.QuickPickItem[] = [],
): Promise<string | vscode.QuickPickItem | undefined> {
  const last = keys.map((key) => remembered.get(key)).find((file) => file !== undefined);
  const known = files.find(({ file }) => file === last);
  const first = last === undefined ? [] : [{ ...known, file: last }];
  const items: FileItem[] = [...first, ...files.filter(({ file }) => file !== last)].map(({ file, detail }) => ({
    label: path.basename(file),
    description: vscode.workspace.asRelativePath(path.dirname(file)),
    detail: [detail, file === last && 'chosen last'].filter(Boolean).join(', '),
    file,
  }));
  const browse: FileItem = { label: otherLabel, iconPath: new vscode.ThemeIcon('folder-opened'), alwaysShow: true };
  const chosen = await vscode.window.showQuickPick<FileItem>([...items, browse, ...others], {
    title,
    placeHolder,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (chosen === undefined) return undefined;
  const other = others.find((item) => item === chosen);
  if (other) return other;
  const file =
    'file' in chosen
      ? chosen.file
      : (await vscode.window.showOpenDialog({ ...dialog, title, canSelectMany: false }))?.[0]?.fsPath;
  if (file !== undefined) for (const key of keys) await remembered.set(key, file);
  return file;
}

interface FileItem extends vscode.QuickPickItem {
  readonly file?: string;
}

/** Folders of images in the workspace, sets of classes first, and array files. */
export async function imageSets(): Promise<Offered[]> {
  const files = await vscode.workspace.findFiles(imageGlob, notSearched, mostImages);
  const all = files.length < mostImages ? '' : 'at least ';
  const paths = files.map(({ fsPath }) => fsPath).sort();
  const counts = countBy(paths.filter(isImage).map((file) => path.dirname(file)));
  // A folder whose sub-folders hold the images is a data set of classes; it is the better choice than one class.
  const below = countBy([...counts.keys()].map((folder) => path.dirname(folder)));
  const sets = [...below].filter(([, folders]) => folders > 1).map(([folder]) => folder);
  const single = [...counts].filter(([folder]) => !sets.includes(path.dirname(folder)));
  const inSet = (set: string): number => {
    return [...counts].reduce((sum, [folder, count]) => sum + (path.dirname(folder) === set ? count : 0), 0);
  };
  return [
    ...sets.map((set) => ({ file: set, detail: `${all}${inSet(set)} images in ${below.get(set) ?? 0} sub-folders` })),
    ...single.map(([folder, count]) => ({
      file: folder,
      detail: `${all}${count === 1 ? 'one image' : `${count} images`}`,
    })),
    ...paths.filter((file) => /\.(npy|npz)$/i.test(file)).map((file) => ({ file })),
  ].slice(0, mostFound);
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
