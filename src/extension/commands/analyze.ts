import type { Report } from '../../protocol/report';
import { chooseImages, choosePreset } from '../choosing/choose';
import { chooseModel } from '../choosing/chooseModel';
import { analysisTask, comparisonTask } from '../runs/request';
import { currentSettings } from '../settings';
import type { Choices, Tools } from './tools';

/** Runs all analyses of a model, asking for what is not given. */
export async function analyze(tools: Tools, given?: string, choices: Choices = {}): Promise<Report | undefined> {
  const { runs, remembered } = tools;
  const model = given ?? (await chooseModel(tools, 'Analyze Decision Boundary: model'));
  if (model === undefined) return undefined;
  const images = choices.images ?? (await chooseImages(remembered, model, 'Analyze Decision Boundary: images'));
  if (images === undefined) return undefined;
  const preset = choices.preset ?? (await choosePreset(remembered));
  if (preset === undefined) return undefined;
  return (await runs.run(analysisTask(currentSettings(), model, [images], preset, choices.calibration))).report;
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
  return (await runs.run(comparisonTask(currentSettings(), model, against, [images]))).report;
}
