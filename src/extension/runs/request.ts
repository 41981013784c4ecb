import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

import { analyses, type AnalysisName, type Params } from '../../protocol/analyses';
import { SearchParams } from '../../protocol/analyses/boundary';
import { commandLine } from '../../protocol/commandLine';
import type { Failure } from '../../protocol/failure';
import { type Machine, Request } from '../../protocol/job';
import { type Preset, presetRuns } from '../../protocol/presets';
import { Words } from '../../protocol/schema';
import { baseName, capital, count, literal } from '../../reading/format';
import { modelName } from '../../reading/model';

/** What the user has set for all analyses; 0 stands for no limit. */
export interface Settings {
  readonly backend: Request['backend'];
  /** Where the backend tensorflow is taken from. */
  readonly tensorflow?: string | undefined;
  readonly seed: number;
  /** Which graphics card, for the backends that let one choose. */
  readonly device?: number | undefined;
  readonly threads: number;
  readonly memory: number;
  readonly imageLimit: number;
  readonly calibrationLimit: number;
}

/** What can be asked for, by the command that does it. */
const TaskKind = Words('analyze', 'checkPerturbation', 'calibrate', 'compare');
export type TaskKind = Static<typeof TaskKind>;

const kindNames: Readonly<Record<Exclude<TaskKind, 'analyze'>, string>> = {
  checkPerturbation: 'Perturbation',
  calibrate: 'Calibration',
  compare: 'Comparison',
};

export const Task = Type.Object({ kind: TaskKind, request: Request });
/** A request with what it was asked for as: all that is needed to run it, to show it, and to run it again. */
export interface Task {
  readonly kind: TaskKind;
  readonly request: Request;
}

/** What a run is given besides what it finds. */
export interface Given {
  /** JSON; absent where what is found is used. */
  readonly preprocessing?: string;
  /** A file; what it says of the model is not learned again. */
  readonly calibration?: string | undefined;
}

/** All analyses of one model. */
export function analysisTask(
  settings: Settings,
  model: string,
  images: string[],
  preset: Preset,
  { calibration, ...given }: Given = {},
): Task {
  const isUsed = calibration !== undefined && presetRuns[preset].includes('detect');
  const analyses = isUsed ? { detect: { ...defaults('detect'), calibration } } : {};
  return task('analyze', settings, { model, images, preset, analyses, ...given }, settings.imageLimit);
}

/** Whether images look perturbed, by a calibration file; numbers without verdicts where there is none. */
export function detectionTask(
  settings: Settings,
  model: string,
  images: string[],
  { calibration, ...given }: Given = {},
): Task {
  const detect = { ...defaults('detect'), ...(calibration !== undefined && { calibration }) };
  return task('checkPerturbation', settings, { model, images, analyses: { detect }, ...given });
}

/** What can be told of perturbed images on this model, learned from clean ones. */
export function calibrationTask(
  settings: Settings,
  model: string,
  clean: string,
  given: Pick<Given, 'preprocessing'> = {},
): Task {
  const calibration = defaults('calibration');
  const own = { model, images: [clean], analyses: { calibration }, ...given };
  return task('calibrate', settings, own, settings.calibrationLimit);
}

/** Two models on the same images, each with a preprocessing of its own. */
export function comparisonTask(
  settings: Settings,
  model: string,
  against: string,
  images: string[],
  given: Pick<Request, 'preprocessing' | 'againstPreprocessing'> = {},
): Task {
  const own = { model, against, images, analyses: { compare: {} }, ...given };
  return task('compare', settings, own, settings.imageLimit);
}

/** Tasks of one identity share a panel. */
export function taskId({ kind, request: { model, against } }: Task): string {
  return JSON.stringify([kind, model, ...(against === undefined ? [] : [against])]);
}

/** Whether it is a task's calibration that the engine refused: one made another way, or damaged. Such an error names its file. */
export function isCalibrationRefused({ request }: Task, { code, message }: Failure): boolean {
  const { calibration } = request.analyses.detect ?? {};
  return code === 'invalid-input' && calibration !== undefined && message.startsWith(`${calibration} `);
}

