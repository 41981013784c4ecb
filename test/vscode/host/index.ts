import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import Mocha from 'mocha';

/** VS Code loads this module in its extension host and awaits it; every outcome goes to the file that the runner reads. */
export function run(): Promise<void> {
  const record = (outcome: object): void => {
    appendFileSync(process.env['BOUNDARY_LENS_OUTCOMES'] ?? '', `${JSON.stringify(outcome)}\n`);
  };
  const mocha = new Mocha({ timeout: 240_000, forbidOnly: true });
  for (const file of readdirSync(__dirname)) {
    if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  }
  return new Promise((resolve) => {
    mocha
      .run((failures) => {
        record({ type: 'end', failures });
        resolve();
      })
      .on('pass', (test) => {
        record({ type: 'pass', title: test.fullTitle() });
      })
      .on('fail', (test: Mocha.Runnable, error: Error) => {
        record({ type: 'fail', title: test.fullTitle(), message: error.stack ?? error.message });
      });
  });
}
