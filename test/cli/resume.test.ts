import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { cli, cliReport, type Finished } from '../support/cli';
import { assertReport, withoutTimes } from '../support/reportSchema';
import { temporaryFolder } from '../support/temporaryFolder';

const model = 'samples/relu/lenet-mnist.onnx';
const images = ['--images', 'samples/mnist', '--limit', '12'];
/** Lets a thread of sessions go down into code that never comes back, in the run of this number; nobody can end it there. */
const stuck = `
const { execFileSync } = require('node:child_process');
const { writeSync } = require('node:fs');
const { createRequire } = require('node:module');
const { isMainThread } = require('node:worker_threads');
if (!isMainThread) {
  const { InferenceSession } = createRequire(process.env.STUCK_FROM)('onnxruntime-node');
  const create = InferenceSession.create.bind(InferenceSession);
  let runs = 0;
  InferenceSession.create = async (...args) => {
    const session = await create(...args);
    const run = session.run.bind(session);
    session.run = (...asked) => {
      if (++runs < Number(process.env.STUCK_RUN)) return run(...asked);
      writeSync(2, 'stuck');
      const untilOrphaned = 'const parent = process.ppid; setInterval(() => process.ppid === parent || process.exit(), 100)';
      execFileSync(process.execPath, ['-e', untilOrphaned], { env: {} });
    };
    return session;
  };
}`;

/** Some seconds of work, in which many results are kept. */
const work = ['curvature', model, ...images, '--eigenvalues', '20'];

describe('an interrupted analysis', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);
  const read = (name: string): ReturnType<typeof withoutTimes> & { manifest: { state: string } } => {
    const report: unknown = JSON.parse(readFileSync(file(name), 'utf8'));
    assertReport(report);
    return report;
  };

  let undisturbed: object;
  before(async () => {
    undisturbed = withoutTimes(await cliReport(work));
  });

  /** Interrupts the command when the boundary points are found and curvature is being measured. */
  const interrupted = (args: string[], cache: string, signal: NodeJS.Signals): Promise<Finished> => {
    let sent = false;
    return cli(args, {
      cache,
      onStderr: (text, child) => {
        if (sent || !text.includes('Measuring the curvature')) return;
        sent = true;
        child.kill(signal);
      },
    });
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves a valid partial report at ${signal}, from which --resume goes on to the report of an undisturbed run`, async () => {
      const [out, cache] = [file(`${signal}.json`), file(`${signal} cache`)];
      const first = await interrupted([...work, '--out', out], cache, signal);
      assert.equal(first.code, 130, first.stderr);
      assert.match(first.stderr, /--resume goes on from there/);
      assert.equal(read(`${signal}.json`).manifest.state, 'cancelled');
      const resumed = await cliReport([...work, '--out', out, '--resume'], { cache });
      assert.equal(resumed.manifest.state, 'done');
      assert.deepEqual(withoutTimes(resumed), undisturbed);
    });
  }

  it('prints the partial report with --json', async () => {
    const { code, stdout } = await interrupted([...work, '--json'], 'off', 'SIGINT');
    assert.equal(code, 130);
    const report: unknown = JSON.parse(stdout);
    assertReport(report);
    assert.equal(report.manifest.state, 'cancelled');
  });

  it('ends although a library that computes never comes back, and keeps what was found', async function () {
    // Elsewhere such a signal ends a process unheard.
    if (process.platform === 'win32') this.skip();
    const [preload, out] = [file('stuck.cjs'), file('stuck.json')];
    writeFileSync(preload, stuck);
    let sent = 0;
    const { code, stderr } = await cli([...work, '--yes', '--backend', 'onnxruntime', '--out', out], {
      env: { NODE_OPTIONS: `--require "${preload}"`, STUCK_FROM: path.resolve('package.json'), STUCK_RUN: '40' },
      onStderr: (text, child) => {
        if (sent === 0 && text.includes('stuck')) sent = Number(child.kill('SIGTERM')) && performance.now();
      },
    });
    assert.ok(sent > 0, stderr);
    // By the signal that nothing withstands.
    assert.equal(code, null);
    assert.match(stderr, /Cancelled\. What was found is in .*stuck\.json/);
    assert.equal(read('stuck.json').manifest.state, 'cancelled');
  });

  it('begins from the start where there is no report yet to resume', async () => {
    const out = file('fresh.json');
    assert.equal((await cli(['boundary', model, ...images, '--out', out, '--resume'])).code, 0);
  });

  it('refuses to resume a report of another model, other images, another seed or other settings', async () => {
    const out = file('other.json');
    const boundary = (...more: string[]): Promise<Finished> =>
      cli(['boundary', model, ...images, ...more, '--out', out, '--resume']);
    assert.equal((await cli(['boundary', model, ...images, '--out', out])).code, 0);
    assert.equal((await boundary()).code, 0);
    for (const [more, differing] of [
      [['--seed', '5'], /seed/],
      [['--limit', '3'], /images/],
      [['--overshoot', '0.05'], /settings/],
    ] as const) {
      const { code, stderr } = await boundary(...more);
      assert.equal(code, 2);
      assert.match(stderr, differing);
    }
    const otherModel = 'samples/smooth/lenet-mnist-softplus.keras';
    const { code, stderr } = await cli(['boundary', otherModel, ...images, '--out', out, '--resume']);
    assert.equal(code, 2);
    assert.match(stderr, /another model/);
  });
});
