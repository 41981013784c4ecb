import { Value } from '@sinclair/typebox/value';
import { type Command, Option } from 'commander';

import { analyses as protocolAnalyses, type AnalysisName, type Params } from '../../protocol/analyses';
import { commandLine } from '../../protocol/commandLine';
import { type Preset, presetDescriptions, presets, type Request } from '../../protocol/job';
import { AnalysisError } from '../base/errors';
import { defaultParams, presetAnalyses } from '../job/presets';
import {
  addCommonOptions,
  atLeastZero,
  type CommonOptions,
  imagesHelp,
  list,
  positive,
  requestOf,
  share,
  whole,
} from './options';
import { runRequest } from './run';

type Options = Readonly<Record<string, unknown>>;

/** What a command makes of its options besides the common ones. */
type What = Partial<Request> & Pick<Request, 'analyses'>;

interface AnalysisCommand {
  readonly name: string;
  /** `<model>` unless there are more. */
  readonly arguments?: string;
  readonly description: string;
  readonly examples: readonly string[];
  /** Options of its own. */
  readonly add?: (command: Command) => Command;
  /** Whether `--images` is asked for; `calibrate` calls them clean. */
  readonly images?: false;
  readonly what: (options: Options, command: Command) => What;
}

const presetsInWords = presets.map((preset) => `${preset}: ${presetDescriptions[preset]}`).join('; ');

