import type { Command } from 'commander';

/** What is done with a report, and what is said meanwhile, as commander hands it over. */
export interface RunOptions {
  readonly out: string[];
  readonly json?: true;
  readonly resume?: true;
  readonly require: string[];
  readonly yes?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Adds to the values of a repeatable option. */
export const collect = (text: string, all: string[]): string[] => [...all, text];

/** Adds the options of every command that runs a request. */
export function addRunOptions(command: Command): void {
  command
    .option('--out <file>', '.json report, .csv, .html page, .npz arrays; repeatable', collect, [])
    .option('--json', 'print the report, and nothing else, on stdout')
    .option('--resume', 'go on from the partial report in --out x.json')
    .option('--require <expr>', 'e.g. "boundary.summary.median>=0.5"; exit code 4 if it fails; repeatable', collect, [])
    .option('--yes', 'go on where a person would be asked: a guessed preprocessing, predictions at chance')
    .option('--quiet', 'no progress, no notes')
    .option('--verbose', 'on stderr: model, backend, cache, how long each stage took, batches and passes');
}
