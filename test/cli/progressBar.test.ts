import assert from 'node:assert/strict';
import type { WriteStream } from 'node:tty';

import { ProgressBar } from '../../src/analysis/cli/progressBar';

/** What is written of each [stage, done, total, share of all] in turn, a second apart. */
function written(steps: readonly (readonly [string, number, number, number?])[], isTTY: boolean, columns = 80): string {
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  const bar = new ProgressBar({ isTTY, columns, write } as unknown as WriteStream);
  steps.forEach(([stage, done, total, share], i) => {
    bar.update({ stage, done, total, elapsedMs: 1000 * i, ...(share !== undefined && { share }) });
  });
  bar.end();
  return text;
}

describe('the progress of a command', () => {
  it('counts what a stage has done, and leaves the count out where the stage is one piece', () => {
    const steps = [
      ['Reading the model', 0, 1],
      ['Finding boundary points', 0, 25],
      ['Finding boundary points', 25, 25],
    ] as const;
    const lines =
      'Reading the model, 0.0 s\nFinding boundary points 0/25, 1.0 s\nFinding boundary points 25/25, 2.0 s\n';
    assert.equal(written(steps, false), lines);
  });

  it('says how far all is, and how long it takes, once that is known', () => {
    const stages = ['Reading the images', 'Searching', 'Finding curvatures', 'Finding directions'];
    const shares = [0, 0.03, 0.5, 0.99];
    const lines = written(
      stages.map((stage, i) => [stage, 0, 4, shares[i]]),
      false,
    );
    assert.deepEqual(lines.trim().split('\n'), [
      'Reading the images 0/4, 0.0 s, 0 % of all',
      'Searching 0/4, 1.0 s, 3 % of all',
      'Finding curvatures 0/4, 2.0 s, 50 % of all, 2 s left',
      'Finding directions 0/4, 3.0 s, 99 % of all',
    ]);
    assert.ok(
      written([['Searching', 0, 4, 0.5]], true).includes(`${'█'.repeat(8)}${'░'.repeat(8)} Searching 0/4, 0.0 s\n`),
    );
  });

  it('passes no end of a narrow terminal’s line', () => {
    const [, line] = written([['Finding boundary points', 0, 25]], true, 30).split('\u001b[K');
    assert.equal(line.trimEnd().length, 29);
  });

  it('stays on one line of a terminal while the stage is the same', () => {
    const text = written(
      [
        ['Finding boundary points', 0, 2],
        ['Finding boundary points', 2, 2],
      ],
      true,
    );
    assert.equal(text.split('\n').length, 2);
    assert.ok(text.includes(`${'█'.repeat(16)} Finding boundary points 2/2, 1.0 s`));
  });
});
