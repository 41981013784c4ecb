import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { Engine, type JobOptions } from '../../src/extension/engine/engine';
import { JobFailure } from '../../src/extension/engine/jobFailure';
import { analyses } from '../../src/protocol/analyses';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import type { FromEngine, Request } from '../../src/protocol/job';
import type { Report } from '../../src/protocol/report';
import { cli } from '../support/cli';
import { isAlive, within } from '../support/processes';
import { assertReport, withoutTimes } from '../support/reportSchema';
import { section } from '../support/section';
import { temporaryFolder } from '../support/temporaryFolder';

const engineFile = path.resolve('dist/engine.js');
const sample: Request = {
  ...{ command: 'test', model: 'samples/relu/lenet-mnist.onnx', images: ['samples/mnist'], seed: 0 },
  ...{ preprocessed: false, backend: 'auto', analyses: {} },
  search: Value.Create(SearchParams),
};
const short: Request = { ...sample, limit: 4, preset: 'quick' };
const curvature = Value.Create(analyses.curvature.params);
/** Work enough for progress to be told in the midst of each, on a fast machine, too. */
const seconds: Request['analyses'] = { boundary: {}, curvature: { ...curvature, eigenvalues: 60 } };
/** Minutes of work. */
const long: Request = {
  ...sample,
  analyses: { curvature: { ...curvature, eigenvalues: 100, scaleSweep: true } },
};

