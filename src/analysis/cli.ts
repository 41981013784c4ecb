import { Command, CommanderError, Option } from 'commander';

import { Value } from '@sinclair/typebox/value';

import { analyses as protocolAnalyses, type AnalysisName, type Params } from '../protocol/analyses';
import type { Preset, Request } from '../protocol/job';
import { addCommonOptions, type CommonOptions, positive, requestOf, whole } from './cli/options';
import { exitCode, runRequest, writeReport } from './cli/run';
import { inspectionText } from './cli/inspection';
import { summaryText } from './cli/summary';
import { AnalysisError } from './errors';
import { inspect } from './inspect';
import { defaultParams } from './presets';
import { readReport } from './reports/files';
import { toolVersion } from './version';

const program = new Command('boundary-lens')
  .description('The decision boundary of your own image classifier: how far, in which direction, how curved.')
  .version(toolVersion)
  .exitOverride()
  .showHelpAfterError('(--help shows what is possible)');

/** A command that runs analyses on MODEL. */
function analysing(
  name: string,
  description: string,
  example: string,
  add: (command: Command) => Command,
  what: (options: Record<string, unknown>) => Pick<Request, 'analyses' | 'preset' | 'train' | 'clean' | 'against'>,
): void {
  const command = program.command(`${name} <model>`).description(description);
  add(addCommonOptions(command))
    .addHelpText('after', `\nExample:\n  $ boundary-lens ${name} ${example}`)
    .action(async (model: string, options: CommonOptions) => {
      const typed = process.argv.slice(2).join(' ');
      const request = requestOf(typed, model, options, what(options as unknown as Record<string, unknown>));
      process.exitCode = await runRequest(request, options);
    });
}

/** The defaults of an analysis with what the options override; options that are not its params are left out. */
function params<K extends AnalysisName>(name: K, overrides: Record<string, unknown>): Params<K> {
  const known = protocolAnalyses[name].params.properties;
  const given = Object.entries(overrides).filter(([key, value]) => key in known && value !== undefined);
  const merged: unknown = { ...defaultParams(name), ...Object.fromEntries(given) };
  if (!Value.Check(protocolAnalyses[name].params, merged)) {
    const first = Value.Errors(protocolAnalyses[name].params, merged).First();
    throw new AnalysisError('invalid-input', `${name}${first?.path ?? ''}: ${first?.message ?? 'bad setting'}`);
  }
  return merged as Params<K>;
}

const scaleOptions = (command: Command): Command => {
  return command
    .option('--scale <s>', 'h = s · median distance to the boundary', positive, 0.5)
    .option('--step <h>', 'h itself, in units of the input', positive)
    .option('--scale-sweep', 'mean curvature from a tenth to ten times the step');
};
const curvatureOptions = (command: Command): Command => {
  const count = (text: string): number | string => (text === 'all' ? text : whole(2)(text));
  return scaleOptions(command)
    .option('--eigenvalues <n|all>', 'principal curvatures an image, half from each end', count, 10)
    .addOption(
      new Option('--method <id>', 'how curvature is measured')
        .choices(['auto', 'exact', 'finite-difference', 'smoothed'])
        .default('auto'),
    )
    .option('--beta <b>', 'sharpness of the smoothed network', positive)
    .addOption(
      new Option('--at <where>', 'nearest boundary point, or the level set through the image')
        .choices(['boundary', 'point'])
        .default('boundary'),
    );
};
const none = (command: Command): Command => command;

program
  .command('inspect <model>')
  .description('what the file says: format, input, classes, operators, preprocessing')
  .option('--json', 'as JSON')
  .addHelpText('after', '\nExample:\n  $ boundary-lens inspect model.onnx')
  .action(async (model: string, options: { json?: true }) => {
    const inspection = await inspect(model);
    process.stdout.write(options.json ? `${JSON.stringify(inspection, null, 1)}\n` : inspectionText(inspection));
  });

analysing(
  'evaluate',
  'predictions, margins and their gradients',
  'model.onnx --images photos/ --out logits.npz',
  none,
  () => ({ analyses: { evaluate: {} } }),
);

analysing(
  'boundary',
  'distance of each image to the decision boundary, and towards which class',
  'model.onnx --images photos/ --out report.html',
  none,
  () => ({ analyses: { boundary: {} } }),
);

analysing(
  'curvature',
  'curvature of the boundary at the point nearest to each image',
  'model.keras --images photos/ --limit 20 --eigenvalues 20 --out curvature.json',
  curvatureOptions,
  (options) => ({ analyses: { curvature: params('curvature', options) } }),
);

analysing(
  'analyze',
  'the main job: everything, in one report',
  'model.onnx --images photos/ --preset quick --out report.html --out report.json',
  (command) => {
    return curvatureOptions(command).addOption(
      new Option('--preset <id>', 'how thorough').choices(['quick', 'standard', 'paper']).default('quick'),
    );
  },
  (options) => ({ preset: options['preset'] as Preset, analyses: {} }),
);

program
  .command('render <report>')
  .description('an HTML page or CSV from a saved report; no model needed')
  .requiredOption('--out <file>', '.html or .csv; repeatable', (file: string, all: string[]) => [...all, file], [])
  .addHelpText('after', '\nExample:\n  $ boundary-lens render report.json --out report.html')
  .action(async (file: string, options: { out: string[] }) => {
    const report = await readReport(file);
    for (const out of options.out) await writeReport(out, report);
    process.stdout.write(summaryText(report));
  });

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
  } else if (error instanceof AnalysisError) {
    process.stderr.write(`${error.message} [${error.code}]\n`);
    process.exitCode = exitCode.badInput;
  } else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const versions = `boundary-lens ${toolVersion}, Node ${process.version}, ${process.platform} ${process.arch}`;
    process.stderr.write(
      `This is a fault of Boundary Lens; please report it with the following.\n${versions}\n${stack}\n`,
    );
    process.exitCode = exitCode.fault;
  }
});
