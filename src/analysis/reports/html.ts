import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Report } from '../../protocol/report';
import { withoutPaths } from './withoutPaths';

/**
 * The report as one page that opens offline: the panel's own bundle, its styles and the report inlined. Nothing else can
 * run or load in it: its scripts are allowed by their hashes. Folders of the machine that it was made on are left out.
 *
 * @param assets - the folder of the built `webview.js`, `webview.css` and `plotly.css`.
 */
export async function encodeHtml(report: Report, assets: string): Promise<string> {
  const [script, style, plotly] = await Promise.all(
    ['webview.js', 'webview.css', 'plotly.css'].map((name) => readFile(path.join(assets, name), 'utf8')),
  );
  const code = script.replaceAll('</script', '<\\/script');
  const sheets = [plotly, style].map((sheet) => sheet.replaceAll('</style', '<\\/style'));
  const data = JSON.stringify(withoutPaths(report)).replaceAll('<', '\\u003c');
  const hashes = sheets.map(sha256).join(' ');
  const policy = `default-src 'none'; script-src ${sha256(code)}; style-src ${hashes}; img-src data: blob:`;
  const model = report.manifest.model.path.split(/[\\/]/).pop() ?? '';
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <title>Boundary Lens: ${escaped(model)}</title>
    <style id="plotly.js-style-global" class="no-inline-styles">${sheets[0] ?? ''}</style>
    <style>${sheets[1] ?? ''}</style>
  </head>
  <body>
    <main id="root"></main>
    <script type="application/json" id="boundary-lens-report">${data}</script>
    <script>${code}</script>
  </body>
</html>
`;
}

function sha256(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
