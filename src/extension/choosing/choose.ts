import path from 'node:path';

import * as vscode from 'vscode';

import { modelName } from '../../reading/model';
import { exists } from '../files/paths';
import { currentSettings } from '../settings';
import { imageSets } from './imageSets';
import type { Offered } from './offered';

const imageFilters = { Images: ['png', 'jpg', 'jpeg', 'bmp', 'gif', 'webp', 'tif', 'tiff'] };

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

/** Asks for a folder of images or an array file, the last choice for this model first. */
export async function chooseImages(remembered: Remembered, model: string, title: string): Promise<string | undefined> {
  const placeHolder = 'Images (a sub-folder a class), or an array file';
  const choice = { remembered, keys: [`images:${model}`, 'images'], title, placeHolder, otherLabel: 'Browse…' };
  return chooseFile(imageSets(currentSettings(model).imageLimit), choice, {
    canSelectFiles: true,
    canSelectFolders: true,
  });
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
  return chooseFile(imageSets(), choice, { canSelectFiles: false, canSelectFolders: true });
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
  files: Promise<readonly Offered[]>,
  choice: Choice,
  dialog: vscode.OpenDialogOptions,
): Promise<string | undefined>;
export async function chooseFile<T extends vscode.QuickPickItem>(
  files: Promise<readonly Offered[]>,
  choice: Choice,
  dialog: vscode.OpenDialogOptions,
  others: readonly T[],
): Promise<string | T | undefined>;
export async function chooseFile(
  files: Promise<readonly Offered[]>,
  { remembered, keys, title, placeHolder, otherLabel }: Choice,
  dialog: vscode.OpenDialogOptions,
  others: readonly vscode.QuickPickItem[] = [],
): Promise<string | vscode.QuickPickItem | undefined> {
  const last = await lastChoice(remembered, keys);
  const browse: FileItem = { label: otherLabel, iconPath: new vscode.ThemeIcon('folder-opened'), alwaysShow: true };
  // Behind the likeliest file, because of a long list only the beginning is in sight.
  const items = async (): Promise<FileItem[]> => fileItems(await files, last).toSpliced(1, 0, browse, ...others);
  const chosen = await vscode.window.showQuickPick<FileItem>(items(), {
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

/** What was chosen last, where it is still there. */
async function lastChoice(remembered: Remembered, keys: readonly string[]): Promise<string | undefined> {
  for (const key of keys) {
    const file = remembered.get(key);
    if (file !== undefined && (await exists(file))) return file;
  }
  return undefined;
}

function fileItems(files: readonly Offered[], last: string | undefined): FileItem[] {
  const known = files.find(({ file }) => file === last);
  const first = last === undefined ? [] : [{ ...known, file: last }];
  return [...first, ...files.filter(({ file }) => file !== last)].map(({ file, detail }) => ({
    label: modelName(file),
    description: vscode.workspace.asRelativePath(path.dirname(file)),
    detail: [detail, file === last && 'chosen last'].filter(Boolean).join(', '),
    file,
  }));
}
