import type { Failure } from './failure';
import type { Progress } from './job';
import type { Report } from './report';

/* Messages between the extension host and the panel. Everything the panel shows follows from its one state. */

/** What the panel shows: every field is a snapshot, sent again whenever the panel becomes visible. */
export interface PanelState {
  readonly phase: 'empty' | 'running' | 'done' | 'cancelled' | 'failed';
  /** Under which the host finds the panel again; absent on a saved page, which has no host. */
  readonly id?: string | undefined;
  /** The model's path: the heading while there is no report. */
  readonly model: string;
  /** Absent until the first results are there; partial while running, and after a cancel or a failure. */
  readonly report?: Report | undefined;
  readonly progress?: Progress | undefined;
  readonly failure?: Failure | undefined;
}

export interface ToView {
  readonly type: 'state';
  readonly state: PanelState;
}

/** What the user asks for in the panel. `ready` is sent when the page can receive states. */
export type FromView =
  | { readonly type: 'ready' }
  | { readonly type: 'cancel' }
  /** Run the same request again. */
  | { readonly type: 'retry' }
  /** Choose anew what the panel is about: the model, the images. */
  | { readonly type: 'choose' }
  | { readonly type: 'showLog' }
  | { readonly type: 'openImage'; readonly name: string }
  | { readonly type: 'export'; readonly as: 'json' | 'csv' | 'html' }
  /** A figure the user saves, as a PNG or SVG data URI. */
  | { readonly type: 'saveFigure'; readonly name: string; readonly data: string };
