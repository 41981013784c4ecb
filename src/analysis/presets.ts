import { Value } from '@sinclair/typebox/value';

import { analyses, type AnalysisName, type Params } from '../protocol/analyses';
import type { Preset, Request } from '../protocol/job';

type Analyses = Request['analyses'];

/** The params of an analysis that nobody changed. */
export function defaultParams<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(analyses[name].params) as Params<K>;
}

/** What each preset runs. */
export function presetAnalyses(preset: Preset): Analyses {
  const boundary = defaultParams('boundary');
  const curvature = defaultParams('curvature');
  switch (preset) {
    case 'quick':
      return { evaluate: {}, boundary, curvature };
    case 'standard':
      return { evaluate: {}, boundary, curvature: { ...curvature, scaleSweep: true } };
    case 'paper':
      return { evaluate: {}, boundary, curvature: { ...curvature, eigenvalues: 'all', scaleSweep: true } };
  }
}
