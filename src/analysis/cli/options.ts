import { Value } from '@sinclair/typebox/value';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { SearchParams } from '../../protocol/analyses/boundary';
import type { Request } from '../../protocol/job';

/** Options that every analysing command has, as commander hands them over. */
export interface CommonOptions {
  /** Absent where a command has another name for its images. */
  readonly images?: string[];
  readonly limit?: number;
  readonly preprocessing?: string;
  readonly preprocessed?: true;
  readonly inputSize?: [number, number];
  readonly output?: string;
  readonly backend: Request['backend'];
  readonly overshoot: number;
  readonly candidates: number;
  readonly clip?: true;
  readonly seed: number;
  readonly out: string[];
  readonly json?: true;
  readonly resume?: true;
  readonly require: string[];
  readonly quiet?: true;
  readonly verbose?: true;
  readonly threads?: number;
  readonly batch?: number;
  readonly memory?: number;
}

/** Parses a whole number ≥ `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Parses a number > 0, or ≥ 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

/** Parses a number ≥ 0. */
export function atLeastZero(text: string): number {
  return Number(text) === 0 && text.trim() !== '' ? 0 : positive(text);
}

/** Parses a number between 0 and 1, without them. */
export function share(text: string): number {
  const value = positive(text);
  if (value >= 1) throw new InvalidArgumentError('It must be a number between 0 and 1.');
  return value;
}

/** Parses a comma-separated list. */
export function list(parse: (text: string) => number): (text: string) => number[] {
  return (text) => text.split(',').map((entry) => parse(entry));
}

/** Parses height and width: "224x224". */
export function size(text: string): [number, number] {
  const match = /^([1-9]\d{0,4})[x×,]([1-9]\d{0,4})$/i.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('It must be like 224x224, height first.');
  const [, height, width] = match;
  return [Number(height), Number(width)];
}

const collect = (text: string, all: string[]): string[] => [...all, text];
const backends = ['auto', 'onnxruntime', 'webgpu', 'cuda', 'directml', 'coreml', 'tensorflow'];

/** What images can be given as. */
export const imagesHelp = 'image files, folders (a sub-folder a class), .npy/.npz arrays, MNIST IDX, CIFAR-10 binary';

/** Adds the common options to a command, but those that name its images. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'a seeded sample of n images', whole(1))
    .option('--preprocessing <json|file>', 'overrides what was found: JSON text, or a side file')
    .option('--preprocessed', 'arrays are what the network sees, in its own input layout')
    .option('--input-size <hxw>', 'for models that leave the size of their images open, e.g. 224x224', size)
    .option('--output <name>', 'the output that holds the class scores, for models where several would do')
    .addOption(
      new Option('--backend <id>', 'what runs the network; this version has onnxruntime alone')
        .choices(backends)
        .default('auto'),
    )
    .option('--overshoot <x>', 'how far past the boundary a perturbed image is put', positive, 0.02)
    .option('--candidates <m>', 'how many classes are considered as the nearest', whole(2), 10)
    .option('--clip', 'keep points inside the range of pixel values')
    .option('--seed <n>', 'of everything random', whole(0), 0)
    .option('--out <file>', '.json report, .csv, .html page, .npz arrays; repeatable', collect, [])
    .option('--json', 'print the report, and nothing else, on stdout')
    .option('--resume', 'go on from the partial report in --out x.json')
    .option('--require <expr>', 'e.g. "boundary.summary.median>=0.5"; exit code 4 if it fails; repeatable', collect, [])
    .option('--quiet', 'no progress, no notes')
    .option('--verbose', 'on stderr: model, backend, cache, how long each stage took, batches and passes')
    .option('--threads <n>', 'threads of the backend', whole(1))
    .option('--batch <n>', 'a fixed batch size instead of the measured one', whole(1))
    .option('--memory <mb>', 'memory to stay below, MB (half of what there is)', whole(64));
}

/** The request that the common options stand for. */
export function requestOf(
  command: string,
  model: string,
  options: CommonOptions,
  what: Partial<Request> & Pick<Request, 'analyses'>,
): Request {
  const {
    images = [],
    limit,
    seed,
    backend,
    threads,
    batch,
    memory,
    overshoot,
    candidates,
    preprocessing,
    inputSize,
    output,
  } = options;
  return {
    ...{ command, model, images, seed, backend },
    preprocessed: options.preprocessed ?? false,
    search: { ...Value.Create(SearchParams), overshoot, candidates, clip: options.clip ?? false },
    ...(limit !== undefined && { limit }),
    ...(threads !== undefined && { threads }),
    ...(batch !== undefined && { batch }),
    ...(memory !== undefined && { memory }),
    ...(preprocessing !== undefined && { preprocessing }),
    ...(inputSize !== undefined && { inputSize }),
    ...(output !== undefined && { output }),
    ...what,
  };
}
