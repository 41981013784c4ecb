import type { Request } from '../../protocol/job';
import type { Report } from '../../protocol/report';
import { chooseImages } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { choosePreset, type ChosenPreset } from '../choosing/choosePreset';
import type { Chosen } from '../preflight/preflights';
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
  const task = ({ preset, images: fewer }: ChosenPreset, chosen: Chosen = {}): Task => {
    const { calibration } = choices;
    const settings = { ...currentSettings(model), ...(fewer !== undefined && { imageLimit: fewer }) };
    return analysisTask(settings, model, [images], preset, { ...chosen, calibration });
  };
  const look =
    choices.images === undefined ? tools.preflights.look(task({ preset: 'quick' }).request, 'run') : undefined;
  try {
    const preset = choices.preset ? { preset: choices.preset } : await choosePreset(remembered, look?.expected);
    const chosen = look && preset !== undefined ? await look.chosen : undefined;
    if (preset === undefined || (look && !chosen)) return undefined;
    look?.close();
    return (await runs.run(task(preset, chosen))).report;
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
  await tools.preflights.choice(lookAt(model, images), 'choose');
}

/** Compares two models on the same images, asking for what is not given; images that a person chose are looked at with both. */
export async function compare(
  tools: Tools,
  given?: string,
  other?: string,
  choices: Choices = {},
): Promise<Report | undefined> {
  const { runs, remembered, preflights } = tools;
  const model = given ?? (await chooseModel(tools, 'Compare Models: the first'));
  if (model === undefined) return undefined;
  const against = other ?? (await chooseModel(tools, 'Compare Models: the second', [`against:${model}`]));
  if (against === undefined) return undefined;
  const images = choices.images ?? (await chooseImages(remembered, model, 'Compare Models: images'));
  if (images === undefined) return undefined;
  const look = async (one: string): Promise<Chosen | undefined> => {
    return choices.images === undefined ? preflights.choice(lookAt(one, images)) : {};
  };
  const first = await look(model);
  const second = first && (await look(against));
  if (!second) return undefined;
  const { preprocessing: againstPreprocessing } = second;
  const chosen = { ...first, ...(againstPreprocessing !== undefined && { againstPreprocessing }) };
  return (await runs.run(comparisonTask(currentSettings(model), model, against, [images], chosen))).report;
}

/** What is asked of the engine to look at images with a model. */
function lookAt(model: string, images: string): Request {
  return analysisTask(currentSettings(model), model, [images], 'quick').request;
}
