/*
 * The page that people see. It runs in two places:
 *
 * - In a VS Code panel, whose HTML is, under the policy `default-src 'none'; script-src 'nonce-…'; style-src ${cspSource};
 *   img-src ${cspSource} blob: data:; font-src ${cspSource}`:
 *     <link id="plotly.js-style-global" class="no-inline-styles" rel="stylesheet" href="…/dist/plotly.css">
 *     <link rel="stylesheet" href="…/dist/webview.css">
 *     <main id="root"></main>
 *     <script nonce="…" src="…/dist/webview.js"></script>
 *   The page posts {type: 'ready'} once it listens and is then sent the state once, and after that what is new.
 *   It keeps the panel's id by setState, which Reload Window hands to the panel's serializer.
 *
 * - In a file of its own, where the same three files are inlined (the first two as style elements with the same id and
 *   class) and the report stands before the script in
 *     <script type="application/json" id="boundary-lens-report">…</script>
 *   There is no host then: nothing that needs one is shown.
 */
import { savedHost, vsCodeHost } from '../parts/host';
import { onThemeChange } from '../parts/theme';
import { Panel } from './panel';

const root = document.getElementById('root');
if (!root) throw new Error('the page must hold <main id="root">');
const saved = document.getElementById('boundary-lens-report');
document.documentElement.classList.add(saved ? 'saved' : 'hosted');

const host = saved ? savedHost(saved.textContent) : vsCodeHost();
const panel = new Panel(root, host);
host.listen((state) => {
  panel.show(state);
});
onThemeChange(() => {
  panel.redraw();
});
