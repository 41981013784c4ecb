import type { Failure } from '../../src/protocol/failure';
import type { PanelState } from '../../src/protocol/view';
import { duration, number, percent } from '../../src/reading/format';
import { box, button } from '../parts/controls';
import { h } from '../parts/dom';
import type { Host } from '../parts/host';

/** What the work is doing, or why it stopped, with what can be done next. */
export function status(state: PanelState, host: Host): Node | null {
  const partial = state.report !== undefined;
  switch (state.phase) {
    case 'running':
      return running(state, host);
    case 'cancelled':
      return box(
        'Cancelled',
        partial ? 'The results up to then are below.' : 'Nothing had been finished.',
        action('Run again', 'retry', host),
        action('Choose other files', 'choose', host, 'secondary'),
      );
    case 'failed':
      return failed(state.failure, partial, host);
    case 'done':
      return null;
  }
}

function running({ progress }: PanelState, host: Host): Node {
  const known = progress && progress.total > 0;
  const cancel = action('Cancel', 'cancel', host, 'secondary');
  return h(
    'section',
    { class: 'status running', 'aria-label': 'Progress' },
    h(
      'div',
      { class: 'line' },
      h('strong', {}, progress?.stage ?? 'Starting'),
      h(
        'span',
        { class: 'muted' },
        [
          known &&
            `${number(progress.done)} of ${number(progress.total)} (${percent(progress.done / progress.total, 0)})`,
          progress && duration(progress.elapsedMs),
          progress?.backend,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      cancel,
    ),
    h('progress', {
      'aria-label': progress?.stage ?? 'Starting',
      max: 1,
      ...(known && { value: progress.done / progress.total }),
    }),
    h('p', { class: 'muted' }, 'Closing this panel does not stop the analysis: the status bar shows it again.'),
  );
}

function failed(failure: Failure | undefined, partial: boolean, host: Host): Node {
  return h(
    'section',
    { class: 'status failed', role: 'alert' },
    h('h2', {}, 'The analysis failed'),
    h(
      'p',
      {},
      failure && h('code', { class: 'code' }, failure.code),
      failure?.name !== undefined && h('strong', {}, `${failure.name}: `),
      failure?.message ?? 'No reason was given; the log may hold one.',
    ),
    partial && h('p', { class: 'muted' }, 'What was finished before is below.'),
    h(
      'div',
      { class: 'actions' },
      action('Retry', 'retry', host),
      action('Choose other files', 'choose', host, 'secondary'),
      action('Show Log', 'showLog', host, 'secondary'),
    ),
  );
}

/** A button that asks the host for something; none where there is no host. */
export function action(
  text: string,
  type: 'cancel' | 'retry' | 'choose' | 'showLog',
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
    ...list.map(({ name, code, message }) =>
      h('li', {}, h('code', { class: 'code' }, code), name !== undefined && h('strong', {}, `${name}: `), message),
    ),
  );
}
