/*
 * The page of a single model, in a VS Code editor, under the same policy as the results' page (main.ts). It posts
 * {type: 'ready'} once it listens and is then sent whole states.
 */
import { mismatch } from '../../src/protocol/check';
import { type FromModelPage, ToModelPage } from '../../src/protocol/modelPage';
import { ModelView } from './modelView';

declare function acquireVsCodeApi(): { postMessage(message: FromModelPage): void };

const root = document.getElementById('root');
if (!root) throw new Error('the page must hold <main id="root">');
document.documentElement.classList.add('hosted');

const api = acquireVsCodeApi();
const view = new ModelView(root, (message) => {
  api.postMessage(message);
});
window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const reason = mismatch(ToModelPage, data);
  if (reason === undefined) view.show((data as ToModelPage).state);
  else api.postMessage({ type: 'refused', reason });
});
api.postMessage({ type: 'ready' });
