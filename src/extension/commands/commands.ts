import path from 'node:path';

import * as vscode from 'vscode';

import { chooseImageFiles, chooseImageFolder, chooseImages } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { commonFolder, isImage } from '../files/imageFiles';
import { isFolder, modelFile } from '../files/modelFiles';
import { openModelPage } from '../models/modelPage';
import { notice } from '../notifications';
import type { Task } from '../runs/request';
import { whenTrusted } from '../trust';
import { analyze, choosePreprocessing, compare } from './analyze';
import { activeFile, type FileArgument, filesMeant } from './arguments';
import { calibrate, checkPerturbation, chooseModelOf } from './detection';
import { analyzeFolder, watch } from './series';
import type { Choices, Tools } from './tools';

/**
 * The commands that start the engine or read files, none of them in Restricted Mode. Menus call them with the file clicked
 * and all that are selected; keybindings and other extensions may give the rest as a third argument. Each answers the
 * report, if there is one.
 */
export function registerCommands(tools: Tools): vscode.Disposable {
  const command = (name: string, run: (files: string[], given?: Choices) => Promise<unknown>): vscode.Disposable => {
    const trusted = (clicked?: FileArgument, selected?: unknown, given?: Choices): Promise<unknown> => {
      return whenTrusted(() => run(filesMeant(clicked, selected), given));
    };
    return vscode.commands.registerCommand(`boundaryLens.${name}`, trusted);
  };
  return vscode.Disposable.from(
    command(
      'inspect',
      onModels(([model]) => inspect(tools, model)),
    ),
    command(
      'analyze',
      onModels(([model], given) => analyze(tools, model, given)),
    ),
    command(
      'choosePreprocessing',
      onModels(([model]) => choosePreprocessing(tools, model)),
    ),
    command(
      'calibrate',
      onModels(([model], given) => calibrate(tools, model, given)),
    ),
    command(
      'compare',
      onModels(([model, against], given) => compare(tools, model, against, given)),
    ),
    command(
      'watch',
      onModels(([model], given) => watch(tools, model, given?.images)),
    ),
    command('analyzeFolder', ([folder], given) => analyzeFolder(tools, folder, given?.images)),
    command('checkPerturbation', async (files, given) => {
      const images = await imagesMeant(tools, files, given);
      return images.length > 0 ? checkPerturbation(tools, images, given) : undefined;
    }),
    command('chooseModel', async (files) => {
      const images = [...files, activeFile() ?? ''].filter(isImage);
      const folder = images.length > 0 ? commonFolder(images) : await chooseImageFolder(tools.remembered);
      return folder === undefined ? undefined : chooseModelOf(tools, folder);
    }),
    tools.results.onChoose((task) => void whenTrusted(() => chooseAgain(tools, task))),
    // The check finds the calibration refused once more, and asks for clean images.
    tools.results.onRecalibrate(({ request: { images, model } }) => {
      void whenTrusted(() => checkPerturbation(tools, images, { model }));
    }),
  );
}

/** Opens the page of a model. */
async function inspect(tools: Tools, given?: string): Promise<undefined> {
  const model = given ?? (await chooseModel(tools, 'Inspect Model'));
  if (model !== undefined) await openModelPage(model);
}

/** Runs with the files that stand for the models given, which may be folders; says where a folder holds none. */
function onModels(
  run: (models: string[], given?: Choices) => Promise<unknown>,
): (given: string[], choices?: Choices) => Promise<unknown> {
  return async (given, choices) => {
    const models: string[] = [];
    for (const each of given) {
      const model = await modelNamed(each);
      if (model === undefined) return undefined;
      models.push(model);
    }
    return run(models, choices);
  };
}

async function modelNamed(given: string): Promise<string | undefined> {
  const model = await modelFile(given);
  if (model === undefined) {
    void vscode.window.showWarningMessage(
      notice(`${path.basename(given)} holds no model; a folder must have a saved_model.pb or model.json in it.`),
    );
  }
  return model;
}

/**
 * The images and folders among the files, else the image that is open, else what the user picks: single files, or for a
 * model that is given a set.
 */
async function imagesMeant(tools: Tools, files: readonly string[], { model }: Choices = {}): Promise<string[]> {
  if (files.length === 0) {
    const open = activeFile();
    if (open !== undefined && isImage(open)) return [open];
    if (model === undefined) return chooseImageFiles('Check Perturbation: images');
    const set = await chooseImages(tools.remembered, model, 'Check Perturbation: images');
    return set === undefined ? [] : [set];
  }
  const folders = await Promise.all(files.map(isFolder));
  const images = files.filter((file, i) => folders[i] === true || isImage(file));
  if (images.length === 0) {
    void vscode.window.showWarningMessage(notice(`${path.basename(files[0] ?? '')} is no image.`));
  }
  return images;
}

/** What a panel's user wants to choose anew: the model of these images, or everything. */
async function chooseAgain(tools: Tools, { kind, request }: Task): Promise<unknown> {
  switch (kind) {
    case 'analyze':
      return analyze(tools);
    case 'calibrate':
      return calibrate(tools);
    case 'compare':
      return compare(tools);
    case 'checkPerturbation': {
      const model = await chooseModelOf(tools, commonFolder(request.images));
      return model === undefined ? undefined : checkPerturbation(tools, request.images, { model });
    }
  }
}
