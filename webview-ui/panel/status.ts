import type { Failure } from '../../src/protocol/failure';
import type { PanelState } from '../../src/protocol/view';
import { noReason } from '../../src/reading/run';
import { box, button } from '../parts/controls';
import { h } from '../parts/dom';
import type { Host } from '../parts/host';

/** Why the work stopped, with what can be done next; nothing while it goes on and once it is done. */
export function status(state: PanelState, host: Host): Node | null {
  const partial = state.report !== undefined && state.earlier === undefined;
  switch (state.phase) {
    case 'running':
    case 'done':
      return null;
    case 'cancelled':
      return box(
        'Cancelled',
        partial ? 'The results up to then are below.' : 'Nothing had been finished.',
        action('Run again', 'retry', host),
        action('Choose other files', 'choose', host, 'secondary'),
      );
    case 'interrupted':
      return box(
        'Interrupted',
        `The window was reloaded or closed while this ran. ${partial ? 'What was found until then is below. ' : ''}Run again goes on from there.`,
        action('Run again', 'retry', host),
        action('Choose other files', 'choose', host, 'secondary'),
      );
    case 'failed':
      return failed(state, partial, host);
  }
}

function failed({ failure, earlier, recalibrate }: PanelState, partial: boolean, host: Host): Node {
  const lost = failure?.code === 'engine-lost' || failure?.code === 'internal';
  return h(
    'section',
    { class: 'status failed', role: 'alert' },
    h('h2', {}, 'The analysis failed'),
    h(
      'p',
      {},
      failure && h('code', { class: 'code' }, failure.code),
      failure && h('span', {}, failureInWords(failure)),
      !failure && noReason,
    ),
    partial && h('p', { class: 'muted' }, 'What was finished before is below.'),
    earlier !== undefined && h('p', { class: 'muted' }, 'Below are the results of the last run that finished.'),
    h(
      'div',
      { class: 'actions' },
      recalibrate === true && action('Calibrate Again', 'recalibrate', host),
      action('Retry', 'retry', host, recalibrate === true ? 'secondary' : 'primary'),
      lost && action('Restart Engine', 'restartEngine', host, 'secondary'),
      lost && action('Report Issue', 'reportIssue', host, 'secondary'),
      action('Choose other files', 'choose', host, 'secondary'),
      action('Show Log', 'showLog', host, 'secondary'),
    ),
  );
}

/** A button that asks the host for something; none where there is no host. */
function action(
  text: string,
  type: 'retry' | 'choose' | 'showLog' | 'restartEngine' | 'reportIssue' | 'recalibrate',
  host: Host,
  kind: 'primary' | 'secondary' = 'primary',
): HTMLElement | null {
  if (!host.answers) return null;
  const click = (): void => {
    host.send({ type });
  };
  return button(text, type, click, kind);
}

/** The images that failed, each with its error. */
export function failures(list: readonly Failure[]): Node {
  return h(
    'ul',
    { class: 'failures' },
    ...list.map((failure) => h('li', {}, h('code', { class: 'code' }, failure.code), failureInWords(failure))),
  );
}

/** What failed and why, the name of what it is about said once. */
function failureInWords({ name, message }: Failure): string {
  return name === undefined || message.includes(name) ? message : `${name}: ${message}`;
}
