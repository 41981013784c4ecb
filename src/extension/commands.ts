import path from 'node:path';

import * as vscode from 'vscode';

import { analyze, compare } from './analyze';
import { activeFile, type FileArgument, filesMeant } from './arguments';
import { chooseImageFiles, chooseImageFolder } from './choose';
import { calibrate, checkPerturbation, chooseModelOf } from './detection';
import { commonFolder, isImage } from './imageFiles';
import type { Task } from './request';
import type { Choices, Tools } from './tools';
import { whenTrusted } from './trust';

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
    command('analyze', ([model], given) => analyze(tools, model, given)),
    command('calibrate', ([model], given) => calibrate(tools, model, given)),
    command('compare', ([model, against], given) => compare(tools, model, against, given)),
    command('checkPerturbation', async (files, given) => {
      const images = await imagesMeant(files);
      return images.length > 0 ? checkPerturbation(tools, images, given) : undefined;
    }),
    command('chooseModel', async (files) => {
      const images = [...files, activeFile() ?? ''].filter(isImage);
      const folder = images.length > 0 ? commonFolder(images) : await chooseImageFolder(tools.remembered);
      return folder === undefined ? undefined : chooseModelOf(tools, folder);
    }),
    tools.runs.onChoose((task) => void whenTrusted(() => chooseAgain(tools, task))),
  );
}

/** The images among the files, else the one that is open, else those that the user picks. */
async function imagesMeant(files: readonly string[]): Promise<string[]> {
  if (files.length === 0) {
    const open = activeFile();
    return open !== undefined && isImage(open) ? [open] : chooseImageFiles('Check Perturbation: images');
  }
  const images = files.filter(isImage);
  if (images.length === 0) {
    void vscode.window.showWarningMessage(`Boundary Lens: ${path.basename(files[0] ?? '')} is no image.`);
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
