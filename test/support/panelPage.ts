import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { type Browser, chromium, type Page } from 'playwright-core';

import type { FromModelPage, ModelPageState, ToModelPage } from '../../src/protocol/modelPage';
import type { FromPreflightPage, PreflightPageState, ToPreflightPage } from '../../src/protocol/preflightPage';
import type { FromSeriesPage, SeriesState, ToSeriesPage } from '../../src/protocol/seriesPage';
import type { FromView, PanelState } from '../../src/protocol/view';
import { type ThemeName, vscodeThemes } from './vscodeThemes';

const origin = 'https://panel.test';
const types: Readonly<Partial<Record<string, string>>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** What the test's own VS Code keeps in the page. */
interface FakeHost {
  sent: unknown[];
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

/** One browser for all tests of a suite, whose pages each test leaves behind. */
export function browserOfSuite(): () => Browser {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  return () => browser;
}

/** A built page as VS Code shows it, what it is shown and what it sends. */
interface Shown<State, Sent> {
  readonly page: Page;
  /** Everything that the console or the policy complained about. */
  readonly complaints: string[];
  readonly show: (state: State) => Promise<void>;
  readonly sent: () => Promise<Sent[]>;
  readonly theme: (name: ThemeName) => Promise<void>;
}
export type Panel = Shown<PanelState, FromView>;

interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly remembered?: unknown;
}

/** The results' page. */
export async function openPanel(browser: Browser, options: PageOptions = {}): Promise<Panel> {
  const message = (state: PanelState): unknown => ({ type: 'state', revision: 1, state });
  return openPage<PanelState, FromView>(browser, 'webview.js', message, options);
}

/** The page of a model. */
export async function openModelPage(
  browser: Browser,
  options: PageOptions = {},
): Promise<Shown<ModelPageState, FromModelPage>> {
  const message = (state: ModelPageState): ToModelPage => ({ type: 'model', state });
  return openPage<ModelPageState, FromModelPage>(browser, 'model.js', message, options);
}

/** The page of a series. */
export async function openSeriesPage(
  browser: Browser,
  options: PageOptions = {},
): Promise<Shown<SeriesState, FromSeriesPage>> {
  const message = (state: SeriesState): ToSeriesPage => ({ type: 'series', state });
  return openPage<SeriesState, FromSeriesPage>(browser, 'watch.js', message, options);
}

/** The page on which a preprocessing is chosen. */
export async function openPreflightPage(
  browser: Browser,
  options: PageOptions = {},
): Promise<Shown<PreflightPageState, FromPreflightPage>> {
  const message = (state: PreflightPageState): ToPreflightPage => ({ type: 'preflight', state });
  return openPage<PreflightPageState, FromPreflightPage>(browser, 'preflight.js', message, options);
}

/** A page with the same policy as in VS Code, its API, its theme's variables. */
async function openPage<State, Sent>(
  browser: Browser,
  script: string,
  message: (state: State) => unknown,
  { theme = 'dark', width = 1200, remembered }: PageOptions,
): Promise<Shown<State, Sent>> {
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
<body><main id="root"></main><script nonce="${nonce}" src="/${script}"></script></body></html>`;
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
      postMessage: (sent: unknown) => window.fakeHost.sent.push(sent),
      getState: () => window.fakeHost.state,
      setState: (next: unknown) => (window.fakeHost.state = next),
    });
  }, remembered);
  await page.goto(origin);
  const panel: Shown<State, Sent> = {
    page,
    complaints,
    show: async (state) => {
      await page.evaluate((data) => {
        window.postMessage(data, '*');
      }, message(state));
      await settled(page);
    },
    sent: () => page.evaluate(() => window.fakeHost.sent as Sent[]),
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

/** When every figure that is seen has been drawn: figures are drawn one a turn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('figure .picture')].every(
      (picture) => !picture.checkVisibility() || picture.childElementCount > 0,
    ),
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
}
