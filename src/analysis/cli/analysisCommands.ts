import { type Static, type TObject, Type } from '@sinclair/typebox';
import type { Command } from 'commander';

import { analyses as protocol, type AnalysisName, type Params } from '../../protocol/analyses';
import { SearchParams } from '../../protocol/analyses/boundary';
import { commandLine } from '../../protocol/commandLine';
import { Request } from '../../protocol/job';
import { presetAnalyses } from '../job/presets';
import { addOptions, type Flags, type Values } from './options';
import { runRequest } from './run';
import { addRunOptions, type RunOptions } from './runOptions';
import { refuseUnused, type Typed } from './unused';

/** What a request is about, and under which conditions it is worked on. */
const Matter = Type.Pick(Request, ['images', 'preset', 'train', 'clean', 'againstPreprocessing']);
const Conditions = Type.Pick(Request, [
  ...(['limit', 'signature', 'inputSize', 'output', 'preprocessing', 'preprocessed', 'backend', 'seed'] as const),
  ...(['device', 'tensorflow', 'threads', 'batch', 'memory'] as const),
]);

type AnalysisFlags<K extends AnalysisName> = Flags<(typeof protocol)[K]['params']>;

interface AnalysisCommand {
  readonly name: string;
  /** `<model>` unless there are more. */
  readonly operands?: string;
  readonly description: string;
  readonly examples: readonly string[];
  /** What it runs. Each parameter is an option, unless the flags say that it is called otherwise, or not offered. */
  readonly analyses: { readonly [K in AnalysisName]?: AnalysisFlags<K> };
  /** What it asks for besides `--images`. */
  readonly matter?: Flags<typeof Matter>;
}

/** Every command that runs analyses on a model. */
export const analysisCommands: readonly AnalysisCommand[] = [
  {
    name: 'evaluate',
    description: 'predictions, margins and their gradients',
    examples: ['model.onnx --images photos/ --out logits.npz'],
    analyses: { evaluate: {} },
  },
  {
    name: 'boundary',
    description: 'distance of each image to the decision boundary, and towards which class',
    examples: ['model.onnx --images photos/ --out report.html'],
    analyses: { boundary: {} },
  },
  {
    name: 'curvature',
    description: 'curvature of the boundary at the point nearest to each image',
    examples: ['model.keras --images photos/ --limit 20 --eigenvalues 20 --out curvature.json'],
    analyses: { curvature: {} },
  },
  {
    name: 'subspace',
    description: 'directions in which the boundary near many images is curved, and what noise along them does',
    examples: [
      'model.onnx --images test/ --train train/ --out directions.npz --out report.html',
      'model.onnx --images photos/ --dimension 50',
    ],
    matter: { train: 'train' },
    analyses: { subspace: {} },
  },
  {
    name: 'paths',
    description: 'paths inside one classification region between pairs of images (Algorithm 1)',
    examples: ['model.onnx --images photos/ --pairs 50 --out paths.json', 'model.onnx --images photos/ --scenario 1'],
    analyses: { paths: { scenarios: 'scenario', overshoot: 'path-overshoot' } },
  },
  {
    name: 'convexity',
    description: 'how often mixtures of images of one predicted class keep it',
    examples: ['model.onnx --images photos/ --members 2,5,10'],
    analyses: { convexity: {} },
  },
  {
    name: 'slice',
    description: 'classification regions on a plane through images',
    examples: [
      'model.onnx --images photos/ --out slice.html',
      'model.onnx --images photos/ --pair cat/1.png cat/7.png --out slice.html',
      'model.onnx --images photos/ --plane cat/1.png dog/2.png bird/3.png --out slice.html',
    ],
    analyses: { slice: {} },
  },
  {
    name: 'calibrate',
    description:
      'learns from clean images (50 or more, better 200) to tell perturbed ones, and says how well that works on this model',
    examples: [
      'model.onnx --clean photos/ --out calibration.json',
      'model.onnx --clean photos/ --attacks --out calibration.json --out calibration.html',
    ],
    matter: { images: 'clean' },
    analyses: { calibration: {} },
  },
  {
    name: 'detect',
    description: 'whether images look perturbed, and which label they may have had',
    examples: [
      'model.onnx --images suspects/ --calibration calibration.json',
      'model.onnx --images suspects/   (numbers only: without a calibration there is no verdict)',
    ],
    analyses: { detect: {} },
  },
  {
    name: 'analyze',
    description: 'the main job: everything, in one report',
    examples: [
      'model.onnx --images photos/ --preset quick --out report.html --out report.json',
      'model.onnx --images test/ --train train/ --clean validation/ --preset paper --out report.json --resume',
    ],
    matter: { preset: 'preset', train: 'train', clean: 'clean' },
    analyses: { curvature: {}, detect: { estimator: null, samples: null, falsePositiveRate: null, step: null } },
  },
  {
    name: 'compare',
    operands: '<model> <other>',
    description: 'two models on the same images, in pixel units, with paired differences',
    examples: ['before.onnx after.onnx --images photos/ --out comparison.html'],
    matter: { againstPreprocessing: 'against-preprocessing' },
    analyses: { compare: {} },
  },
];

