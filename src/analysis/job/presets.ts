import { Value } from '@sinclair/typebox/value';

import { analyses, type AnalysisName, type Params } from '../../protocol/analyses';
import type { Preset, Request } from '../../protocol/job';

type Analyses = Request['analyses'];

/** The params of an analysis that nobody changed. */
export function defaultParams<K extends AnalysisName>(name: K): Params<K> {
  return Value.Create(analyses[name].params);
}

/**
 * What each preset runs. `quick` is half a minute on two cores for 100 images of LeNet, `paper` has the sizes of
 * the paper. Analyses take fewer where the images give no more, and say so.
 */
export function presetAnalyses(preset: Preset): Required<Omit<Analyses, 'compare'>> {
  const all = {
    evaluate: {},
    boundary: {},
    curvature: defaultParams('curvature'),
    subspace: defaultParams('subspace'),
    paths: defaultParams('paths'),
    convexity: defaultParams('convexity'),
    slice: defaultParams('slice'),
    calibration: defaultParams('calibration'),
    detect: defaultParams('detect'),
  };
  switch (preset) {
    case 'quick':
      return {
        ...all,
        subspace: { ...all.subspace, dimension: 100, directions: 6, trainCount: 50 },
        paths: { ...all.paths, pairs: 4 },
        convexity: { ...all.convexity, combinations: 200 },
        slice: { ...all.slice, resolution: 65 },
      };
    case 'standard':
      return {
        ...all,
        curvature: { ...all.curvature, scaleSweep: true },
        paths: { ...all.paths, pairs: 50 },
        calibration: { ...all.calibration, attacks: true },
      };
    case 'paper':
      return {
        ...all,
        curvature: { ...all.curvature, eigenvalues: 'all', scaleSweep: true },
        paths: { ...all.paths, pairs: 1000 },
        convexity: { ...all.convexity, combinations: 1000 },
        slice: { ...all.slice, resolution: 201 },
        calibration: { ...all.calibration, attacks: true },
      };
  }
}

/** The analyses of a request: those of its preset, overridden by those it names. */
export function requestedAnalyses({ preset, analyses: named }: Pick<Request, 'preset' | 'analyses'>): Analyses {
  if (!preset) return named;
  const { calibration, ...others } = presetAnalyses(preset);
  // Who brings a calibration wants no other.
  return { ...others, ...(named.detect?.calibration === undefined && { calibration }), ...named };
}
