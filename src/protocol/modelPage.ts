import { type Static, Type } from '@sinclair/typebox';

import { Failure } from './failure';
import { Inspection } from './job';
import { ofEveryPage, plain } from './pageMessages';
import { Words } from './schema';

/* Messages between the extension host and the page of one model. Everything the page shows follows from its one state. */

/** Tells a file from itself after a change, as far as that can be told without reading it. */
export const FileVersion = Type.Object({
  /** Bytes of the model's files. */
  size: Type.Integer(),
  /** When the last of them changed, ms since 1970. */
  modified: Type.Number(),
});
export type FileVersion = Static<typeof FileVersion>;

/** What was found of a model before. */
export const PastResult = Type.Object({
  /** Under which the extension finds it again. */
  id: Type.String(),
  title: Type.String(),
  /** When it was found, ms since 1970. */
  at: Type.Number(),
  /** Its main numbers, in words. */
  headlines: Type.Array(Type.String()),
  /** Whether the model's files are others now. */
  changed: Type.Boolean(),
});
export type PastResult = Static<typeof PastResult>;

/** What the page shows: every field is a snapshot. */
export const ModelPageState = Type.Object({
  path: Type.String(),
  /** 'restricted': nothing is read, because the workspace is not trusted. */
  phase: Words('restricted', 'reading', 'read', 'refused', 'gone'),
  version: Type.Optional(FileVersion),
  inspection: Type.Optional(Inspection),
  /** Why it was refused. */
  failure: Type.Optional(Failure),
  results: Type.Array(PastResult),
  /** When this was so, ms since 1970. */
  now: Type.Number(),
});
export type ModelPageState = Static<typeof ModelPageState>;

export const ToModelPage = Type.Object({ type: Type.Literal('model'), state: ModelPageState });
export type ToModelPage = Static<typeof ToModelPage>;

/** What the user asks for on the page. */
export const FromModelPage = Type.Union([
  ...ofEveryPage,
  plain('analyze'),
  plain('checkImages'),
  plain('compare'),
  plain('watch'),
  plain('choosePreprocessing'),
  plain('copyExport'),
  plain('manageTrust'),
  plain('showLog'),
  plain('again'),
  Type.Object({ type: Type.Literal('showResults'), id: Type.String() }),
]);
export type FromModelPage = Static<typeof FromModelPage>;
