import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

import { analyses, type AnalysisName, type Params } from '../../protocol/analyses';
import { SearchParams } from '../../protocol/analyses/boundary';
import { commandLine } from '../../protocol/commandLine';
import type { Failure } from '../../protocol/failure';
import { type Preset, Request } from '../../protocol/job';
import { Words } from '../../protocol/schema';
import { modelName } from '../../reading/model';

/** What the user has set for all analyses; 0 stands for no limit. */
export interface Settings {
  readonly backend: Request['backend'];
  /** Where the backend tensorflow is taken from. */
  readonly tensorflow?: string | undefined;
  readonly seed: number;
  readonly threads: number;
  readonly memory: number;
  readonly imageLimit: number;
  readonly calibrationLimit: number;
}

/** What can be asked for, by the command that does it. */
const TaskKind = Words('analyze', 'checkPerturbation', 'calibrate', 'compare');
export type TaskKind = Static<typeof TaskKind>;

export const Task = Type.Object({ kind: TaskKind, request: Request });
/** A request with what it was asked for as: all that is needed to run it, to show it, and to run it again. */
export interface Task {
  readonly kind: TaskKind;
  readonly request: Request;
}

/** All analyses of one model; what a calibration file says of it is not learned again. */
export function analysisTask(
  settings: Settings,
  model: string,
  images: string[],
  preset: Preset,
  calibration?: string,
): Task {
  const typed = ['analyze', model, '--images', ...images, '--preset', preset, ...calibrated(calibration)];
  const analyses = calibration === undefined ? {} : { detect: { ...defaults('detect'), calibration } };
  return task('analyze', settings, typed, { model, images, preset, analyses }, settings.imageLimit);
}

/** Whether images look perturbed, by a calibration file; numbers without verdicts where there is none. */
export function detectionTask(settings: Settings, model: string, images: string[], calibration?: string): Task {
  const typed = ['detect', model, '--images', ...images, ...calibrated(calibration)];
  const detect = { ...defaults('detect'), ...(calibration !== undefined && { calibration }) };
  return task('checkPerturbation', settings, typed, { model, images, analyses: { detect } });
}

/** What can be told of perturbed images on this model, learned from clean ones. */
export function calibrationTask(settings: Settings, model: string, clean: string): Task {
  const typed = ['calibrate', model, '--clean', clean];
  const calibration = defaults('calibration');
  return task(
    'calibrate',
    settings,
    typed,
    { model, images: [clean], analyses: { calibration } },
    settings.calibrationLimit,
  );
}

/** Two models on the same images. */
export function comparisonTask(settings: Settings, model: string, against: string, images: string[]): Task {
  const typed = ['compare', model, against, '--images', ...images];
  return task('compare', settings, typed, { model, against, images, analyses: { compare: {} } }, settings.imageLimit);
}

/** Tasks of one identity share a panel and a stored report. */
export function taskId({ kind, request: { model, against } }: Task): string {
  return JSON.stringify([kind, model, ...(against === undefined ? [] : [against])]);
}

/** Whether it is a task's calibration that the engine refused: one made another way, or damaged. Such an error names its file. */
export function isCalibrationRefused({ request }: Task, { code, message }: Failure): boolean {
  const { calibration } = request.analyses.detect ?? {};
  return code === 'invalid-input' && calibration !== undefined && message.startsWith(`${calibration} `);
}

/** What the panel's tab says. */
export function taskTitle({ kind, request: { model, against } }: Task): string {
  const name = modelName(model);
  switch (kind) {
    case 'analyze':
      return `Boundary: ${name}`;
    case 'checkPerturbation':
      return `Perturbation: ${name}`;
    case 'calibrate':
      return `Calibration: ${name}`;
    case 'compare':
      return `Comparison: ${name}, ${modelName(against ?? '')}`;
  }
}

/** What a task does, in the middle of a sentence. */
export function taskInWords({ kind, request: { model, against } }: Task): string {
  const name = modelName(model);
  switch (kind) {
    case 'analyze':
      return `the boundary analysis of ${name}`;
    case 'checkPerturbation':
      return `the perturbation check with ${name}`;
    case 'calibrate':
      return `the calibration of ${name}`;
    case 'compare':
      return `the comparison of ${name} and ${modelName(against ?? '')}`;
  }
}

type Own = Pick<Request, 'model' | 'images' | 'analyses'> & Partial<Pick<Request, 'against' | 'preset'>>;

function task(kind: TaskKind, settings: Settings, typed: readonly string[], own: Own, limit = 0): Task {
  const { backend, tensorflow, seed, threads, memory } = settings;
  const limits = {
    ...(tensorflow !== undefined && { tensorflow }),
    ...(limit > 0 && { limit }),
    ...(threads > 0 && { threads }),
    ...(memory > 0 && { memory }),
  };
  const options = Object.entries({
    ...(backend !== 'auto' && { backend }),
    ...(seed !== 0 && { seed }),
    ...limits,
  }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = commandLine([...typed, ...options]);
  const search = Value.Create(SearchParams);
  return { kind, request: { command, preprocessed: false, backend, seed, search, ...limits, ...own } };
}

function calibrated(calibration: string | undefined): string[] {
  return calibration === undefined ? [] : ['--calibration', calibration];
}

function defaults<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(analyses[name].params);
}
