import { type Static, Type } from '@sinclair/typebox';

import { Failure } from './failure';
import { ofEveryPage, plain } from './pageMessages';
import { Preflight } from './preflight';
import { Count, Words } from './schema';

/* Messages between the extension host and the page on which a preprocessing is chosen. */

/** What the page shows: every field is a snapshot. */
export const PreflightPageState = Type.Object({
  model: Type.String(),
  /** Whether a run waits for the choice, or the choice is all that is wanted. */
  purpose: Words('run', 'choose'),
  /**
   * `looking` at a few images; `fine`: nothing is in doubt, and a run waits for nothing here; `trying` the usual
   * preprocessings; `asking` for a choice; `replacing`: the difference to a file that is there is shown; `unwritable`: the
   * choice could not be kept.
   */
  phase: Words('looking', 'fine', 'trying', 'asking', 'replacing', 'unwritable', 'failed'),
  preflight: Type.Optional(Preflight),
  /** Why there is none, or why the choice could not be kept. */
  failure: Type.Optional(Failure),
});
export type PreflightPageState = Static<typeof PreflightPageState>;

export const ToPreflightPage = Type.Object({ type: Type.Literal('preflight'), state: PreflightPageState });
export type ToPreflightPage = Static<typeof ToPreflightPage>;

const of = <const T extends string>(type: T) =>
  /** The place of a candidate among those that are ranked. */
  Type.Object({ type: Type.Literal(type), candidate: Count });

/** What the user chooses on the page. */
export const FromPreflightPage = Type.Union([
  ...ofEveryPage,
  of('save'),
  of('useOnce'),
  of('copy'),
  /** Writes over the file that is there: the difference has been shown. */
  plain('replace'),
  plain('back'),
  plain('asItIs'),
  plain('cancel'),
  plain('showLog'),
]);
export type FromPreflightPage = Static<typeof FromPreflightPage>;
