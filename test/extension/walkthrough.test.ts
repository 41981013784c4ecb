import '../support/vscode';

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import sharp from 'sharp';

import { contributes, icon } from '../../package.json';
import { doings } from '../../src/extension/commands/sample';

interface Step {
  readonly description: string;
  readonly media: { readonly image?: Readonly<Record<string, string>>; readonly markdown?: string };
  readonly completionEvents: readonly string[];
}
const commands = contributes.commands.map(({ command }) => command);

describe('the walkthrough', () => {
  const [walkthrough] = contributes.walkthroughs;
  const steps: readonly Step[] = walkthrough.steps;

  it('has at most five steps, each with a button', () => {
    assert.ok(steps.length > 0 && steps.length <= 5);
    for (const { description } of steps) assert.match(description, /\[[^\]]+\]\(command:[^)]+\)/);
  });

  it('runs commands that there are, on what the sample has', () => {
    for (const { description } of steps) {
      const [, link = '', query = ''] = /\(command:([\w.]+)\??([^)]*)\)/.exec(description) ?? [];
      assert.ok(commands.includes(link), link);
      if (link !== 'boundaryLens.openSample') continue;
      const [doing] = JSON.parse(decodeURIComponent(query)) as [string];
      assert.ok(Object.hasOwn(doings, doing), doing);
    }
  });

  it('is done step by step, by what the extension tells or the user runs', () => {
    for (const [kind, name] of steps.flatMap(({ completionEvents }) =>
      completionEvents.map((event) => event.split(':')),
    )) {
      if (kind === 'onCommand') assert.ok(commands.includes(name), name);
      else assert.match(name, /^boundaryLens\.sample\.\w+$/);
    }
  });

  it('shows pictures that are there, in light and dark themes', () => {
    for (const { media } of steps) {
      const files = media.markdown === undefined ? Object.values(media.image ?? {}) : [media.markdown];
      assert.ok(media.markdown !== undefined || files.length === 4);
      for (const file of files) assert.ok(existsSync(file), file);
    }
  });
});

describe('the icon', () => {
  it('is a square PNG of 256 pixels', async () => {
    const { format, width, height } = await sharp(icon).metadata();
    assert.deepEqual([format, width, height], ['png', 256, 256]);
  });
});
