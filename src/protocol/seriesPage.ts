import { type Static, Type } from '@sinclair/typebox';

import { ofEveryPage, plain } from './pageMessages';
import { Nullable, Words } from './schema';

/* Messages between the extension host and the page of a series: one model over its saves, or the checkpoints of a folder. */

/** What a series is of, which is all that is needed to go on with it. */
export const SeriesSubject = Type.Object({
  kind: Words('watch', 'folder'),
  /** The model's, or the folder's. */
  path: Type.String(),
  /** What all of them are asked about. */
  images: Type.String(),
});
export type SeriesSubject = Static<typeof SeriesSubject>;

/** One save of a model, or one model of a folder. */
export const SeriesPoint = Type.Object({
  /** Under which its report is found. */
  key: Type.String(),
  /** The model's file. */
  path: Type.String(),
  /** When that was saved, ms since 1970; null where it was not there. */
  saved: Nullable(Type.Number()),
  state: Words('running', 'done', 'cancelled', 'failed'),
  /** The share predicted right; null where it is not known. */
  accuracy: Nullable(Type.Number()),
  /** The median distance to the boundary as a share of the image's norm; null where it is not known. */
  distance: Nullable(Type.Number()),
  /** Why it failed. */
  reason: Type.Optional(Type.String()),
});
export type SeriesPoint = Static<typeof SeriesPoint>;

/** Everything the page shows follows from it. */
export const SeriesState = Type.Composite([
  SeriesSubject,
  Type.Object({
    /** 'waiting' for the next save; 'stopped' before its end. */
    phase: Words('waiting', 'running', 'stopped', 'done'),
    /** In the order in which they are drawn. */
    points: Type.Array(SeriesPoint),
    /** When this was so, ms since 1970. */
    now: Type.Number(),
  }),
]);
export type SeriesState = Static<typeof SeriesState>;

export const ToSeriesPage = Type.Object({ type: Type.Literal('series'), state: SeriesState });
export type ToSeriesPage = Static<typeof ToSeriesPage>;

/** What the user asks for on the page. */
export const FromSeriesPage = Type.Union([
  ...ofEveryPage,
  plain('start'),
  plain('stop'),
  plain('showLog'),
  Type.Object({ type: Type.Literal('showResults'), id: Type.String() }),
  /** The figure, as a PNG or SVG data URI. */
  Type.Object({ type: Type.Literal('saveFigure'), name: Type.String(), data: Type.String() }),
]);
export type FromSeriesPage = Static<typeof FromSeriesPage>;
