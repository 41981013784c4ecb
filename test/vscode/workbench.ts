import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';

import { within } from '../support/processes';
import type { Server } from './server';

/** Milliseconds after which a click or key that came too early for VS Code is tried again. */
const attempt = 2000;

/** What a person does in VS Code's window. */
export class Workbench {
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, server: Server, folder: string): Promise<Workbench> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' });
    page.setDefaultTimeout(120_000);
    await page.goto(server.url(folder));
    const workbench = new Workbench(page);
    await workbench.ready();
    return workbench;
  }

  /** When the Explorer shows the folder. */
  async ready(): Promise<void> {
    await this.page.waitForSelector('.monaco-workbench .explorer-folders-view .monaco-list-row');
  }

  /**
   * Runs a command by the palette. The palette's list is made when it opens, so one that was opened before the extensions
   * were read never shows their commands: it is closed and opened again until the entry is there.
   */
  async run(title: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', {
      has: this.page.getByText(title, { exact: true }),
    });
    await within(`"${title}" in the palette`, () => this.runs(title, row), 120_000);
  }

  private async runs(title: string, row: Locator): Promise<boolean> {
    // A key goes to the document that has the focus, and one that is still loading does not pass it on.
    await this.page.locator('.part.sidebar .title-label').first().click();
    await this.page.keyboard.press('F1');
    try {
      const input = this.page.locator('.quick-input-widget input[type=text]').first();
      await input.fill(`>${title}`, { timeout: attempt });
      await row.first().click({ timeout: attempt });
      return true;
    } catch {
      await this.page.keyboard.press('Escape');
      return false;
    }
  }

  /** Picks an entry of the list that is open under this title. */
  async pick(title: string, label: string): Promise<void> {
    await this.question(title).waitFor();
    const row = this.page.locator('.quick-input-list .monaco-list-row', {
      has: this.page.locator('.label-name', { hasText: label }),
    });
    await row.first().click();
  }

  /** Picks how thorough an analysis is to be, once the list says how long each choice takes. */
  async pickPreset(label: string): Promise<void> {
    const title = 'Analyze Decision Boundary: how thorough';
    await this.question(title).waitFor();
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: 'of memory' }).first().waitFor();
    await this.pick(title, label);
  }

  /** A file or folder in the Explorer. */
  file(name: string): Locator {
    return this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  }

  /** Whether a file's context menu in the Explorer has this entry; the menu is closed afterwards. */
  async offers(file: string, title: string): Promise<boolean> {
    let offered = false;
    await within(
      `the menu of ${file}`,
      async () => {
        try {
          offered = (await (await this.contextMenu(file)).filter({ hasText: title }).count()) > 0;
          return true;
        } catch {
          return false;
        }
      },
      120_000,
    );
    await this.page.keyboard.press('Escape');
    await this.menu().waitFor({ state: 'hidden' });
    return offered;
  }

  private menu(): Locator {
    return this.page.locator('.monaco-menu').first();
  }

  /** The entries of a file's context menu; the menu is open afterwards. */
  private async contextMenu(file: string): Promise<Locator> {
    if (await this.menu().isVisible()) await this.page.keyboard.press('Escape');
    await this.menu().waitFor({ state: 'hidden', timeout: attempt });
    await this.file(file).click({ button: 'right', timeout: attempt });
    const entries = this.menu().locator('.action-item');
    await entries.filter({ hasText: 'Copy Path' }).first().waitFor({ timeout: attempt });
    return entries;
  }

  /**
   * Runs an entry of a file's context menu, again until its effect is there: menus opened before the extensions were read
   * do not show theirs, and a menu closes when a document that has just loaded takes the focus.
   *
   * @param effect - what is to be seen after the command, and not before.
   */
  async runInMenu(file: string, title: string, effect: Locator): Promise<void> {
    await within(
      `the effect of "${title}" in the menu of ${file}`,
      () => this.runsInMenu(file, title, effect),
      120_000,
    );
  }

  /** Runs an entry of a sub-menu of a file's context menu, again until its effect is there. */
  async runInSubmenu(file: string, submenu: string, entry: Locator, effect: Locator): Promise<void> {
    const runs = async (): Promise<boolean> => {
      try {
        await (await this.contextMenu(file)).filter({ hasText: submenu }).first().hover({ timeout: attempt });
        await entry.waitFor({ timeout: attempt });
        // For its first 100 ms a menu drops clicks.
        await sleep(200);
        await entry.click({ timeout: attempt });
        await effect.waitFor({ timeout: 10_000 });
        return true;
      } catch {
        return false;
      }
    };
    await within(`an entry of "${submenu}" in the menu of ${file}`, runs, 120_000);
  }

  private async runsInMenu(file: string, title: string, effect: Locator): Promise<boolean> {
    try {
      const entry = (await this.contextMenu(file)).filter({ hasText: title }).first();
      // For its first 100 ms the menu drops clicks; one that it takes closes it.
      await within('the menu to close', async () => {
        await entry.click({ timeout: attempt });
        await sleep(100);
        return !(await this.menu().isVisible());
      });
      await effect.first().waitFor({ timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  }

  /** The title of a list that asks for something. */
  question(title: string): Locator {
    return this.page.locator('.quick-input-title', { hasText: title });
  }

  toast(text: string): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The document that the extension shows in the panel that is in front; VS Code’s own image viewer is a webview, too. */
  panel(): FrameLocator {
    const shown = this.page.locator('iframe.webview.ready[src*="extensionId=boundary-lens."]:visible');
    // While one panel takes the place of another, both are visible for a moment.
    return shown.last().contentFrame().frameLocator('iframe#active-frame');
  }

  /** When VS Code's viewer shows an image. It takes the focus as it loads, which would close a menu or list opened before. */
  async shows(image: string): Promise<void> {
    await this.page.locator('.tab.active', { hasText: image }).waitFor();
    const viewer = this.page.locator('iframe.webview.ready[src*="extensionId=vscode.media-preview"]:visible');
    await viewer.last().contentFrame().frameLocator('iframe#active-frame').locator('img').waitFor();
  }

  /** By VS Code's own command: a page that is only loaded anew has not written down what was open. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.run('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Keeps a picture for whoever looks into a failed test. */
  async picture(name: string): Promise<void> {
    const file = path.join('screenshots', `${name.replaceAll(/\W+/g, '-')}.png`);
    await this.page.screenshot({ animations: 'disabled', path: file });
  }
}
