import { AnalysisError } from '../../base/errors';
import { inTurns, type Steps } from '../../base/steps';
import type { ModelFiles } from '../../files/modelFiles';
import { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, Network, Value } from '../../network/network';
import { MergedBatch } from '../batch/mergedBatch';
import type { Operand } from '../batch/operand';
import { classScores } from '../classScores';
import type { Choices, InputLayout, LoadedModel } from '../format';
import { preprocessingInside } from '../inside';
import { settledShape } from '../openInput';
import { chosenOutput, type ScoreOutput } from '../outputs';
import { openTorchArchive, type TorchArchive } from './archive';
import { GraphReader } from './graph';
import { isNamed, targetOf } from './node';
import type { Argument, Named, Program, ProgramInput } from './program';
import { isPixelType, storedConstant } from './weights';

/**
 * Reads what `torch.export.save` writes, without unpickling anything.
 *
 * @param files stay open; large weights are read from them when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', or 'invalid-input' where the choices do not
 *   fit the file
 */
export async function readTorchExport(files: ModelFiles, choices: Choices, signal?: AbortSignal): Promise<LoadedModel> {
  const archive = openTorchArchive(files);
  const { program } = archive;
  const notes = new Set<string>();
  const note = (sentence: string): void => void notes.add(sentence);
  const used = usedNames(program);
  const image = imageInput(program, used, choices, note);
  if (image.fixedBatch !== null) {
    note(`The file fixes the batch at ${image.fixedBatch}; here any number of images runs at once.`);
  }

  const builder = new NetworkBuilder();
  const x = builder.input('x', [-1, ...image.shape]);
  const weights = new Map<string, Value>();
  let parameters = 0;
  for (const input of program.inputs) {
    if (input.role === 'user' || !isNamed(input.argument)) continue;
    // Counters of training steps and the like are read by no node.
    if (!used.has(input.argument.name)) continue;
    const constant = weightOf(archive, input, builder, note);
    weights.set(input.argument.name, constant);
    if (input.role === 'parameter') parameters += constant.shape.reduce((count, extent) => count * extent, 1);
  }

  const evaluate = function* (output: Named): Steps<Operand> {
    const reader = new GraphReader(program.graph, {
      builder,
      fixedBatch: image.fixedBatch,
      merged: new MergedBatch(),
      note,
    });
    reader.bind(image.name, x);
    for (const [name, value] of weights) reader.bind(name, value);
    const [value] = yield* reader.evaluate([output.name]);
    return value;
  };
  const logits = await inTurns(logitsOf(program, evaluate, builder, choices.output, note), signal);
  const network: Network = { inputs: { x }, outputs: { logits: logits.value } };
  return {
    network,
    format: 'torch-export',
    producer: program.torchVersion === null ? null : `PyTorch ${program.torchVersion}`,
    inputShape: image.shape,
    layout: image.layout,
    settled: program.outputs.flat().length > 1 ? { output: logits.name } : {},
    classes: null,
    preprocessing: null,
    insidePreprocessing: preprocessingInside(network),
    parameters,
    operators: operatorCounts(program),
    notes: [...notes],
  };
}

interface ImageInput {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly layout: InputLayout;
  readonly fixedBatch: number | null;
}

