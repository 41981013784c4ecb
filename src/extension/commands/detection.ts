import * as vscode from 'vscode';

import type { Report } from '../../protocol/report';
import { chooseFile } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { imageSets } from '../choosing/imageSets';
import { commonFolder, upwards } from '../files/imageFiles';
import { exists } from '../files/paths';
import type { Chosen } from '../preflight/preflights';
import { calibrationTask, detectionTask, type Given, isCalibrationRefused, type Task } from '../runs/request';
import { currentSettings } from '../settings';
import type { Choices, Tools } from './tools';

/** The wish to go without clean images. */
const uncalibrated: vscode.QuickPickItem = {
  label: 'Check without calibration',
  description: 'curvatures and candidate labels, but no verdicts',
  iconPath: new vscode.ThemeIcon('circle-slash'),
  alwaysShow: true,
};

/**
 * Whether images look perturbed to the model of their folder. Where there is no calibration of that model, or the engine
 * refuses the stored one, it is made first. What a person has it made on is looked at before; one that is there says how
 * images are prepared.
 */
export async function checkPerturbation(
  tools: Tools,
  images: readonly string[],
  choices: Choices = {},
): Promise<Report | undefined> {
  const { runs, calibrations, preflights } = tools;
  const model = choices.model ?? (await modelOf(tools, commonFolder(images)));
  if (model === undefined) return undefined;
  const taskWith = (given?: Given): Task => detectionTask(currentSettings(model), model, [...images], given);
  const check = (given?: Given) => runs.run(taskWith(given));
  if (choices.clean === null) return (await check()).report;
  let refusal: string | undefined;
  const stored = choices.clean === undefined ? await calibrations.find(model) : undefined;
  if (stored !== undefined) {
    const task = taskWith({ calibration: stored });
    const { report, failure } = await runs.run(task, { askingBack: true });
    if (!failure || !isCalibrationRefused(task, failure)) return report;
    // The run's panel has the details, which would fill the list's title.
    const [reason = ''] = failure.message.slice(stored.length).split(/ \(|[;:]/);
    refusal = `Calibrate again: the stored file${reason}`;
  }
  const title = refusal ?? 'Check Perturbation: clean images to calibrate on';
  const clean = choices.clean ?? (await chooseClean(tools, model, title, [uncalibrated]));
  if (clean === undefined) return undefined;
  if (typeof clean !== 'string') {
    const chosen = await preflights.choice(taskWith().request);
    return chosen && (await check(chosen)).report;
  }
  const chosen = choices.clean === undefined ? await lookAtClean(tools, model, clean) : {};
  const calibrated = chosen && (await learn(tools, model, clean, chosen));
  if (calibrated?.manifest.state !== 'done') return undefined;
  return (await check({ ...chosen, calibration: await calibrations.find(model) })).report;
}

/** Learns from clean images what can be told of perturbed ones on a model, asking for what is not given. */
export async function calibrate(tools: Tools, given?: string, choices: Choices = {}): Promise<Report | undefined> {
  const model = given ?? (await chooseModel(tools, 'Calibrate Detection: model'));
  if (model === undefined) return undefined;
  const clean = choices.clean ?? (await chooseClean(tools, model, 'Calibrate Detection: clean images', []));
  if (typeof clean !== 'string') return undefined;
  const chosen = choices.clean === undefined ? await lookAtClean(tools, model, clean) : {};
  return chosen && learn(tools, model, clean, chosen);
}

function lookAtClean({ preflights }: Tools, model: string, clean: string): Promise<Chosen | undefined> {
  return preflights.choice(calibrationTask(currentSettings(model), model, clean).request);
}

/** Calibrates, and keeps what was learned. */
async function learn(tools: Tools, model: string, clean: string, chosen: Chosen): Promise<Report | undefined> {
  const { runs, calibrations } = tools;
  const { phase, report } = await runs.run(calibrationTask(currentSettings(model), model, clean, chosen));
  if (phase === 'done' && report) {
    const kept = { ...report };
    delete kept.thumbnails;
    await calibrations.save(model, kept);
  }
  return report;
}

/** Asks which model the images of a folder are checked with from now on. */
export async function chooseModelOf(tools: Tools, folder: string): Promise<string | undefined> {
  const name = vscode.workspace.asRelativePath(folder);
  return chooseModel(tools, `Check Perturbation: model for the images in ${name}`, [`model:${folder}`, 'model']);
}

/** The model of a folder or of one above it; asked for once. */
async function modelOf(tools: Tools, folder: string): Promise<string | undefined> {
  for (const above of upwards(folder)) {
    const model = tools.remembered.get(`model:${above}`);
    if (model !== undefined && (await exists(model))) return model;
  }
  return chooseModelOf(tools, folder);
}

async function chooseClean(
  { remembered }: Tools,
  model: string,
  title: string,
  others: readonly (typeof uncalibrated)[],
): Promise<string | typeof uncalibrated | undefined> {
  const { calibrationLimit } = currentSettings(model);
  const most = calibrationLimit > 0 ? `, ${calibrationLimit} are used` : '';
  // Measured with 200 images on two cores: LeNet, and EfficientNet-Lite0 at 224 × 224.
  const placeHolder = `50 or more${most}; takes 10 s (small network) to an hour (ImageNet)`;
  const choice = { remembered, keys: [`clean:${model}`], title, placeHolder, otherLabel: 'Browse…' };
  return chooseFile(imageSets(calibrationLimit), choice, { canSelectFiles: true, canSelectFolders: true }, others);
}
