import type { AnalysisName } from '../../protocol/analyses';
import { boundary } from './boundary';
import type { Analysis } from './context';
import { curvature } from './curvature';
import { evaluate } from './evaluate';

/** The one table of analyses. To add one: an entry in the protocol's map, a file here, and a row in this table. */
export const analyses: { readonly [K in AnalysisName]: Analysis<K> } = { evaluate, boundary, curvature };

/** Cheap and general first, so that a job that is cancelled has said the most. */
export const analysisOrder = Object.keys(analyses) as AnalysisName[];
