import { Value } from '@sinclair/typebox/value';

import { analyses as protocol, type AnalysisName, type Params } from '../../protocol/analyses';
import type { Request } from '../../protocol/job';
import { type Preset, presetRuns, requestedNames } from '../../protocol/presets';
import type { SearchLevel } from '../../protocol/words';
import { analyses } from '../analyses/index';

type Analyses = Request['analyses'];

/** The params of an analysis that nobody changed. */
export function defaultParams<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(protocol[name].params);
}

/** What a preset runs: of each analysis the defaults with the preset's changes. */
export function presetAnalyses(preset: Preset): Analyses {
  const changed = <K extends AnalysisName>(name: K): [K, Params<K>] => {
    return [name, { ...defaultParams(name), ...analyses[name].presets[preset] }];
  };
  return Object.fromEntries(presetRuns[preset].map((name) => changed(name)));
}

/** The analyses of a request: those of its preset, overridden by those it names. */
export function requestedAnalyses({ preset, analyses: named }: Pick<Request, 'preset' | 'analyses'>): Analyses {
  const all: Analyses = { ...(preset && presetAnalyses(preset)), ...named };
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
  return named.calibration !== undefined && Object.keys(named).length === 1 ? 'quick' : 'standard';
}
