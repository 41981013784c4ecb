import type { AnalysisName } from '../../protocol/analyses';
import type { Analysis } from './analysis';
import { boundary } from './boundary';
import { calibration } from './calibration';
import { compare } from './compare';
import { convexity } from './convexity';
import { curvature } from './curvature';
import { detect } from './detect';
import { evaluate } from './evaluate';
import { paths } from './paths';
import { slice } from './slice';
import { subspace } from './subspace';

/**
 * The one table of analyses, in the order in which a job runs them: cheap and general first, so that a job that is
 * cancelled has said the most. To add one: an entry in the protocol's map, a file here, and a row in this table.
 */
export const analyses: { readonly [K in AnalysisName]: Analysis<K> } = {
  evaluate,
  boundary,
  curvature,
  slice,
  convexity,
  paths,
  calibration,
  detect,
  subspace,
  compare,
};

/** The keys of the table, in its order. */
export const analysisOrder = Object.keys(analyses) as AnalysisName[];
