import { Command, CommanderError } from 'commander';

import { Machine } from '../../protocol/job';
import { backendsHere } from '../backends/here';
import { MissingBackend } from '../backends/table';
import { AnalysisError } from '../base/errors';
import { letHeapGrow } from '../base/heapGrowth';
import { toolVersion } from '../base/version';
import { readReport } from '../reports/files';
import { addAnalysisCommands } from './analysisCommands';
import { backendsJson, backendsText, type Checked, choicesSoFar, operatorsChecked } from './backends';
import { addInspectCommand } from './inspectCommand';
import { addOptions } from './options';
import { exitCode, writeReport } from './run';
import { collect } from './runOptions';
import { summaryText } from './summary';

letHeapGrow();

const program = new Command('boundary-lens')
  .description('The decision boundary of your own image classifier: how far, in which direction, how curved.')
  .version(toolVersion)
  .exitOverride()
  .showHelpAfterError('(--help shows what is possible)');

addInspectCommand(program);
addAnalysisCommands(program);

program
  .command('render <report>')
  .description('an HTML page or CSV from a saved report; no model needed')
  .requiredOption('--out <file>', '.html or .csv; repeatable', collect, [])
  .addHelpText('after', '\nExample:\n  $ boundary-lens render report.json --out report.html')
  .action(async (file: string, options: { out: string[] }) => {
    const report = await readReport(file);
    for (const out of options.out) await writeReport(out, report);
    process.stdout.write(summaryText(report));
    for (const out of options.out) process.stderr.write(`Wrote ${out}\n`);
  });

const backendsCommand = program
  .command('backends')
  .description('what can run networks on this machine, and why something cannot');
const named = addOptions(backendsCommand, Machine);
backendsCommand
  .option('--check', 'try every operator on each of them against onnxruntime; exit code 3 if one is wrong')
  .option('--json', 'as JSON')
  .addHelpText('after', '\nExamples:\n  $ boundary-lens backends\n  $ boundary-lens backends --check')
  .action(async (options: { check?: true; json?: true }) => {
    const check = options.check === true;
    const { backends, auto } = await backendsHere(named());
    const found: readonly Checked[] = check ? await operatorsChecked(backends, named()) : backends;
    const choices = await choicesSoFar();
    process.stdout.write(options.json ? backendsJson(found, auto, choices) : backendsText(found, auto, choices, check));
    const isWrong = found.some(({ operators }) => operators?.some(({ wrong }) => wrong > 0));
    if (isWrong) process.exitCode = exitCode.someFailed;
  });

/** What there is, to who asked for a backend that is not. */
async function sayBackends(): Promise<void> {
  const { backends, auto } = await backendsHere({});
  process.stderr.write(`\n${backendsText(backends, auto)}`);
}

// Who reads only the beginning (a pager, `head`) closes the pipe: there is nobody left to print for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** Ends the process once all is printed: what a thread still computes, of a run that was cancelled, nobody waits for. */
function end(): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

program
  .parseAsync()
  .catch(async (error: unknown) => {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
      if (/'--backend <id>' argument .* is invalid/.test(error.message)) await sayBackends();
    } else if (error instanceof AnalysisError) {
      // Lines to paste may follow the first.
      process.stderr.write(`${error.message.replace(/$|\n/, (end) => ` [${error.code}]${end}`)}\n`);
      process.exitCode = error.code === 'device-lost' ? exitCode.fault : exitCode.badInput;
      if (error instanceof MissingBackend) await sayBackends();
    } else {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const versions = `boundary-lens ${toolVersion}, Node ${process.version}, ${process.platform} ${process.arch}`;
      process.stderr.write(
        `This is a fault of Boundary Lens; please report it with the following.\n${versions}\n${stack}\n`,
      );
      process.exitCode = exitCode.fault;
    }
  })
  .finally(end);
