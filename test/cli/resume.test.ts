import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { cli, cliReport, type Finished } from '../support/cli';
import { assertReport, withoutTimes } from '../support/reportSchema';
import { temporaryFolder } from '../support/temporaryFolder';

const model = 'samples/relu/lenet-mnist.onnx';
const images = ['--images', 'samples/mnist', '--limit', '12'];
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
