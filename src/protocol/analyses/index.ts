import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox';

import { BackendId } from '../words';
import { BoundaryClosing, BoundaryItem } from './boundary';
import { CompareClosing, CompareItem } from './comparison';
import { CurvatureClosing, CurvatureItem, CurvatureParams } from './curvature';
import { CalibrationClosing, CalibrationParams, DetectClosing, DetectItem, DetectParams } from './detection';
import { EvaluateClosing, EvaluateItem } from './evaluate';
import {
  ConvexityClosing,
  ConvexityItem,
  ConvexityParams,
  PathsClosing,
  PathsItem,
  PathsParams,
  SliceClosing,
  SliceItem,
  SliceParams,
} from './regions';
import { SubspaceClosing, SubspaceParams } from './subspace';

/*
 * Every analysis, from which requests, reports, resume, dispatch and figures derive: `params` says what to do, `items` is
 * the name under which its results stand in the report, `item` is one of them (they stream as they finish), and
 * `closing` holds the fields that close the analysis when all items are there.
 */

const None = Type.Object({});

/** The one map. */
export const analyses = {
  evaluate: { params: None, items: 'images', item: EvaluateItem, closing: EvaluateClosing },
  boundary: { params: None, items: 'images', item: BoundaryItem, closing: BoundaryClosing },
  curvature: { params: CurvatureParams, items: 'images', item: CurvatureItem, closing: CurvatureClosing },
  subspace: { params: SubspaceParams, items: 'images', item: None, closing: SubspaceClosing },
  paths: { params: PathsParams, items: 'pairs', item: PathsItem, closing: PathsClosing },
  convexity: { params: ConvexityParams, items: 'fractions', item: ConvexityItem, closing: ConvexityClosing },
  slice: { params: SliceParams, items: 'planes', item: SliceItem, closing: SliceClosing },
  calibration: { params: CalibrationParams, items: 'images', item: None, closing: CalibrationClosing },
  detect: { params: DetectParams, items: 'images', item: DetectItem, closing: DetectClosing },
  compare: { params: None, items: 'images', item: CompareItem, closing: CompareClosing },
} as const satisfies Record<string, { params: TSchema; items: string; item: TSchema; closing: TSchema }>;

export type AnalysisName = keyof typeof analyses;
export type Params<K extends AnalysisName> = Static<(typeof analyses)[K]['params']>;
export type Item<K extends AnalysisName> = Static<(typeof analyses)[K]['item']>;
export type Closing<K extends AnalysisName> = Static<(typeof analyses)[K]['closing']>;
/** What computed an item, where a report has more than one backend. */
const On = Type.Object({ backend: Type.Optional(BackendId) });
/** What stands in the report: the items under their name, and the closing fields once the analysis is complete. */
export type Section<K extends AnalysisName> = Partial<Closing<K>> &
  Partial<Record<(typeof analyses)[K]['items'], (Item<K> & Static<typeof On>)[]>>;

const section = (items: string, item: TObject, closing: TSchema): TSchema => {
  const listed = Type.Array(Type.Composite([item, On]));
  return Type.Composite([Type.Object({ [items]: Type.Optional(listed) }), Type.Partial(closing as TObject)]);
};

/** The `analyses` of a report. */
export const Sections = Type.Object(
  Object.fromEntries(
    Object.entries(analyses).map(([name, { items, item, closing }]) => [
      name,
      Type.Optional(section(items, item, closing)),
    ]),
  ),
);
export type Sections = { [K in AnalysisName]?: Section<K> };
