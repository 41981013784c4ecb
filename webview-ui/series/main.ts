/*
 * The page of a series (a model over its saves, the checkpoints of a folder), in a VS Code panel, under the same policy as
 * the results' page (main.ts). It posts {type: 'ready'} once it listens and is then sent whole states; what the series is
 * of, it keeps by setState, which Reload Window hands to the panel's serializer.
 */
import { mismatch } from '../../src/protocol/check';
import { type FromSeriesPage, type SeriesSubject, ToSeriesPage } from '../../src/protocol/seriesPage';
import { onThemeChange } from '../parts/theme';
import { SeriesView } from './seriesView';

declare function acquireVsCodeApi(): {
  postMessage(message: FromSeriesPage): void;
  setState(state: SeriesSubject): void;
};

const root = document.getElementById('root');
if (!root) throw new Error('the page must hold <main id="root">');
document.documentElement.classList.add('hosted');

const api = acquireVsCodeApi();
const view = new SeriesView(root, (message) => {
  api.postMessage(message);
});
window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const reason = mismatch(ToSeriesPage, data);
  if (reason !== undefined) {
    api.postMessage({ type: 'refused', reason });
    return;
  }
  const { state } = data as ToSeriesPage;
  const { kind, path, images } = state;
  api.setState({ kind, path, images });
  view.show(state);
});
onThemeChange(() => {
  view.redraw();
});
api.postMessage({ type: 'ready' });
