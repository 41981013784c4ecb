import type { Preset } from '../../protocol/job';
import type { Report } from '../../protocol/report';
import { chooseImages, choosePreset } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { analysisTask, comparisonTask, type Task } from '../runs/request';
import { currentSettings } from '../settings';
import type { Choices, Tools } from './tools';

/**
 * Runs all analyses of a model, asking for what is not given. Images that a person chose are looked at meanwhile, and where
 * something is in doubt, the run waits for an answer; images that a program gives are taken as they are.
 */
export async function analyze(tools: Tools, given?: string, choices: Choices = {}): Promise<Report | undefined> {
  const { runs, remembered } = tools;
  const model = given ?? (await chooseModel(tools, 'Analyze Decision Boundary: model'));
  if (model === undefined) return undefined;
  const images = choices.images ?? (await chooseImages(remembered, model, 'Analyze Decision Boundary: images'));
  if (images === undefined) return undefined;
  const task = (preset: Preset, preprocessing?: string): Task => {
    return analysisTask(currentSettings(model), model, [images], preset, {
      preprocessing,
      calibration: choices.calibration,
    });
  };
  const look = choices.images === undefined ? tools.preflights.look(task('quick').request, 'run') : undefined;
  try {
    const preset = choices.preset ?? (await choosePreset(remembered));
    const chosen = look && preset !== undefined ? await look.chosen : undefined;
    if (preset === undefined || (look && !chosen)) return undefined;
    look?.close();
    return (await runs.run(task(preset, chosen?.preprocessing))).report;
  } finally {
    look?.close();
  }
}

/** Shows what a model makes of images under the usual preprocessings, and keeps the one that is chosen beside the model. */
export async function choosePreprocessing(tools: Tools, given?: string): Promise<undefined> {
  const model = given ?? (await chooseModel(tools, 'Choose Preprocessing: model'));
  if (model === undefined) return;
  const images = await chooseImages(tools.remembered, model, 'Choose Preprocessing: images');
  if (images === undefined) return;
  const { request } = analysisTask(currentSettings(model), model, [images], 'quick');
  const look = tools.preflights.look(request, 'choose');
  await look.chosen;
  look.close();
}

/** Compares two models on the same images, asking for what is not given. */
export async function compare(
  tools: Tools,
  given?: string,
  other?: string,
  choices: Choices = {},
): Promise<Report | undefined> {
  const { runs, remembered } = tools;
  const model = given ?? (await chooseModel(tools, 'Compare Models: the first'));
  if (model === undefined) return undefined;
  const against = other ?? (await chooseModel(tools, 'Compare Models: the second', [`against:${model}`]));
  if (against === undefined) return undefined;
  const images = choices.images ?? (await chooseImages(remembered, model, 'Compare Models: images'));
  if (images === undefined) return undefined;
  return (await runs.run(comparisonTask(currentSettings(model), model, against, [images]))).report;
}
