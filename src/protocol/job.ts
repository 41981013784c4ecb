import { type Static, type TArray, type TSchema, type TString, Type } from '@sinclair/typebox';

import { analyses, type AnalysisName, type Params } from './analyses';
import { SearchParams } from './analyses/boundary';
import { BackendsHere } from './backends';
import { ReportChange } from './change';
import { Failure } from './failure';
import { Preflight } from './preflight';
import { Preset } from './presets';
import { Choice, Nullable, Words } from './schema';
import { Size } from './sideFile';
import { backendChoices, Layout, Smoothness } from './words';

/* Messages between the extension host (or a test) and the engine process. */

const Paths = (description: string): TArray<TString> => Type.Array(Type.String({ title: 'path' }), { description });
const preprocessing = (description: string): TString => Type.String({ title: 'json|file', description });

/** What to analyse, and which analyses to run on it. */
export const Request = Type.Object({
  /** As the user would type it; stands in the report. */
  command: Type.String(),
  model: Type.String(),
  signature: Type.Optional(
    Type.String({ title: 'name', description: 'which signature of a SavedModel is the model (serving_default)' }),
  ),
  inputSize: Type.Optional(
    Size({ title: 'hxw', description: 'for models that leave the size of their images open, e.g. 224x224' }),
  ),
  output: Type.Optional(
    Type.String({
      title: 'name',
      description: 'the output that holds the class scores, for models where several would do',
      minLength: 1,
    }),
  ),
  images: Paths('image files, folders (a sub-folder a class), .npy/.npz arrays, MNIST IDX, CIFAR-10 binary'),
  /** Stands for a set of analyses; those named in `analyses` as well override it. */
  preset: Type.Optional(Preset),
  train: Type.Optional(Paths('images to learn shared directions from, in any form of --images (a part of those)')),
  clean: Type.Optional(Paths('clean images to calibrate detection with (those of --images)')),
  /** A second model, for `compare`. */
  against: Type.Optional(Type.String()),
  againstPreprocessing: Type.Optional(preprocessing('that of the second model, where it is not found')),
  limit: Type.Optional(Type.Integer({ description: 'a seeded sample of n images', minimum: 1 })),
  preprocessing: Type.Optional(preprocessing('overrides what was found: JSON text, or a side file')),
  preprocessed: Type.Boolean({
    description: 'arrays are what the network sees, in its own input layout',
    default: false,
  }),
  backend: Choice(backendChoices, {
    description: 'what runs the network; “boundary-lens backends” says what is here, and what the rest takes',
  }),
  device: Type.Optional(
    Type.Integer({
      description: 'which graphics card, from 0, for the backends cuda and directml (the first)',
      minimum: 0,
    }),
  ),
  tensorflow: Type.Optional(
    Type.String({
      title: 'dir',
      description: 'for the backend tensorflow: the folder whose node_modules has @tensorflow/tfjs-node',
    }),
  ),
  seed: Type.Integer({ description: 'of everything random', minimum: 0, default: 0 }),
  /** How boundary points are searched, in all analyses. */
  search: SearchParams,
  threads: Type.Optional(Type.Integer({ description: 'threads of the backend', minimum: 1, maximum: 1024 })),
  batch: Type.Optional(Type.Integer({ description: 'a fixed batch size instead of the measured one', minimum: 1 })),
  memory: Type.Optional(
    Type.Integer({ title: 'mb', description: 'memory to stay below, MB (half of what there is)', minimum: 64 }),
  ),
  analyses: Type.Partial(
    Type.Object(Object.fromEntries(Object.entries(analyses).map(([name, { params }]) => [name, params as TSchema]))),
  ),
});
export type Request = Omit<Static<typeof Request>, 'analyses'> & {
  readonly analyses: { readonly [K in AnalysisName]?: Params<K> };
};

/** What of a machine decides which backends there are: the card, TensorFlow's folder, threads. */
export const Machine = Type.Pick(Request, ['device', 'tensorflow', 'threads']);
export type Machine = Static<typeof Machine>;

