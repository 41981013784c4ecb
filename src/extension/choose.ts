import path from 'node:path';

import * as vscode from 'vscode';

import type { Preset } from '../protocol/job';

/** Files that hold a whole model. */
const modelGlob = '**/*.{onnx,keras,h5}';
const modelFilters = { 'Saved models': ['onnx', 'keras', 'h5', 'hdf5'], 'All files': ['*'] };
const mostFound = 200;

interface FileItem extends vscode.QuickPickItem {
  readonly file?: string;
}

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
export async function chooseModel(remembered: Remembered, title: string): Promise<string | undefined> {
  const last = remembered.get('model');
  const found = (await vscode.workspace.findFiles(modelGlob, '**/{node_modules,.git,.venv}/**', mostFound)).map(
    ({ fsPath }) => fsPath,
  );
  const files = [...new Set([...(last === undefined ? [] : [last]), ...found.sort()])];
  const chosen = await pickFile(files, last, title, 'Model to analyse', 'Browse for a model file…');
  if (chosen === undefined) return undefined;
  const file = chosen.file ?? (await browse({ canSelectFiles: true, filters: modelFilters, title }));
  if (file !== undefined) await remembered.set('model', file);
  return file;
}

/** Asks for the folder of images, the last choice for this model first. */
export async function chooseImages(remembered: Remembered, model: string): Promise<string | undefined> {
  const key = `images:${model}`;
  const last = remembered.get(key) ?? remembered.get('images');
  const found = await foldersWithImages();
  const folders = [...new Set([...(last === undefined ? [] : [last]), ...found])];
  const title = 'Analyze Decision Boundary: images';
  const chosen = await pickFile(folders, last, title, 'Images (a sub-folder a class), or an array file', 'Browse…');
  if (chosen === undefined) return undefined;
  const file = chosen.file ?? (await browse({ canSelectFiles: true, canSelectFolders: true, title }));
  if (file !== undefined) {
    await remembered.set(key, file);
    await remembered.set('images', file);
  }
  return file;
}

/** Asks how thorough the analysis shall be. */
export async function choosePreset(remembered: Remembered): Promise<Preset | undefined> {
  const presets: (vscode.QuickPickItem & { preset: Preset })[] = [
    { preset: 'quick', label: 'Quick', description: 'a couple of minutes on two cores for a small network' },
    { preset: 'standard', label: 'Standard', description: 'more images and directions, and a sweep over scales' },
    { preset: 'paper', label: 'Paper', description: 'the sizes of the paper; hours, and can be resumed' },
  ];
  const last = remembered.get('preset');
  presets.sort((a, b) => Number(b.preset === last) - Number(a.preset === last));
  const chosen = await vscode.window.showQuickPick(presets, { title: 'Analyze Decision Boundary: how thorough' });
  if (chosen) await remembered.set('preset', chosen.preset);
  return chosen?.preset;
}

async function foldersWithImages(): Promise<string[]> {
  const images = await vscode.workspace.findFiles(
    '**/*.{png,jpg,jpeg,bmp,webp,tif,tiff,PNG,JPG,JPEG}',
    '**/{node_modules,.git,.venv}/**',
    2000,
  );
  const arrays = await vscode.workspace.findFiles('**/*.{npy,npz}', '**/{node_modules,.git,.venv}/**', mostFound);
  const parents = images.map(({ fsPath }) => path.dirname(fsPath));
  // A folder whose sub-folders hold the images is a data set of classes; it is the better choice than one class.
  const counts = new Map<string, number>();
  for (const parent of new Set(parents)) {
    const above = path.dirname(parent);
    counts.set(above, (counts.get(above) ?? 0) + 1);
  }
  const sets = [...counts].filter(([, count]) => count > 1).map(([folder]) => folder);
  const single = [...new Set(parents)].filter((folder) => !sets.includes(path.dirname(folder)));
  return [...sets.sort(), ...single.sort(), ...arrays.map(({ fsPath }) => fsPath).sort()].slice(0, mostFound);
}

async function pickFile(
  files: readonly string[],
  last: string | undefined,
  title: string,
  placeHolder: string,
  otherLabel: string,
): Promise<FileItem | undefined> {
  const items: FileItem[] = files.map((file) => ({
    label: path.basename(file),
    description: vscode.workspace.asRelativePath(path.dirname(file)),
    ...(file === last && { detail: 'chosen last' }),
    file,
  }));
  items.push({ label: otherLabel, iconPath: new vscode.ThemeIcon('folder-opened'), alwaysShow: true });
  return vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
}

async function browse(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({ ...options, canSelectMany: false });
  return chosen?.[0]?.fsPath;
}
