import { type Static, Type } from '@sinclair/typebox';

import { ReportChange } from './change';
import { Failure } from './failure';
import { Progress } from './job';
import { ofEveryPage, plain } from './pageMessages';
import { Report } from './report';
import { Words } from './schema';

/* Messages between the extension host and the panel. Everything the panel shows follows from its one state. */

const Phase = Words('running', 'done', 'cancelled', 'failed');

/** What the panel shows: every field is a snapshot, sent again whenever the panel becomes visible. */
export interface PanelState {
  readonly phase: Static<typeof Phase>;
  /** Under which the host finds the panel again; absent on a saved page, which has no host. */
  readonly id?: string | undefined;
  /** The model's path: the heading while there is no report. */
  readonly model: string;
  /** Absent until the first results are there; partial while running, and after a cancel or a failure. */
  readonly report?: Report | undefined;
  readonly progress?: Progress | undefined;
  readonly failure?: Failure | undefined;
}

export const PanelState = Type.Object({
  phase: Phase,
  id: Type.Optional(Type.String()),
  model: Type.String(),
  report: Type.Optional(Report),
  progress: Type.Optional(Progress),
  failure: Type.Optional(Failure),
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

/** What VS Code keeps for the page over Reload Window, and hands to the panel's serializer: the host has the rest. */
export const Remembered = Type.Object({ id: Type.String(), model: Type.String() });
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
  Type.Object({ type: Type.Literal('openImage'), name: Type.String() }),
  Type.Object({ type: Type.Literal('export'), as: Words('json', 'csv', 'html') }),
  /** A figure the user saves, as a PNG or SVG data URI. */
  Type.Object({ type: Type.Literal('saveFigure'), name: Type.String(), data: Type.String() }),
]);
export type FromView = Static<typeof FromView>;