/** The one input that is no weight, whose extents must be known but for the batch. */
function imageInput(
  program: Program,
  used: ReadonlySet<string>,
  choices: Choices,
  note: (sentence: string) => void,
): ImageInput {
  const given = program.inputs.flatMap(({ role, argument }) => (role === 'user' && isNamed(argument) ? argument : []));
  const candidates = given.length > 1 ? given.filter(({ name }) => used.has(name)) : given;
  if (candidates.length !== 1) {
    const names = candidates.map(({ name }) => `"${name}"`).join(', ');
    throw unreadable(
      `an image classifier must have one input, this model has ${candidates.length}${names ? `: ${names}` : ''}`,
      'Export a model that takes the image alone.',
    );
  }
  const [{ name }] = candidates;
  const meta = program.graph.tensors.get(name);
  if (meta === undefined || !isPixelType(meta.type)) {
    throw unreadable(
      `the input "${name}" must be a tensor of float or uint8 numbers`,
      'Export a model that takes pixels.',
    );
  }
  const written = meta.sizes.join(', ');
  const [batch, ...rest] = meta.sizes;
  const open = rest.findIndex((size) => typeof size === 'string');
  if (open >= 0) {
    throw unreadable(
      `dimension ${open + 1} (${rest[open]}) of the input "${name}" [${written}] is left open`,
      'Export the model for one image size; only the batch may vary.',
    );
  }
  if (rest.length < 1 || rest.length > 4 || (rest.length === 2 && outputRank(program) === 1)) {
    throw unreadable(
      `the input "${name}" is [${written}], which has no dimension for the batch`,
      'Export the model with an example of shape [1, channels, height, width].',
    );
  }
  const described = `torch.export: the input "${name}" [${written}]`;
  const extents = rest.map(Number);
  if (batch === 0 || extents.some((extent) => extent < 1)) {
    throw unreadable(`the input "${name}" [${written}] is empty`, 'Export the model with an example image.');
  }
  const layout = rest.length === 3 ? 'nchw' : 'flat';
  const { shape } = settledShape({ described, shape: extents, layout, channels: null }, choices, note);
  return { name, shape, layout, fixedBatch: typeof batch === 'number' ? batch : null };
}

function outputRank({ outputs, graph }: Program): number | undefined {
  const [first] = outputs;
  return isNamed(first) ? graph.tensors.get(first.name)?.sizes.length : undefined;
}

/** What any node of the program's graph reads, or the program returns. */
function usedNames({ graph, outputs }: Program): ReadonlySet<string> {
  const read = graph.nodes.flatMap(({ inputs }) => inputs.map(({ argument }) => argument));
  return new Set(namesIn([...read, ...outputs]));
}

function namesIn(argument: Argument): string[] {
  if (Array.isArray(argument)) return (argument as readonly Argument[]).flatMap(namesIn);
  return isNamed(argument) ? [argument.name] : [];
}

function weightOf(
  archive: TorchArchive,
  { stored }: ProgramInput,
  builder: NetworkBuilder,
  note: (sentence: string) => void,
): ConstantValue {
  const tensor = archive.tensor(stored);
  if (tensor !== undefined) return storedConstant(builder, tensor, stored, note);
  throw unreadable(`the weight "${stored}" is not in the file`, 'Save the model again with torch.export.save.');
}

/** The output of shape [n, K] of that name; the first, where none is asked for. */
function* logitsOf(
  { outputs, graph }: Program,
  evaluate: (output: Named) => Steps<Operand>,
  builder: NetworkBuilder,
  asked: string | undefined,
  note: (sentence: string) => void,
): Steps<ScoreOutput> {
  const named = outputs.flat().filter(isNamed);
  const found = named.map(({ name }) => `"${name}" [${graph.tensors.get(name)?.sizes.join(', ') ?? ''}]`);
  const errors: AnalysisError[] = [];
  const candidates: ScoreOutput[] = [];
  for (const output of named) {
    if (asked === undefined && candidates.length > 0) break;
    try {
      const operand = yield* evaluate(output);
      if (operand.op === 'Extents' || operand.op === 'Sequence') continue;
      const value = classScores(operand, builder);
      if (value !== undefined) candidates.push({ name: output.name, value });
    } catch (error) {
      if (!(error instanceof AnalysisError) || output.name === asked) throw error;
      errors.push(error);
    }
  }
  if (candidates.length === 0 && errors.length > 0) throw errors[0];
  return chosenOutput({ format: 'torch.export', found }, candidates, asked, note);
}

function unreadable(reason: string, advice: string): AnalysisError {
  return new AnalysisError('model-unreadable', `torch.export: ${reason}. ${advice}`);
}

function operatorCounts({ graph }: Program): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { target } of graph.nodes) {
    const { op } = targetOf(target);
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
