import { isDeepStrictEqual } from 'node:util';

import { Value } from '@sinclair/typebox/value';

import { analyses as protocol, type AnalysisName, type Params } from '../../protocol/analyses';
import type { Request } from '../../protocol/job';
import { type Preset, presetRuns, requestedNames } from '../../protocol/presets';
import type { SearchLevel } from '../../protocol/words';
import type { Rows } from '../analyses/analysis';
import { analyses } from '../analyses/index';
import { isLarge } from '../preflight/sample';

type Analyses = Request['analyses'];

/** The params of an analysis that nobody changed. */
export function defaultParams<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(protocol[name].params);
}

/** What a preset runs: of each analysis the defaults with the preset's changes, and on large inputs with fewer of some. */
export function presetAnalyses(preset: Preset, isLarge = false): Analyses {
  const changed = <K extends AnalysisName>(name: K, table: Rows<K>): [K, Params<K>] => {
    const { presets, large } = table[name];
    return [name, { ...defaultParams(name), ...presets[preset], ...(isLarge && large?.[preset]) }];
  };
  return Object.fromEntries(presetRuns[preset].map((name) => changed(name, analyses)));
}

/** What a preset does less of on large inputs, of what a request leaves to it: `paths: pairs 2 instead of 4`. */
export function reductions({ preset, analyses: named }: Pick<Request, 'preset' | 'analyses'>): string[] {
  if (!preset) return [];
  const usual = presetAnalyses(preset);
  const less = Object.entries(presetAnalyses(preset, true)).filter(([name]) => !(name in named));
  return less.flatMap(([name, params]) => {
    const before = new Map<string, unknown>(Object.entries(usual[name as AnalysisName] ?? {}));
    const changed = Object.entries(params).filter(([param, value]) => !isDeepStrictEqual(value, before.get(param)));
    return changed.map(
      ([param, value]) => `${name}: ${param} ${String(value)} instead of ${String(before.get(param))}`,
    );
  });
}

/** The analyses of a request: those of its preset for inputs of D values, overridden by those it names. */
export function requestedAnalyses(
  { preset, analyses: named }: Pick<Request, 'preset' | 'analyses'>,
  dimension: number,
): Analyses {
  const all: Analyses = { ...(preset && presetAnalyses(preset, isLarge(dimension))), ...named };
  return Object.fromEntries(requestedNames(preset, named).map((name) => [name, all[name]]));
}

const levels: Readonly<Record<Preset, SearchLevel>> = {
  distances: 'quick',
  quick: 'quick',
  standard: 'standard',
  paper: 'thorough',
};

/** How boundary points are to be searched, where a request or its preset says. */
export function requestedLevel({ preset, search }: Pick<Request, 'preset' | 'search'>): SearchLevel | undefined {
  return search.level ?? (preset && levels[preset]);
}

/** How they are searched where nobody says: `quick` for a calibration alone, which needs many; else `standard`. */
export function defaultLevel({ analyses: named }: Pick<Request, 'analyses'>): SearchLevel {
  return isCalibrationAlone(named) ? 'quick' : 'standard';
}

/** Whether somebody is told distances in L∞: a calibration alone is not, unless it tries attacks as large as those. */
export function needsMaximumNorm({ preset, analyses: named }: Pick<Request, 'preset' | 'analyses'>): boolean {
  return preset !== undefined || !isCalibrationAlone(named) || named.calibration?.attacks === true;
}

function isCalibrationAlone(named: Analyses): boolean {
  return named.calibration !== undefined && Object.keys(named).length === 1;
}
