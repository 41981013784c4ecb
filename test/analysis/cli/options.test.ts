import assert from 'node:assert/strict';

import { type TObject, Type } from '@sinclair/typebox';
import { Command } from 'commander';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { addAnalysisCommands, analysisCommands } from '../../../src/analysis/cli/analysisCommands';
import { addOptions, type Flags } from '../../../src/analysis/cli/options';
import { analyses, type AnalysisName } from '../../../src/protocol/analyses';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import { presetRuns } from '../../../src/protocol/presets';
import { Choice } from '../../../src/protocol/schema';
import { Size } from '../../../src/protocol/sideFile';

/** A command that has the options of a schema, and fails by throwing. */
function commandOf<T extends TObject>(schema: T, flags: Flags<T> = {}) {
  const command = new Command('c').exitOverride().configureOutput({ writeErr: () => undefined });
  const values = addOptions(command, schema, flags);
  const read = (...args: string[]) => {
    command.parse(args, { from: 'user' });
    return values();
  };
  return { command, values, read };
}

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('options of a schema', () => {
  it('take default, description, letter and limits from it, whatever they are', () => {
    for (const value of [7, 12]) {
      const schema = Type.Object({
        noiseLevel: Type.Integer({ title: 'q', description: `not below ${value}`, minimum: value, default: value }),
      });
      const { command, read } = commandOf(schema);
      assert.match(
        command.helpInformation(),
        new RegExp(`--noise-level <q> +not below ${value} \\(default: ${value}\\)`),
      );
      assert.deepEqual(commandOf(schema).read(), { noiseLevel: value });
      assert.deepEqual(commandOf(schema).read('--noise-level', '90'), { noiseLevel: 90 });
      assert.throws(
        () => read('--noise-level', String(value - 1)),
        new RegExp(`--noise-level <q>.*'${value - 1}' is invalid. It must be a whole number of at least ${value}\\.`),
      );
    }
  });

  it('refuse what their limits exclude, and say what they include', () => {
    const schema = Type.Object({
      share: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
      place: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })),
      count: Type.Optional(Type.Union([Type.Integer({ minimum: 2 }), Type.Literal('all')])),
      sizes: Type.Optional(Type.Array(Type.Integer({ minimum: 2 }), { minItems: 1 })),
      seed: Type.Optional(Type.Integer()),
      method: Type.Optional(Choice(['fast', 'exact'])),
    });
    const good: [string, string, unknown][] = [
      ['share', '0.25', 0.25],
      ['share', '1e-3', 0.001],
      ['place', '3', 3],
      ['count', '4', 4],
      ['count', 'all', 'all'],
      ['sizes', '2', [2]],
      ['sizes', '2,30', [2, 30]],
      ['seed', '-5', -5],
      ['method', 'exact', 'exact'],
    ];
    for (const [name, text, value] of good) {
      const found: Readonly<Record<string, unknown>> = commandOf(schema).read(`--${name}=${text}`);
      assert.deepEqual(found[name], value);
    }
    const bad: [string, string[], RegExp][] = [
      ['share', ['0', '1', '', ' ', 'x', 'NaN', 'Infinity'], /It must be a number above 0 and below 1\./],
      ['place', ['0', '4', '1.5'], /It must be a whole number of at least 1 and of at most 3\./],
      ['count', ['1', 'some', '2.5'], /It must be a whole number of at least 2 or all\./],
      ['sizes', ['', '1', '2,', '2,x', '2;3'], /a whole number of at least 2, or several with commas between\./],
      ['seed', ['1e300', '9007199254740993', 'one'], /It must be a whole number\./],
      ['method', ['slow', ''], /Allowed choices are fast, exact\./],
    ];
    for (const [name, texts, message] of bad) {
      for (const text of texts) assert.throws(() => commandOf(schema).read(`--${name}=${text}`), message, text);
    }
  });

  it('leave texts texts, and take as many values as a tuple has', () => {
    const name = Type.String({ title: 'name' });
    const schema = Type.Object({ file: Type.Optional(Type.String()), pair: Type.Optional(Type.Tuple([name, name])) });
    assert.deepEqual(commandOf(schema).read('--file', '12', '--pair', '1', 'b'), { file: '12', pair: ['1', 'b'] });
    assert.throws(() => commandOf(schema).read('--pair', 'a'), /--pair must be 2 names, got 1/);
    assert.throws(() => commandOf(schema).read('--pair', 'a', 'b', 'c'), /--pair must be 2 names, got 3/);
    assert.match(commandOf(schema).command.helpInformation(), /--file <text>.*--pair <name\.\.\.>/s);
  });

  it('take height and width with an x between', () => {
    const schema = Type.Object({ inputSize: Type.Optional(Size({ title: 'hxw', description: 'of images' })) });
    const { command, read } = commandOf(schema);
    assert.match(command.helpInformation(), /--input-size <hxw> +of images/);
    assert.deepEqual(read('--input-size', '64x128'), { inputSize: [64, 128] });
    for (const text of ['64', '64x', 'x64', '0x64', '64x64x3', '6.5x64', '64,64', 'axb']) {
      assert.throws(() => read('--input-size', text), /2 whole numbers with x between, such as 224x224/, text);
    }
  });

  it('must be given where the schema asks for a value and has none', () => {
    const schema = Type.Object({ images: Type.Array(Type.String({ title: 'path' })) });
    assert.throws(() => commandOf(schema).read(), /required option '--images <path\.\.\.>' not specified/);
    assert.deepEqual(commandOf(schema).read('--images', 'a', 'b'), { images: ['a', 'b'] });
  });

  it('have the names that the flags give them, or none', () => {
    const schema = Type.Object({ overshoot: Type.Number({ default: 1 }), clip: Type.Boolean({ default: false }) });
    const { command, read } = commandOf(schema, { overshoot: 'path-overshoot', clip: null });
    assert.deepEqual(read('--path-overshoot', '3'), { overshoot: 3, clip: false });
    assert.ok(!command.helpInformation().includes('clip'));
    assert.deepEqual(commandOf(schema).read('--clip'), { overshoot: 1, clip: true });
  });

  it('change only what was typed of settings that differ from the defaults', () => {
    const schema = Type.Object({ a: Type.Integer({ default: 1 }), b: Type.Integer({ default: 2 }) });
    const { read, values } = commandOf(schema);
    read('--b', '2');
    assert.deepEqual(values({ a: 10, b: 20 }), { a: 10, b: 2 });
  });
});

