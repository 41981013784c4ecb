import * as vscode from 'vscode';

import { formatName, versionInWords } from '../reading/model';
import { type Choice, chooseFile, type Remembered } from './choose';
import type { Inspected, Inspections } from './inspections';
import { isModel, versionOf } from './modelFiles';
import { notSearched } from './notSearched';
import type { Offered } from './offered';

/** Files that may hold a whole model. */
const modelGlob = '**/{*.onnx,*.ONNX,*.keras,*.KERAS,*.h5,*.H5,*.hdf5,*.HDF5,*.pt2,*.PT2,model.json,saved_model.pb}';
const modelFilters = { 'Saved models': ['onnx', 'keras', 'h5', 'hdf5', 'pt2', 'json', 'pb'], 'All files': ['*'] };
const mostFound = 200;
/** How long the list waits for what the engine says of its files, ms. */
const patience = 1500;

/**
 * Asks for a model: those of the workspace with their format, size and age, the last choice first, or any other file. Files
 * that the engine finds to be no models are left out.
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
  const offered = await Promise.all(files.sort().map((file) => offeredModel(inspections, file)));
  return offered.filter((model) => model !== undefined);
}

async function offeredModel(inspections: Inspections, file: string): Promise<Offered | undefined> {
  const [version, inspected] = await Promise.all([versionOf(file), inspections.within(file, patience)]);
  if (!version || inspected?.failure?.code === 'model-unreadable') return undefined;
  return { file, detail: `${kindInWords(inspected)}${versionInWords(version, Date.now())}` };
}

function kindInWords(inspected: Inspected | undefined): string {
  if (!inspected) return '';
  return inspected.inspection ? `${formatName(inspected.inspection)}, ` : 'cannot be analysed, ';
}
