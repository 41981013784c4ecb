import { randomBytes } from 'node:crypto';

import * as vscode from 'vscode';

/** The folders that a panel may load from. */
export function panelRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder));
}

/**
 * The page that a built webview runs in: nothing but its own files, allowed by a nonce.
 *
 * @param script - the results', that of a single model, of a series, or that on which a preprocessing is chosen.
 */
export function panelPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  script: 'webview.js' | 'model.js' | 'watch.js' | 'preflight.js' = 'webview.js',
): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const source = webview.cspSource;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source} blob: data:`,
    `font-src ${source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    ${script === 'model.js' ? '' : plotlyStyles(file('plotly.css'))}
    <link rel="stylesheet" href="${file('webview.css')}">
  </head>
  <body>
    <main id="root"></main>
    <script nonce="${nonce}" src="${file(script)}"></script>
  </body>
</html>`;
}

function plotlyStyles(href: string): string {
  return `<link id="plotly.js-style-global" class="no-inline-styles" rel="stylesheet" href="${href}">`;
}