/** Adds every command that runs analyses on a model. */
export function addAnalysisCommands(program: Command): void {
  for (const { name, operands = '<model>', description, examples, analyses, matter } of analysisCommands) {
    const command = program.command(`${name} ${operands}`).description(description);
    const ofMatter = addOptions(command, Matter, {
      ...{ preset: null, train: null, clean: null, againstPreprocessing: null },
      ...matter,
    });
    const names = Object.keys(analyses) as AnalysisName[];
    const ofAnalyses = names.map((analysis) => addParams(command, analysis, analyses[analysis]));
    const ofConditions = addOptions(command, Conditions);
    const ofSearch = addOptions(command, SearchParams, { level: 'search' });
    addRunOptions(command);
    command
      .addHelpText('after', `\nExamples:${examples.map((line) => `\n  $ boundary-lens ${name} ${line}`).join('')}`)
      .action(async () => {
        const [model] = command.args;
        const against = command.args.at(1);
        const about = ofMatter();
        const chosen = about.preset ? presetAnalyses(about.preset) : {};
        const request: Request = {
          ...{ command: commandLine(process.argv.slice(2)), model },
          ...(against !== undefined && { against }),
          ...about,
          ...ofConditions(),
          search: ofSearch(),
          // What a preset leaves out is not asked for by its options' defaults.
          analyses: Object.fromEntries(
            ofAnalyses.map(({ params }) => params(chosen)).filter(([name]) => !about.preset || name in chosen),
          ),
        };
        refuseUnused(request, typedOptions(ofMatter, ofAnalyses), commandsOf);
        process.exitCode = await runRequest(request, command.opts<RunOptions>());
      });
  }
}

/** The options of an analysis: what was typed, and its params as they were typed, over those of a preset or the defaults. */
interface AnalysisOptions<K extends AnalysisName> {
  readonly analysis: K;
  readonly params: (chosen: Request['analyses']) => [K, Params<K>];
  readonly typed: Values<TObject>['typed'];
}

function addParams<K extends AnalysisName>(
  command: Command,
  analysis: K,
  flags: AnalysisFlags<K> | undefined,
): AnalysisOptions<K> {
  const values = addOptions(command, protocol[analysis].params, flags);
  return { analysis, params: (chosen) => [analysis, values(chosen[analysis])], typed: values.typed };
}

/** Images that one analysis alone is given. */
const imagesOf: readonly (readonly [keyof Static<typeof Matter>, AnalysisName])[] = [
  ['train', 'subspace'],
  ['clean', 'calibration'],
];

/** What was typed that is of one analysis. */
function typedOptions(
  ofMatter: Pick<Values<typeof Matter>, 'typed'>,
  ofAnalyses: readonly Pick<AnalysisOptions<AnalysisName>, 'analysis' | 'typed'>[],
): Typed[] {
  const options = (typed: ReturnType<Values<TObject>['typed']>): string[] => typed.map(({ option }) => option);
  return [
    ...ofAnalyses.map(({ analysis, typed }) => ({ analysis, options: options(typed()) })),
    ...imagesOf.map(([property, analysis]) => ({
      analysis,
      options: options(ofMatter.typed().filter((one) => one.property === property)),
    })),
  ];
}

/** The commands that run an analysis by itself. */
function commandsOf(analysis: AnalysisName): string[] {
  return analysisCommands.filter((one) => analysis in one.analyses && !one.matter?.preset).map(({ name }) => name);
}
