import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Command } from 'commander';

import { SearchParams } from '../../protocol/analyses/boundary';
import { commandLine } from '../../protocol/commandLine';
import { Request } from '../../protocol/job';
import type { Candidate, Preflight } from '../../protocol/preflight';
import { AnalysisError } from '../base/errors';
import { preflightOfRequest } from '../job/preflight';
import { inspect } from '../model/inspect';
import { inspectionText } from './inspection';
import { addOptions } from './options';
import { preflightText, preprocessingToSave, saveSideFile } from './preflight';

/** What is said of the model, and of images to look at. */
const Matter = Type.Composite([
  Type.Partial(Type.Pick(Request, ['images'])),
  Type.Pick(Request, [
    ...(['signature', 'inputSize', 'output', 'preprocessing', 'limit', 'backend', 'seed', 'tensorflow'] as const),
    ...(['device', 'threads', 'memory'] as const),
  ]),
]);

interface InspectOptions {
  readonly json?: true;
  readonly save?: true;
  readonly yes?: true;
}

/**
 * Adds the command that says what a model's file holds and, given images, what the model makes of them.
 *
 * @throws AnalysisError 'invalid-input' where something is to be saved and no images tell what
 */
export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect <model>')
    .description(
      'what the file says: format, input, classes, operators, preprocessing; with --images: predictions, and the usual preprocessings ranked',
    );
  const asked = addOptions(command, Matter);
  command
    .option('--save', 'write the preprocessing that is proposed, or given, into boundary-lens.json beside the model')
    .option('--yes', 'with --save: replace a boundary-lens.json that is there')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ boundary-lens inspect model.onnx\n  $ boundary-lens inspect model.onnx --images photos/\n' +
        '  $ boundary-lens inspect model.onnx --images photos/ --save',
    )
    .action(async (model: string, options: InspectOptions) => {
      const { images, ...said } = asked();
      if (options.save && !images) throw new AnalysisError('invalid-input', needsImages);
      const found = await inspect(model, 'now', said);
      const looked = images && (await preflightOfRequest(requestOf(model, images, said), looking()));
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...found, ...(looked && withoutPictures(looked)) }, null, 1)}\n`
          : inspectionText(found) + (looked ? preflightText(looked) : ''),
      );
      if (!looked || !options.save) return;
      (options.json ? process.stderr : process.stdout).write(`\n${await saved(looked, options.yes === true)}`);
    });
}

const needsImages = '--save needs --images PATH…: by them it is told which preprocessing is right';

/** Keeps what is to be kept, and says what was done. */
async function saved(looked: Preflight, replaces: boolean): Promise<string> {
  const chosen = preprocessingToSave(looked);
  if (chosen) return saveSideFile(looked, chosen, replaces);
  return `Nothing to save: ${looked.source} states a preprocessing that does well.\n`;
}

const looking = (): Parameters<typeof preflightOfRequest>[1] => ({
  signal: new AbortController().signal,
  ranks: 'always',
});

function requestOf(
  model: string,
  images: string[],
  said: Omit<ReturnType<typeof Value.Create<typeof Matter>>, 'images'>,
): Request {
  const command = commandLine(process.argv.slice(2));
  return { ...said, command, model, images, preprocessed: false, search: Value.Create(SearchParams), analyses: {} };
}

/** Without the pictures and what a side file would say, which are for pages. */
function withoutPictures({ current, candidates, ...rest }: Preflight): object {
  const short = (candidate: Candidate): object => {
    const { name, preprocessing, formula, right, confidence, variety, information, margin } = candidate;
    return { name, preprocessing, formula, right, confidence, variety, information, margin };
  };
  return { ...rest, current: short(current), candidates: candidates.map(short) };
}