describe('the engine process', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const engines: Engine[] = [];
  let caches = 0;

  const environment = (): NodeJS.ProcessEnv => ({
    BOUNDARY_LENS_CACHE: path.join(folder(), `cache ${++caches}`),
  });
  const engine = (own = environment()): Engine => {
    const made = new Engine({
      ...{ modulePath: engineFile, log: () => undefined, environment: own },
      ...{ cancelGrace: 60_000, silence: 200_000 },
    });
    engines.push(made);
    return made;
  };
  /** The real bundle without the extension's care, and everything that it says. */
  const forked = (): { child: ChildProcess; heard: FromEngine[] } => {
    const child = fork(engineFile, {
      ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
      env: { ...process.env, ...environment() },
    });
    children.push(child);
    const heard: FromEngine[] = [];
    child.on('message', (message) => heard.push(message as FromEngine));
    return { child, heard };
  };
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const made of engines.splice(0)) made.dispose();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Calls back once, when curvature has begun to be computed. */
  const inMidWork = (act: () => void): NonNullable<JobOptions['onProgress']> => {
    let acted = false;
    return ({ stage }) => {
      if (acted || !/curvature/i.test(stage)) return;
      acted = true;
      act();
    };
  };

  it('analyses the sample model, telling how far it is', async () => {
    const stages = new Set<string>();
    const report = await engine().run(short, {
      onProgress: ({ stage, done, total }) => {
        stages.add(stage);
        assert.ok(done <= total, `${done} of ${total}`);
      },
    });
    assertReport(report);
    assert.equal(report.manifest.state, 'done');
    assert.deepEqual(Object.keys(report.analyses).slice(0, 3), ['evaluate', 'boundary', 'curvature']);
    assert.equal(section(report, 'boundary').images.length, 4);
    assert.equal(section(report, 'boundary').summary.converged, 4);
    assert.deepEqual(report.failures, []);
    assert.ok(stages.size > 0);
  });

  it('inspects a model', async () => {
    const inspection = await engine().inspect(sample.model);
    assert.equal(inspection.classes, 10);
    assert.deepEqual(inspection.operatorsWithoutGradient, []);
  });

  it('lists the backends as the command line does', async () => {
    const { backends, auto } = await engine().listBackends({ threads: 1 });
    const { stdout } = await cli(['backends', '--json', '--threads', '1']);
    const [last, ...rest] = (JSON.parse(stdout) as Partial<typeof auto>[]).reverse();
    assert.deepEqual(rest.reverse(), backends);
    assert.deepEqual({ tries: last.tries, reason: last.reason }, auto);
    assert.equal(auto.reason, null);
    const named = await engine().listBackends({ device: 64 });
    assert.match(named.backends.find(({ id }) => id === 'cuda')?.reason ?? '', /CUDA|card|NVIDIA/);
    assert.match(named.auto.reason ?? '', /--device/);
  });

  it('goes on after it was killed in any phase of its work, to the same report', async () => {
    const request: Request = { ...sample, limit: 4, analyses: seconds };
    const stages = new Set<string>();
    const undisturbed = await engine().run(request, { onProgress: ({ stage }) => stages.add(stage) });
    assert.ok([...stages].some((stage) => /curvature/i.test(stage)));
    for (const stage of stages) {
      const one = engine();
      let killed: number | undefined;
      const report = await one.run(request, {
        onProgress: (progress) => {
          if (killed !== undefined || progress.stage !== stage || one.pid === undefined) return;
          killed = one.pid;
          process.kill(killed, 'SIGKILL');
        },
      });
      // A phase that is over between two beats of the engine is not seen every time.
      assert.notEqual(one.pid, killed, stage);
      assert.deepEqual(withoutTimes(report), withoutTimes(undisturbed), stage);
    }
  });

  it('computes again what it kept where that is damaged, to the same report', async () => {
    const request: Request = { ...sample, limit: 4, analyses: { boundary: {}, curvature } };
    const own = environment();
    const first = await engine(own).run(request);
    const cache = own['BOUNDARY_LENS_CACHE'] ?? '';
    const kept = (await readdir(cache)).map((name) => path.join(cache, name));
    assert.ok(kept.length >= 8);
    const damages = [
      (file: string) => writeFile(file, ''),
      (file: string) => truncate(file, 40),
      (file: string) => writeFile(file, 'no artefact, but as long as one may be'.repeat(20)),
    ];
    await Promise.all(kept.map((file, i) => damages[i % damages.length](file)));
    const damaged = new Map(await Promise.all(kept.map(async (file) => [file, await readFile(file)] as const)));
    assert.deepEqual(withoutTimes(await engine(own).run(request)), withoutTimes(first));
    for (const [file, bytes] of damaged) assert.notDeepEqual(await readFile(file), bytes, file);
  });

  it('goes on to the same report when the images are deleted in mid-run, and names them when it is run again', async () => {
    const images = path.join(folder(), 'photos');
    await cp('samples/mnist/7', images, { recursive: true });
    const request: Request = { ...sample, images: [images], limit: 4, analyses: seconds };
    const undisturbed = await engine().run(request);
    let deleted: Promise<void> | undefined;
    const report = await engine().run(request, {
      onProgress: inMidWork(() => {
        deleted = rm(images, { recursive: true });
      }),
    });
    assert.ok(deleted);
    await deleted;
    assert.deepEqual(withoutTimes(report), withoutTimes(undisturbed));
    await assert.rejects(engine().run(request), (error) => {
      assert.ok(error instanceof JobFailure);
      assert.equal(error.failure.code, 'invalid-input');
      assert.ok(error.failure.message.includes(images));
      return true;
    });
  });

  it('stops by itself when cancelled in mid-work, and what was found is kept', async () => {
    const controller = new AbortController();
    const one = engine();
    let partial: Report | undefined;
    let [asked, pid]: [number, number | undefined] = [0, undefined];
    const job = one.run(long, {
      signal: controller.signal,
      onProgress: inMidWork(() => {
        asked = performance.now();
        ({ pid } = one);
        controller.abort();
      }),
      onReport: (report) => (partial = report),
    });
    await assert.rejects(job, (error) => error instanceof JobFailure && error.failure.code === 'cancelled');
    const took = performance.now() - asked;
    assert.ok(took < 20_000, `stopping is a matter of 2 s, on the slowest machine of 20; it took ${took} ms`);
    assert.equal(one.pid, pid, 'the process was not killed');
    assertReport(partial);
    assert.equal(partial.manifest.state, 'cancelled');
    assert.ok((await one.run(short)).analyses.boundary, 'it can go on working');
  });

  it('ends a job that needs more memory than it may use', async () => {
    await assert.rejects(engine().run({ ...long, memory: 64 }), (error) => {
      assert.ok(error instanceof JobFailure);
      assert.equal(error.failure.code, 'limit-exceeded');
      assert.match(error.failure.message, /must stay below 64 MB, got \d+ MB/);
      return true;
    });
  });

  it('names a model that is not there', async () => {
    await assert.rejects(engine().run({ ...short, model: 'absent.onnx' }), (error) => {
      assert.ok(error instanceof JobFailure);
      assert.notEqual(error.failure.code, 'internal');
      assert.match(error.failure.message, /absent\.onnx/);
      return true;
    });
  });

  it('refuses what is not a request, and serves on', async () => {
    const { child, heard } = forked();
    for (const garbage of [null, 'run', 7, [], {}, { type: 'run' }, { type: 'format the disk', job: 'x' }]) {
      child.send(garbage as object);
    }
    child.send({ type: 'run', job: 1 });
    child.send({ type: 'run', job: 2, request: { ...short, seed: 'a word' } });
    child.send({ type: 'cancel', job: 99 });
    child.send({ type: 'inspect', job: 3, model: sample.model });
    await within('the inspection', () => heard.some(({ type }) => type === 'inspected'), 120_000);
    const failures = heard.filter((message) => message.type === 'failed');
    assert.deepEqual(
      failures.map(({ job, failure }) => [job, failure.code]),
      [
        [1, 'invalid-input'],
        [2, 'invalid-input'],
      ],
    );
    assert.match(failures[0].failure.message, /bad request/);
    assert.equal(heard.length, 3);
  });

  it('ends when whoever it serves closes the channel', async () => {
    const { child, heard } = forked();
    child.send({ type: 'run', job: 1, request: long });
    await within('the job to run', () => heard.length > 0, 120_000);
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  });

  it('ends within seconds when whoever it serves is killed', async () => {
    const parentFile = path.join(folder(), 'parent.cjs');
    await writeFile(
      parentFile,
      `const child = require('node:child_process').fork(process.argv[2], { serialization: 'advanced' });
       child.once('message', () => console.log(child.pid));
       child.send({ type: 'run', job: 1, request: JSON.parse(process.argv[3]) });`,
    );
    const parent = spawn(process.execPath, [parentFile, engineFile, JSON.stringify(long)], {
      ...{ stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment() } },
    });
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(text);
    assert.ok(isAlive(pid));
    parent.kill('SIGKILL');
    await within('the engine to be gone', () => !isAlive(pid));
  });
});
