import path from 'node:path';

import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';

import { within } from '../support/processes';
import type { Server } from './server';

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
    await within(`"${title}" in the palette`, () => this.offers(title, row), 120_000);
    await row.first().click();
  }

  private async offers(title: string, row: Locator): Promise<boolean> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input[type=text]').first().fill(`>${title}`);
    try {
      await row.first().waitFor({ timeout: 2000 });
      return true;
    } catch {
      await this.page.keyboard.press('Escape');
      return false;
    }
  }

  /** Picks an entry of the list that is open under this title. */
  async pick(title: string, label: string): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: title }).waitFor();
    const row = this.page.locator('.quick-input-list .monaco-list-row', {
      has: this.page.locator('.label-name', { hasText: label }),
    });
    await row.first().click();
  }

  /** The entries of a file's context menu in the Explorer; the menu is open afterwards. */
  async contextMenu(file: string): Promise<Locator> {
    const menu = this.page.locator('.monaco-menu');
    if (await menu.first().isVisible()) await this.page.keyboard.press('Escape');
    await menu.first().waitFor({ state: 'hidden' });
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: file }).click({ button: 'right' });
    await menu.locator('.action-item', { hasText: 'Copy Path' }).first().waitFor();
    return menu.locator('.action-item');
  }

  async closeMenu(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('.monaco-menu').first().waitFor({ state: 'hidden' });
  }

  /**
   * Runs an entry of a file's context menu; menus opened before the extensions were read do not show theirs. By the
   * keyboard, because VS Code's menus drop the clicks of their first 100 ms.
   */
  async runInMenu(file: string, title: string): Promise<void> {
    await within(`"${title}" in the menu of ${file}`, async () => {
      const entry = (await this.contextMenu(file)).filter({ hasText: title });
      if ((await entry.count()) > 0) {
        try {
          await entry.first().hover({ timeout: 2000 });
          await entry.first().press('Enter', { timeout: 2000 });
        } catch {
          // The menu closes when a document that has just loaded takes the focus.
          return false;
        }
        await this.page.locator('.monaco-menu').first().waitFor({ state: 'hidden' });
        return true;
      }
      await this.closeMenu();
      return false;
    });
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
