import type { TabName } from '../../src/protocol/view';
import type { Surroundings } from '../figures/shown/figureView';
import type { Host } from '../parts/host';

/** What the parts of the page ask of it. */
export interface Page extends Surroundings {
  readonly host: Host;
  /** Leads to a figure, or to a tab. */
  readonly lead: (tab: TabName, figure?: string) => void;
  /** Shows an image with all that is known of it. */
  readonly showImage: (name: string) => void;
  /** Calls back when figures are to be drawn in other colours. */
  readonly onTheme: (redraw: () => void) => void;
}