/** The files of the models that a task is about. */
export function modelsOf({ request: { model, against } }: Task): string[] {
  return against === undefined ? [model] : [model, against];
}

/** Their names, as they are read. */
export function modelNames(task: Task): string {
  return modelsOf(task)
    .map((model) => literal(modelName(model)))
    .join(', ');
}

/** What tells a task from others of its models: the images, and how they are looked at. */
export function taskName({ kind, request: { images, preset } }: Task): string {
  const [first = ''] = images;
  const set = images.length === 1 ? literal(baseName(first), 60) : count(images.length, 'image');
  return `${set} · ${kind === 'analyze' ? capital(preset ?? 'own choice') : kindNames[kind]}`;
}

/** Tasks of one subject find the same things of the same images, more or less thoroughly. */
export function taskSubject(task: Task): string {
  return JSON.stringify([taskId(task), task.request.images]);
}

/** What the panel's tab says. */
export function taskTitle(task: Task): string {
  return `${task.kind === 'analyze' ? 'Boundary' : kindNames[task.kind]}: ${modelNames(task)}`;
}

/** What a task does, in the middle of a sentence. */
export function taskInWords(task: Task): string {
  const names = modelNames(task);
  switch (task.kind) {
    case 'analyze':
      return `the boundary analysis of ${names}`;
    case 'checkPerturbation':
      return `the perturbation check with ${names}`;
    case 'calibrate':
      return `the calibration of ${names}`;
    case 'compare':
      return `the comparison of ${names.replace(', ', ' and ')}`;
  }
}

/** The same of the same images, with what is set now of the machine: where it runs, on how much of it. */
export function renewed({ kind, request }: Task, settings: Settings): Task {
  const own = { ...request };
  delete own.tensorflow;
  delete own.device;
  delete own.threads;
  delete own.memory;
  return asTyped(kind, { ...own, ...machine(settings) });
}

type Own = Pick<Request, 'model' | 'images' | 'analyses'> &
  Partial<Pick<Request, 'against' | 'preset' | 'preprocessing' | 'againstPreprocessing'>>;

function task(kind: TaskKind, settings: Settings, own: Own, limit = 0): Task {
  const search = Value.Create(SearchParams);
  const { seed } = settings;
  const asked = { preprocessed: false, seed, search, ...machine(settings), ...(limit > 0 && { limit }), ...own };
  return asTyped(kind, { command: '', ...asked });
}

function machine({
  backend,
  tensorflow,
  device,
  threads,
  memory,
}: Settings): Pick<Request, 'backend' | 'memory'> & Machine {
  return {
    backend,
    ...(tensorflow !== undefined && { tensorflow }),
    ...(device !== undefined && { device }),
    ...(threads > 0 && { threads }),
    ...(memory > 0 && { memory }),
  };
}

/** With the command that asks for the same in a terminal. */
function asTyped(kind: TaskKind, request: Request): Task {
  const { model, against, images, preset, preprocessing, againstPreprocessing, analyses: asked } = request;
  const { backend, seed, tensorflow, device, limit, threads, memory } = request;
  const calibration = asked.detect?.calibration;
  const calibrated = calibration === undefined ? [] : ['--calibration', calibration];
  const typed = {
    analyze: ['analyze', model, '--images', ...images, ...(preset ? ['--preset', preset] : []), ...calibrated],
    checkPerturbation: ['detect', model, '--images', ...images, ...calibrated],
    calibrate: ['calibrate', model, '--clean', ...images],
    compare: ['compare', model, against ?? '', '--images', ...images],
  };
  const options = Object.entries({
    ...(backend !== 'auto' && { backend }),
    ...(seed !== 0 && { seed }),
    ...{ preprocessing, 'against-preprocessing': againstPreprocessing, tensorflow, device, limit, threads, memory },
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
  return { kind, request: { ...request, command: commandLine([...typed[kind], ...options]) } };
}

function defaults<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(analyses[name].params);
}
