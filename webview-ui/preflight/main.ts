/*
 * The page on which a preprocessing is chosen, under the same policy as the results' page (main.ts). It posts
 * {type: 'ready'} once it listens and is then sent whole states.
 */
import { mismatch } from '../../src/protocol/check';
import { type FromPreflightPage, ToPreflightPage } from '../../src/protocol/preflightPage';
import { PreflightView } from './preflightView';

declare function acquireVsCodeApi(): { postMessage(message: FromPreflightPage): void };

const root = document.getElementById('root');
if (!root) throw new Error('the page must hold <main id="root">');
document.documentElement.classList.add('hosted');

const api = acquireVsCodeApi();
const view = new PreflightView(root, (message) => {
  api.postMessage(message);
});
window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const reason = mismatch(ToPreflightPage, data);
  if (reason === undefined) view.show((data as ToPreflightPage).state);
  else api.postMessage({ type: 'refused', reason });
});
api.postMessage({ type: 'ready' });
