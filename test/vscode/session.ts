import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Browser } from 'playwright-core';

import { launchBrowser } from '../support/panelPage';
import { installedServer } from './install';
import { Server } from './server';
import { Workbench } from './workbench';

/** A folder opened in VS Code with the installed extension, in a browser. */
export class Session {
  private constructor(
    readonly folder: string,
    private readonly browser: Browser,
    readonly server: Server,
    readonly workbench: Workbench,
  ) {}

  /** @param fill - puts the files of the test into the new folder. */
  static async open(fill: (folder: string) => void, trusted = true): Promise<Session> {
    const folder = mkdtempSync(path.join(tmpdir(), 'boundary lens ñ '));
    fill(folder);
    const browser = await launchBrowser();
    const vsix = process.env['BOUNDARY_LENS_VSIX'] ?? '';
    const server = await Server.start(installedServer(), { vsix, trusted });
    return new Session(folder, browser, server, await Workbench.open(browser, server, folder));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One session for all tests of a suite, which keeps a picture of each that fails. */
export function sessionOfSuite(fill: (folder: string) => void): () => Session {
  let session: Session;
  before(async () => {
    session = await Session.open(fill);
  });
  after(() => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.workbench.picture(this.currentTest.title);
  });
  return () => session;
}