describe('the commands that analyse', () => {
  const program = new Command();
  addAnalysisCommands(program);
  const optionsOf = (name: string) => program.commands.find((command) => command.name() === name)?.options ?? [];

  /** Each property that a command offers of a schema has its option, with the same text and default. */
  function assertOffered(command: string, schema: TObject, flags: Readonly<Record<string, string | null | undefined>>) {
    for (const [property, { description, default: value }] of Object.entries(schema.properties)) {
      const flag = flags[property] === undefined ? kebabCase(property) : flags[property];
      if (flag === null) continue;
      const option = optionsOf(command).find(({ long }) => long === `--${flag}`);
      assert.ok(description, `${command}: ${property} has no description`);
      assert.equal(option?.description, description, `${command} --${flag}`);
      if (!option.isBoolean()) assert.deepEqual(option.defaultValue, value, `${command} --${flag}`);
    }
  }

  it('offer what the schemas of their analyses have, in their words and with their defaults', () => {
    for (const { name, analyses: own } of analysisCommands) {
      assertOffered(name, SearchParams, { level: 'search' });
      for (const [analysis, flags] of Object.entries(own)) {
        assertOffered(name, analyses[analysis as AnalysisName].params, flags);
      }
    }
  });

  it('leave out nothing but what the main job leaves to its presets', () => {
    for (const analysis of Object.keys(analyses) as AnalysisName[]) {
      const offering = analysisCommands.filter(({ analyses: own }) => own[analysis] !== undefined);
      assert.ok(offering.length > 0, `no command runs ${analysis}`);
      for (const { name, analyses: own } of offering) {
        if (name !== 'analyze') assert.ok(!Object.values(own[analysis] ?? {}).includes(null), name);
      }
    }
  });

  /** What the main job says to these options before it opens anything. */
  const refusal = async (...options: string[]): Promise<string> => {
    const main = new Command().exitOverride();
    addAnalysisCommands(main);
    const typed = ['analyze', 'none.onnx', '--images', 'none', ...options];
    const error: unknown = await main.parseAsync(typed, { from: 'user' }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AnalysisError && error.code === 'invalid-input', options.join(' '));
    return error.message;
  };

  it('refuse every option of an analysis that the preset leaves out, and say what takes it', async () => {
    const main = analysisCommands.find(({ name }) => name === 'analyze');
    const left = Object.entries(main?.analyses ?? {}).filter(
      ([analysis]) => !presetRuns.distances.includes(analysis as AnalysisName),
    );
    assert.ok(left.length > 1);
    for (const [analysis, flags] of left as [AnalysisName, Readonly<Record<string, string | null | undefined>>][]) {
      for (const property of Object.keys(analyses[analysis].params.properties)) {
        const flag = flags[property] === undefined ? kebabCase(property) : flags[property];
        if (flag === null) continue;
        const option = optionsOf('analyze').find(({ long }) => long === `--${flag}`);
        assert.ok(option, flag);
        const value = option.isBoolean() ? [] : [option.argChoices?.[0] ?? '2'];
        const said = await refusal('--preset', 'distances', `--${flag}`, ...value);
        const ways = `take --preset quick, standard or paper, or the command ${analysis}, or leave it out`;
        assert.equal(said, `--${flag} is for ${analysis}, which --preset distances does not run; ${ways}`);
      }
    }
  });

  it('refuse images for what is not learned, and say several options of one analysis together', async () => {
    const distances = ['--preset', 'distances'];
    assert.match(await refusal(...distances, '--train', 'x'), /^--train is for subspace, .* or the command subspace,/);
    assert.match(await refusal(...distances, '--clean', 'x'), /^--clean is for calibration, .* the command calibrate,/);
    assert.match(
      await refusal(...distances, '--scale', '1', '--eigenvalues', '4'),
      /^--eigenvalues and --scale are for curvature, which/,
    );
    assert.equal(
      await refusal('--clean', 'x', '--calibration', 'file.json'),
      '--clean is for calibration, which --calibration makes needless; leave one of them out',
    );
  });

  it('are called as scripts call them', () => {
    const flags = (name: string): (string | undefined)[] => optionsOf(name).map(({ long }) => long);
    const contract: Readonly<Record<string, readonly string[]>> = {
      evaluate: [
        'limit',
        'preprocessing',
        'preprocessed',
        'backend',
        'search',
        'overshoot',
        'candidates',
        'seed',
        'out',
        'json',
      ],
      boundary: ['images', 'resume', 'require', 'quiet', 'verbose', 'threads', 'batch', 'memory'],
      curvature: ['eigenvalues', 'method', 'beta', 'at', 'scale', 'step', 'scale-sweep'],
      subspace: ['train', 'dimension', 'directions', 'scale'],
      paths: ['pairs', 'scenario', 'path-overshoot', 'spacing'],
      convexity: ['members'],
      slice: ['pair', 'plane', 'spacing'],
      calibrate: ['clean', 'alpha', 'attacks', 'estimator', 'samples', 'false-positive-rate', 'scale', 'step'],
      detect: ['calibration', 'estimator', 'samples', 'false-positive-rate', 'step'],
      analyze: ['preset', 'train', 'clean', 'calibration', 'eigenvalues', 'scale-sweep'],
      compare: ['against-preprocessing'],
    };
    for (const [name, all] of Object.entries(contract)) {
      for (const flag of all) assert.ok(flags(name).includes(`--${flag}`), `${name} --${flag}`);
    }
    assert.ok(!flags('calibrate').includes('--images'));
  });
});
