import * as vscode from 'vscode';

import { formatName, versionInWords } from '../../reading/model';
import { isModel, versionOf } from '../files/modelFiles';
import { notSearched } from '../files/notSearched';
import type { Inspected, Inspections } from '../models/inspections';
import { type Choice, chooseFile, type Remembered } from './choose';
import type { Offered } from './offered';

/** Files that may hold a whole model. */
const modelGlob = '**/{*.onnx,*.ONNX,*.keras,*.KERAS,*.h5,*.H5,*.hdf5,*.HDF5,*.pt2,*.PT2,model.json,saved_model.pb}';
const modelFilters = { 'Saved models': ['onnx', 'keras', 'h5', 'hdf5', 'pt2', 'json', 'pb'], 'All files': ['*'] };
const mostFound = 200;
/** How long the list waits for what the engine says of its files, ms. */
const patience = 1500;

/**
 * Asks for a model: those of the workspace with their format, size and age, the last choice first, or any other file. Files
 * that the engine finds to be no models while the list waits are left out.
 */
export async function chooseModel(
  { remembered, inspections }: { readonly remembered: Remembered; readonly inspections: Inspections },
  title: string,
  keys: readonly string[] = ['model'],
): Promise<string | undefined> {
  const choice: Choice = { remembered, keys, title, placeHolder: 'Model', otherLabel: 'Browse for a model file…' };
  return chooseFile(models(inspections), choice, { canSelectFiles: true, filters: modelFilters });
}

async function models(inspections: Inspections): Promise<Offered[]> {
  const found = await vscode.workspace.findFiles(modelGlob, notSearched, mostFound);
  const files = found.map(({ fsPath }) => fsPath).filter(isModel);
  const end = Date.now() + patience;
  const offered: Offered[] = [];
  // One after another: the engine is one process, which what came too late would keep busy for long.
  for (const file of files.sort()) {
    const left = end - Date.now();
    const inspected = left > 0 ? await inspections.within(file, left) : undefined;
    const version = await versionOf(file);
    if (!version || inspected?.failure?.code === 'model-unreadable') continue;
    offered.push({ file, detail: `${kindInWords(inspected)}${versionInWords(version, Date.now())}` });
  }
  return offered;
}

function kindInWords(inspected: Inspected | undefined): string {
  if (!inspected) return '';
  return inspected.inspection ? `${formatName(inspected.inspection)}, ` : 'cannot be analysed, ';
}