const scaleOption = (command: Command): Command => {
  return command.option('--scale <s>', 'h = s · median distance to the boundary', positive, 0.5);
};
const curvatureOptions = (command: Command): Command => {
  const count = (text: string): number | string => (text === 'all' ? text : whole(2)(text));
  return scaleOption(command)
    .option('--step <h>', 'h itself, in units of the input', positive)
    .option('--scale-sweep', 'mean curvature from a tenth to ten times the step')
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
const estimatorOptions = (command: Command): Command => {
  return command
    .addOption(
      new Option('--estimator <id>', 'of Algorithm 2’s curvatures; see the README')
        .choices(['forward', 'literal', 'forward-normal'])
        .default('forward'),
    )
    .option('--samples <t>', 'random directions T an image', whole(2), 8)
    .option('--step <h>', 'h itself, in units of the input', positive)
    .option('--false-positive-rate <p>', 'share of clean images that may be called perturbed', share, 0.05);
};
const against = (options: Options): Partial<Request> => {
  const preprocessing = options['againstPreprocessing'];
  return typeof preprocessing === 'string' ? { againstPreprocessing: preprocessing } : {};
};

const commands: readonly AnalysisCommand[] = [
  {
    name: 'evaluate',
    description: 'predictions, margins and their gradients',
    examples: ['model.onnx --images photos/ --out logits.npz'],
    what: () => ({ analyses: { evaluate: {} } }),
  },
  {
    name: 'boundary',
    description: 'distance of each image to the decision boundary, and towards which class',
    examples: ['model.onnx --images photos/ --out report.html'],
    what: () => ({ analyses: { boundary: {} } }),
  },
  {
    name: 'curvature',
    description: 'curvature of the boundary at the point nearest to each image',
    examples: ['model.keras --images photos/ --limit 20 --eigenvalues 20 --out curvature.json'],
    add: curvatureOptions,
    what: (options) => ({ analyses: { curvature: params('curvature', options) } }),
  },
  {
    name: 'subspace',
    description: 'directions in which the boundary near many images is curved, and what noise along them does',
    examples: [
      'model.onnx --images test/ --train train/ --out directions.npz --out report.html',
      'model.onnx --images photos/ --dimension 50',
    ],
    add: (command) =>
      scaleOption(command)
        .option('--train <path...>', `to learn the directions from (a part of --images): ${imagesHelp}`)
        .option('--train-count <n>', 'training images, drawn by the seed', whole(1), 100)
        .option('--dimension <d>', 'dimension of the space S that they span', whole(1), 200)
        .option('--directions <n>', 'directions taken from each training image', whole(1), 10),
    what: (options) => ({
      ...(Array.isArray(options['train']) && { train: options['train'] as string[] }),
      analyses: { subspace: params('subspace', options) },
    }),
  },
  {
    name: 'paths',
    description: 'paths inside one classification region between pairs of images (Algorithm 1)',
    examples: ['model.onnx --images photos/ --pairs 50 --out paths.json', 'model.onnx --images photos/ --scenario 1'],
    add: (command) =>
      command
        .option('--pairs <n>', 'pairs for each scenario', whole(1), 20)
        .option(
          '--scenario <list>',
          '1: two images; 2: an image and one of another class perturbed into its region; 3: an image and perturbed noise',
          list(whole(1)),
          [1, 2, 3],
        )
        .option('--path-overshoot <x>', 'how far into the region projected midpoints are put', atLeastZero, 1),
    what: ({ scenario: scenarios, pathOvershoot: overshoot, pairs }) => ({
      analyses: { paths: params('paths', { pairs, scenarios, overshoot }) },
    }),
  },
  {
    name: 'convexity',
    description: 'how often mixtures of images of one predicted class keep it',
    examples: ['model.onnx --images photos/ --members 2,5,10'],
    add: (command) =>
      command
        .option('--members <list>', 'images in a mixture', list(whole(2)), [2, 3, 4, 5, 6, 8, 10, 15, 20])
        .option('--combinations <n>', 'mixtures for each number of images', whole(1), 500),
    what: (options) => ({ analyses: { convexity: params('convexity', options) } }),
  },
  {
    name: 'slice',
    description: 'classification regions on a plane through images',
    examples: [
      'model.onnx --images photos/ --out slice.html',
      'model.onnx --images photos/ --pair cat/1.png cat/7.png --out slice.html',
      'model.onnx --images photos/ --plane cat/1.png dog/2.png bird/3.png --out slice.html',
    ],
    add: (command) =>
      command
        .option(
          '--pair <name...>',
          'two images of one predicted class: the path between them (two of the largest class)',
        )
        .option('--plane <name...>', 'three images: the plane through them')
        .option('--resolution <n>', 'points along each axis', whole(8), 101),
    what: (options) => {
      for (const [name, count] of [
        ['pair', 2],
        ['plane', 3],
      ] as const) {
        const given = options[name];
        if (Array.isArray(given) && given.length !== count) {
          throw new AnalysisError('invalid-input', `--${name} takes the names of ${count} images, got ${given.length}`);
        }
      }
      return { analyses: { slice: params('slice', options) } };
    },
  },
  {
    name: 'calibrate',
    description: 'learns from clean images to tell perturbed ones, and says how well that works on this model',
    examples: [
      'model.onnx --clean photos/ --out calibration.json',
      'model.onnx --clean photos/ --attacks --out calibration.json --out calibration.html',
    ],
    images: false,
    add: (command) =>
      scaleOption(estimatorOptions(command))
        .requiredOption('--clean <path...>', `clean images, 100 or more, better 200: ${imagesHelp}`)
        .option('--alpha <list>', 'multiples of the smallest perturbation to learn from', list(positive), [1, 2, 5])
        .option('--attacks', 'try FGSM and PGD-L2 as well, which nothing is learned from'),
    what: (options) => ({
      images: options['clean'] as string[],
      analyses: { calibration: params('calibration', options) },
    }),
  },
  {
    name: 'detect',
    description: 'whether images look perturbed, and which label they may have had',
    examples: [
      'model.onnx --images suspects/ --calibration calibration.json',
      'model.onnx --images suspects/   (numbers only: without a calibration there is no verdict)',
    ],
    add: (command) => estimatorOptions(command).option('--calibration <file>', 'what calibrate wrote'),
    what: (options) => ({ analyses: { detect: params('detect', options) } }),
  },
  {
    name: 'analyze',
    description: 'the main job: everything, in one report',
    examples: [
      'model.onnx --images photos/ --preset quick --out report.html --out report.json',
      'model.onnx --images test/ --train train/ --clean validation/ --preset paper --out report.json --resume',
    ],
    add: (command) =>
      curvatureOptions(command)
        .addOption(new Option('--preset <id>', `how thorough; ${presetsInWords}`).choices(presets).default('quick'))
        .option('--train <path...>', 'to learn shared directions from (a part of --images)')
        .option('--clean <path...>', 'clean images to calibrate detection with (those of --images)')
        .option('--calibration <file>', 'what calibrate wrote, instead of calibrating'),
    what: (options, command) => {
      const preset = options['preset'] as Preset;
      const chosen = presetAnalyses(preset);
      const typed = Object.fromEntries(
        Object.entries(options).filter(([key]) => command.getOptionValueSource(key) === 'cli'),
      );
      const { calibration } = options;
      return {
        preset,
        ...(Array.isArray(options['train']) && { train: options['train'] as string[] }),
        ...(Array.isArray(options['clean']) && { clean: options['clean'] as string[] }),
        analyses: {
          curvature: params('curvature', typed, chosen.curvature),
          ...(typeof calibration === 'string' && { detect: params('detect', { calibration }, chosen.detect) }),
        },
      };
    },
  },
  {
    name: 'compare',
    arguments: '<model> <other>',
    description: 'two models on the same images, in pixel units, with paired differences',
    examples: ['before.onnx after.onnx --images photos/ --out comparison.html'],
    add: (command) =>
      command.option('--against-preprocessing <json|file>', 'that of the second model, where it is not found'),
    what: (options) => ({ ...against(options), analyses: { compare: {} } }),
  },
];

/** Adds every command that runs analyses on a model. */
export function addAnalysisCommands(program: Command): void {
  for (const { name, arguments: operands = '<model>', description, examples, add, images, what } of commands) {
    const command = program.command(`${name} ${operands}`).description(description);
    if (images !== false) command.requiredOption('--images <path...>', imagesHelp);
    addCommonOptions(add?.(command) ?? command);
    command
      .addHelpText('after', `\nExamples:${examples.map((line) => `\n  $ boundary-lens ${name} ${line}`).join('')}`)
      .action(async (...all: unknown[]) => {
        const options = command.opts<CommonOptions>();
        const [model, other] = all as [string, unknown];
        const asked = what(command.opts(), command);
        const request = requestOf(commandLine(process.argv.slice(2)), model, options, {
          ...asked,
          ...(typeof other === 'string' && { against: other }),
        });
        process.exitCode = await runRequest(request, options);
      });
  }
}

/** `base`, or the defaults of an analysis, with what the options override; options that are not its params are left out. */
function params<K extends AnalysisName>(name: K, overrides: Options, base: Params<K> = defaultParams(name)): Params<K> {
  const known = protocolAnalyses[name].params.properties;
  const given = Object.entries(overrides).filter(([key, value]) => key in known && value !== undefined);
  const merged: unknown = { ...base, ...Object.fromEntries(given) };
  if (!Value.Check(protocolAnalyses[name].params, merged)) {
    const first = Value.Errors(protocolAnalyses[name].params, merged).First();
    throw new AnalysisError('invalid-input', `${name}${first?.path ?? ''}: ${first?.message ?? 'bad setting'}`);
  }
  return merged;
}
