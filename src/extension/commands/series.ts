import path from 'node:path';

import * as vscode from 'vscode';

import { chooseImages, type Remembered } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { exists } from '../files/paths';
import type { Inspections } from '../models/inspections';
import { notice } from '../notifications';
import type { AllSeries } from '../series/allSeries';
import { checkpointsIn } from '../series/checkpoints';

/** What the commands of series work with. */
export interface SeriesCommandTools {
  readonly series: AllSeries;
  readonly remembered: Remembered;
  readonly inspections: Inspections;
}

/**
 * Watches a model, asking for what is not known: the images are those that it was analysed on last. A model that is watched
 * is shown, where its page is closed, and else watched no longer.
 */
export async function watch(tools: SeriesCommandTools, given?: string, images?: string): Promise<undefined> {
  const { series, remembered } = tools;
  const model = given ?? (await chooseModel(tools, 'Watch This Model'));
  if (model === undefined) return;
  const watching = series.watching(model);
  if (watching && !series.isShown(watching)) {
    series.show(watching);
    return;
  }
  if (watching) {
    watching.stop();
    void vscode.window.showInformationMessage(notice(`${path.basename(model)} is watched no longer.`));
    return;
  }
  const set =
    images ??
    (await lastImages(remembered, model)) ??
    (await chooseImages(remembered, model, 'Watch This Model: images'));
  if (set !== undefined) series.start({ kind: 'watch', path: model, images: set });
}

/** Analyses every model in a folder, asking for what is not given. */
export async function analyzeFolder(tools: SeriesCommandTools, given?: string, images?: string): Promise<undefined> {
  const { series, remembered } = tools;
  const title = 'Analyze Folder of Checkpoints';
  const dialog = { title, canSelectFolders: true, canSelectFiles: false, canSelectMany: false };
  const folder = given ?? (await vscode.window.showOpenDialog(dialog))?.[0]?.fsPath;
  if (folder === undefined) return;
  if ((await checkpointsIn(folder)).length === 0) {
    void vscode.window.showWarningMessage(notice(`${path.basename(folder)} holds no model that can be analysed.`));
    return;
  }
  const set = images ?? (await chooseImages(remembered, folder, `${title}: images`));
  if (set !== undefined) series.start({ kind: 'folder', path: folder, images: set });
}

async function lastImages(remembered: Remembered, model: string): Promise<string | undefined> {
  const last = remembered.get(`images:${model}`);
  return last !== undefined && (await exists(last)) ? last : undefined;
}