/** What `inspect` finds without running anything. */
export const Inspection = Type.Object({
  path: Type.String(),
  format: Type.String(),
  producer: Nullable(Type.String()),
  /** Of the contents of all files of the model; null where they were not read. */
  sha256: Nullable(Type.String()),
  /** Tells a version of the model from the next without reading it. */
  identity: Type.Object({
    /** Bytes of all files of the model. */
    size: Type.Integer(),
    /** When the last of them changed, ms since 1970. */
    modified: Type.Number(),
  }),
  inputShape: Type.Array(Type.Integer()),
  layout: Layout,
  classes: Type.Integer(),
  classNames: Nullable(Type.Array(Type.String())),
  /** Where the names were found. */
  classesSource: Nullable(Type.String()),
  operators: Type.Record(Type.String(), Type.Integer()),
  parameters: Type.Integer(),
  smoothness: Smoothness,
  headStripped: Nullable(Type.String()),
  /** Whether activations are rounded to integers, so that logits change in steps. */
  stepped: Type.Boolean(),
  preprocessing: Type.Object({
    source: Type.String(),
    sentence: Type.String(),
    /** The order of the colours; absent where arrays are taken as they are. */
    channels: Type.Optional(Words('rgb', 'bgr')),
  }),
  operatorsWithoutGradient: Type.Array(Type.String()),
  notes: Type.Array(Type.String()),
});
export type Inspection = Static<typeof Inspection>;

/** How far a running job has come. A snapshot, never a delta: any but the last may be dropped. */
export const Progress = Type.Object({
  stage: Type.String(),
  done: Type.Number(),
  total: Type.Number(),
  elapsedMs: Type.Number(),
  /** Of the whole job, 0 … 1; absent before its cost is known. */
  share: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** The id of the backend, once it is chosen. */
  backend: Type.Optional(Type.String()),
});
export type Progress = Static<typeof Progress>;

export const ToEngine = Type.Union([
  Type.Object({ type: Type.Literal('run'), job: Type.Integer(), request: Request }),
  Type.Object({ type: Type.Literal('inspect'), job: Type.Integer(), model: Type.String() }),
  Type.Object({
    type: Type.Literal('preflight'),
    job: Type.Integer(),
    request: Request,
    /** Whether the usual preprocessings are tried though nothing is in doubt. */
    always: Type.Boolean(),
  }),
  Type.Object({ type: Type.Literal('listBackends'), job: Type.Integer(), machine: Machine }),
  Type.Object({ type: Type.Literal('cancel'), job: Type.Integer() }),
]);
export type ToEngine =
  | { readonly type: 'run'; readonly job: number; readonly request: Request }
  | { readonly type: 'inspect'; readonly job: number; readonly model: string }
  | { readonly type: 'preflight'; readonly job: number; readonly request: Request; readonly always: boolean }
  | { readonly type: 'listBackends'; readonly job: number; readonly machine: Machine }
  | { readonly type: 'cancel'; readonly job: number };

/**
 * A job ends with exactly one of 'done', 'inspected', 'preflighted', 'backendsListed' and 'failed'; before it come progress,
 * what is new in the report, and of a preflight the images that are shown and what is known before anything is tried.
 */
export const FromEngine = Type.Union([
  Type.Object({ type: Type.Literal('progress'), job: Type.Integer(), progress: Progress }),
  Type.Object({ type: Type.Literal('report'), job: Type.Integer(), change: ReportChange }),
  Type.Object({ type: Type.Literal('done'), job: Type.Integer(), change: ReportChange }),
  Type.Object({ type: Type.Literal('inspected'), job: Type.Integer(), inspection: Inspection }),
  Type.Object({ type: Type.Literal('seen'), job: Type.Integer(), preflight: Preflight }),
  Type.Object({ type: Type.Literal('looked'), job: Type.Integer(), preflight: Preflight }),
  Type.Object({ type: Type.Literal('preflighted'), job: Type.Integer(), preflight: Preflight }),
  Type.Object({ type: Type.Literal('backendsListed'), job: Type.Integer(), found: BackendsHere }),
  Type.Object({ type: Type.Literal('failed'), job: Type.Integer(), failure: Failure }),
]);
export type FromEngine =
  | { readonly type: 'progress'; readonly job: number; readonly progress: Progress }
  | { readonly type: 'report'; readonly job: number; readonly change: ReportChange }
  | { readonly type: 'done'; readonly job: number; readonly change: ReportChange }
  | { readonly type: 'inspected'; readonly job: number; readonly inspection: Inspection }
  | { readonly type: 'seen' | 'looked' | 'preflighted'; readonly job: number; readonly preflight: Preflight }
  | { readonly type: 'backendsListed'; readonly job: number; readonly found: BackendsHere }
  | { readonly type: 'failed'; readonly job: number; readonly failure: Failure };
