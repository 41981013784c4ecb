import { type Static, Type } from '@sinclair/typebox';

import { analyses, type AnalysisName } from './analyses';
import { ReportChange } from './change';
import { Failure } from './failure';
import { Progress } from './job';
import { ofEveryPage, plain } from './pageMessages';
import { Report } from './report';
import { Words } from './schema';

/* Messages between the extension host and the panel. Everything the panel shows follows from its one state. */

/** 'interrupted': the window was closed or reloaded under it. */
const Phase = Words('running', 'done', 'cancelled', 'failed', 'interrupted');

/** Which of the runs that are kept it is. */
const RunName = Type.Object({
  /** When it began, ms since 1970. */
  at: Type.Number(),
  /** What tells it from other runs: `digits · Quick`. */
  name: Type.String(),
});

/** How the model's files are others than those that were analysed. */
const ModelChanged = Words('during', 'since');

/** What the panel shows: every field is a snapshot, sent again whenever the panel becomes visible. */
export interface PanelState {
  readonly phase: Static<typeof Phase>;
  /** Under which the host finds the panel again; absent on a saved page, which has no host. */
  readonly id?: string | undefined;
  /** The model's path: the heading while there is no report. */
  readonly model: string;
  /** Absent until the first results are there; partial while running, and after a cancel or a failure. */
  readonly report?: Report | undefined;
  /** What the run will find, where there is no report yet. */
  readonly planned?: readonly AnalysisName[] | undefined;
  readonly progress?: Progress | undefined;
  readonly failure?: Failure | undefined;
  /** Absent on a saved page, and of a report that was opened from a file. */
  readonly run?: Static<typeof RunName> | undefined;
  /** The run has nothing to show of its own, and the report is that of the last one that finished, which began then. */
  readonly earlier?: number | undefined;
  /** The file that the report was opened from: there is no run to be repeated. */
  readonly file?: string | undefined;
  /** Whether the model's files were replaced while they were analysed, or since. */
  readonly modelChanged?: Static<typeof ModelChanged> | undefined;
  /** It failed because the calibration was refused: it can be made again. */
  readonly recalibrate?: boolean | undefined;
}

export const PanelState = Type.Object({
  phase: Phase,
  id: Type.Optional(Type.String()),
  model: Type.String(),
  report: Type.Optional(Report),
  planned: Type.Optional(Type.Array(Words(...(Object.keys(analyses) as AnalysisName[])))),
  progress: Type.Optional(Progress),
  failure: Type.Optional(Failure),
  run: Type.Optional(RunName),
  earlier: Type.Optional(Type.Number()),
  file: Type.Optional(Type.String()),
  modelChanged: Type.Optional(ModelChanged),
  recalibrate: Type.Optional(Type.Boolean()),
});

/** A whole state; or how far the work is, alone; or what is new since the revision before, all but the report in full. */
export const ToView = Type.Union([
  Type.Object({ type: Type.Literal('state'), revision: Type.Integer(), state: PanelState }),
  Type.Object({ type: Type.Literal('progress'), progress: Progress }),
  Type.Object({
    type: Type.Literal('change'),
    revision: Type.Integer(),
    rest: Type.Omit(PanelState, ['report']),
    report: Type.Optional(ReportChange),
  }),
]);
export type ToView =
  | { readonly type: 'state'; readonly revision: number; readonly state: PanelState }
  | { readonly type: 'progress'; readonly progress: Progress }
  | {
      readonly type: 'change';
      readonly revision: number;
      readonly rest: Omit<PanelState, 'report'>;
      readonly report?: ReportChange;
    };

/** The questions that a page answers, one a tab. */
export const tabs = ['overview', 'images', 'geometry', 'detection'] as const;
export type TabName = (typeof tabs)[number];

/** Where the user was on the page. */
export const Place = Type.Object({
  tab: Type.Optional(Words(...tabs)),
  /** Pixels from the top, by tab. */
  scroll: Type.Optional(Type.Record(Type.String(), Type.Number())),
  /** What stands open, by id. */
  open: Type.Optional(Type.Array(Type.String())),
  /** The lists of images, by the tab they stand in. */
  lists: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        view: Type.Optional(Words('gallery', 'table')),
        sortedBy: Type.Optional(Type.String()),
        descending: Type.Optional(Type.Boolean()),
        selected: Type.Optional(Type.String()),
        /** Of a filter, by its name, the choice. */
        filters: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
    ),
  ),
});
export type Place = Static<typeof Place>;
export type ListPlace = NonNullable<Place['lists']>[string];

/** What VS Code keeps for the page over Reload Window, and hands to the panel's serializer: the host has the rest. */
export const Remembered = Type.Object({ id: Type.String(), model: Type.String(), place: Type.Optional(Place) });
export type Remembered = Static<typeof Remembered>;

/** What the user asks for in the panel. */
export const FromView = Type.Union([
  ...ofEveryPage,
  plain('cancel'),
  /** Run the same request again. */
  plain('retry'),
  /** Choose anew what the panel is about: the model, the images. */
  plain('choose'),
  plain('showLog'),
  /** Start the engine anew, where it was lost. */
  plain('restartEngine'),
  plain('reportIssue'),
  /** Calibrate again, where the calibration was refused. */
  plain('recalibrate'),
  /** Show another of the runs that are kept. */
  plain('pick-run'),
  /** Show a report from a file. */
  plain('open-report'),
  Type.Object({ type: Type.Literal('openImage'), name: Type.String() }),
  Type.Object({ type: Type.Literal('export'), as: Words('json', 'csv', 'html') }),
  /** Text for the clipboard. */
  Type.Object({ type: Type.Literal('copy'), text: Type.String() }),
  /** A figure the user saves, as a data URI: PNG, SVG, or its numbers as CSV or JSON. */
  Type.Object({ type: Type.Literal('saveFigure'), name: Type.String(), data: Type.String() }),
]);
export type FromView = Static<typeof FromView>;
