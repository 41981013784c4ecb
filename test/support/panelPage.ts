import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { type Browser, chromium, type Page } from 'playwright-core';

import type { FromView, PanelState } from '../../src/protocol/view';
import { type ThemeName, vscodeThemes } from './vscodeThemes';

const origin = 'https://panel.test';
const types: Readonly<Partial<Record<string, string>>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** What the test's own VS Code keeps in the page. */
interface FakeHost {
  sent: FromView[];
  state: unknown;
}
declare global {
  interface Window {
    fakeHost: FakeHost;
    acquireVsCodeApi: () => unknown;
  }
}

/** Chromium: CHROMIUM names it, else it is looked for on the PATH. */
export async function launchBrowser(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
  const executablePath = process.env['CHROMIUM'] ?? found;
  if (executablePath === undefined) throw new Error('Chromium must be on the PATH, or named by CHROMIUM');
  return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Panel {
  readonly page: Page;
  /** Everything that the console or the policy complained about. */
  readonly complaints: string[];
  readonly show: (state: PanelState) => Promise<void>;
  readonly sent: () => Promise<FromView[]>;
  readonly theme: (name: ThemeName) => Promise<void>;
}

/** The built page as VS Code shows it: the same policy, its API, its theme's variables. */
export async function openPanel(
  browser: Browser,
  { theme = 'dark', width = 1200, remembered }: { theme?: ThemeName; width?: number; remembered?: unknown } = {},
): Promise<Panel> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  const complaints = listened(page);
  const nonce = 'bm9uY2Utb2YtdGhlLXRlc3Q';
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${origin}; img-src ${origin} blob: data:; font-src ${origin}`;
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') {
      const body = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link id="plotly.js-style-global" class="no-inline-styles" rel="stylesheet" href="/plotly.css">
<link rel="stylesheet" href="/webview.css"></head>
<body><main id="root"></main><script nonce="${nonce}" src="/webview.js"></script></body></html>`;
      await route.fulfill({ contentType: 'text/html', body });
      return;
    }
    const type = types[path.extname(pathname)];
    await (type === undefined
      ? route.fulfill({ status: 204 })
      : route.fulfill({ contentType: type, body: await readFile(path.join('dist', pathname)) }));
  });
  await page.addInitScript((state) => {
    window.fakeHost = { sent: [], state };
    window.acquireVsCodeApi = () => ({
      postMessage: (message: FromView) => window.fakeHost.sent.push(message),
      getState: () => window.fakeHost.state,
      setState: (next: unknown) => (window.fakeHost.state = next),
    });
  }, remembered);
  await page.goto(origin);
  const panel: Panel = {
    page,
    complaints,
    show: async (state) => {
      await page.evaluate((message) => {
        window.postMessage({ type: 'state', revision: 1, state: message }, '*');
      }, state);
      await settled(page);
    },
    sent: () => page.evaluate(() => window.fakeHost.sent),
    theme: async (name) => {
      await page.evaluate(({ bodyClass, variables }) => {
        document.documentElement.removeAttribute('style');
        for (const [variable, value] of variables) document.documentElement.style.setProperty(variable, value);
        document.body.className = bodyClass;
      }, vscodeThemes[name]);
      await settled(page);
    },
  };
  await panel.theme(theme);
  return panel;
}

/** Collects everything that the page's console complains about. */
export function listened(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

/** When every figure has been drawn: figures are drawn one a turn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('figure .picture')].every((picture) => picture.childElementCount > 0),
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
}
