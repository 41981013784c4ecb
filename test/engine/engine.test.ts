import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { Engine } from '../../src/extension/engine/engine';
import { JobFailure } from '../../src/extension/engine/jobFailure';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import type { FailureCode } from '../../src/protocol/failure';
import type { Request } from '../../src/protocol/job';
import { isAlive, within } from '../support/processes';
import { sampleReport } from '../support/sampleReport';
import { temporaryFolder } from '../support/temporaryFolder';

/** A stand-in for the engine's bundle: the request's model says how it behaves, and its seed comes back in the report. */
const script = `
const fs = require('node:fs');
const base = JSON.parse(fs.readFileSync(__dirname + '/report.json', 'utf8'));
const send = (message) => process.send(message);
let deaf = false;
const alive = setInterval(() => undefined, 1000);
process.on('message', ({ type, job, request, model }) => {
  if (type === 'cancel') {
    if (!deaf) send({ type: 'failed', job, failure: { code: 'cancelled', message: 'cancelled by the engine' } });
    return;
  }
  if (type === 'inspect') return send({ type: 'inspected', job, inspection: {
    path: model, format: 'onnx', producer: null, sha256: null, identity: { size: 4, modified: 0 }, inputShape: [4], layout: 'flat', classes: 2, classNames: null,
    operators: {}, parameters: 0, smoothness: 'smooth', headStripped: null, stepped: false, classesSource: null, preprocessing: { source: '', sentence: '' },
    operatorsWithoutGradient: [], notes: [] } });
  const manifest = (state, note) => ({ ...base.manifest, state, seed: request.seed, notes: [note] });
  const report = (state, note) => ({ ...base, manifest: manifest(state, note), analyses: {} });
  const done = () => send({ type: 'done', job, change: { whole: report('done', String(process.pid)) } });
  switch (request.model) {
    case 'crashes':
      return process.exit(3);
    case 'crashes once': {
      if (fs.existsSync(request.images[0])) return done();
      fs.writeFileSync(request.images[0], '');
      return process.exit(4);
    }
    case 'deaf':
      deaf = true;
      return send({ type: 'progress', job, progress: { stage: 'deaf', done: 0, total: 1, elapsedMs: 0 } });
    case 'silent':
      return;
    case 'answers after a while':
      return setTimeout(done, 300);
    case 'breathes': {
      const breath = setInterval(() => send({ type: 'progress', job, progress: { stage: 's', done: 0, total: 1, elapsedMs: 0 } }), 20);
      return setTimeout(() => { clearInterval(breath); done(); }, 4500);
    }
    case 'refuses':
      return send({ type: 'failed', job, failure: { code: 'model-unreadable', message: 'no model' } });
    case 'talks to others':
      send({ type: 'done', job: job + 1000, report: {} });
      return done();
    case 'babbles':
      for (const message of [null, 7, 'done', {}, { type: 'progress', job, progress: { stage: 7, done: 0, total: 1, elapsedMs: 0 } }]) send(message);
      return done();
    case 'answers nonsense':
      return send({ type: 'done', job, change: { whole: { ...report('done', ''), failures: 'none' } } });
    case 'complains':
      console.error('a complaint');
      return setTimeout(done, 100);
    default:
      send({ type: 'progress', job, progress: { stage: 'Looking', done: 1, total: 2, elapsedMs: 5 } });
      send({ type: 'report', job, change: { whole: report('running', '') } });
      return done();
  }
});
process.on('disconnect', () => process.exit());
`;

const request = (model: string, seed = 0, images: string[] = []): Request => ({
  ...{ command: 'test', model, images, seed, preprocessed: false, backend: 'auto', analyses: {} },
  search: Value.Create(SearchParams),
});

/** What assert.rejects takes: a JobFailure with this code whose message matches. */
const failure = (code: FailureCode, message: RegExp) => (error: unknown) =>
  error instanceof JobFailure && error.failure.code === code && message.test(error.failure.message);

describe('the engine as the extension sees it', () => {
  const folder = temporaryFolder();
  const engines: Engine[] = [];
  let log: string[];

  const engine = (times: { cancelGrace?: number; silence?: number } = {}): Engine => {
    log = [];
    const made = new Engine({
      modulePath: path.join(folder(), 'fake.cjs'),
      log: (text) => log.push(text),
      cancelGrace: 60_000,
      silence: 60_000,
      ...times,
    });
    engines.push(made);
    return made;
  };

  before(async () => {
    await writeFile(path.join(folder(), 'fake.cjs'), script);
    await writeFile(path.join(folder(), 'report.json'), JSON.stringify({ ...sampleReport(), analyses: {} }));
  });
  afterEach(() => {
    for (const made of engines.splice(0)) made.dispose();
  });

  it('starts no process before there is work', () => {
    assert.equal(engine().pid, undefined);
  });

  it('returns the report after progress and partial reports', async () => {
    const heard: unknown[] = [];
    const report = await engine().run(request('plain', 7), {
      onProgress: ({ stage }) => heard.push(stage),
      onReport: ({ manifest }) => heard.push(manifest.state),
    });
    assert.equal(report.manifest.seed, 7);
    assert.deepEqual(heard, ['Looking', 'running']);
  });

  it('returns what a model’s files say', async () => {
    assert.equal((await engine().inspect('model.onnx')).path, 'model.onnx');
  });

  it('passes on the engine’s own failure, and does not try again', async () => {
    await assert.rejects(engine().run(request('refuses')), failure('model-unreadable', /^no model$/));
  });

  it('serves several jobs with one process', async () => {
    const one = engine();
    const reports = await Promise.all([1, 2, 3].map((seed) => one.run(request('answers after a while', seed))));
    assert.deepEqual(
      reports.map(({ manifest }) => manifest.seed),
      [1, 2, 3],
    );
    assert.equal(new Set(reports.map(({ manifest }) => manifest.notes[0])).size, 1);
  });

  it('ignores answers to jobs that it did not give', async () => {
    await engine().run(request('talks to others'));
  });

  it('logs what is no message of the protocol, and goes on', async () => {
    const heard: unknown[] = [];
    await engine().run(request('babbles'), { onProgress: (progress) => heard.push(progress) });
    assert.deepEqual(heard, []);
    assert.equal(log.filter((text) => text.includes('is not of the protocol')).length, 5);
    assert.match(log.at(-1) ?? '', /“progress” is not of the protocol, \/progress\/stage: Expected string/);
  });

  it('ends a job whose answer is not of the protocol, and works on', async () => {
    const one = engine();
    await assert.rejects(
      one.run(request('answers nonsense')),
      failure('internal', /answer is not understood: \/change/),
    );
    await one.run(request('plain'));
  });

  it('logs what the process says on stderr', async () => {
    await engine().run(request('complains'));
    assert.ok(log.includes('a complaint'));
  });

  it('starts again after a crash, and the work that was lost is done after all', async () => {
    const marker = path.join(folder(), 'crashed');
    await engine().run(request('crashes once', 0, [marker]));
    assert.deepEqual(log, ['The engine was lost: it ended with code 4.', 'The engine is started again.']);
  });

  it('gives up on the same work after two crashes, and does not try it again until it is restarted', async () => {
    const one = engine();
    await assert.rejects(one.run(request('crashes')), failure('engine-lost', /code 3, twice at the same work/));
    assert.equal(log.filter((text) => text.startsWith('The engine was lost')).length, 2);
    await assert.rejects(one.run(request('crashes')), failure('engine-lost', /twice at the same work/));
    assert.equal(log.filter((text) => text.startsWith('The engine was lost')).length, 2, 'it was not tried');
    await one.run(request('plain'));
    one.restart();
    await assert.rejects(one.run(request('crashes')), failure('engine-lost', /twice/));
    assert.equal(log.filter((text) => text.startsWith('The engine was lost')).length, 4, 'it was tried');
  });

  it('starts again after each of four exits, and stops at the fifth within three minutes', async () => {
    const one = engine();
    await assert.rejects(one.run(request('crashes', 1)));
    await assert.rejects(one.run(request('crashes', 2)));
    await one.run(request('plain'));
    await assert.rejects(one.run(request('crashes', 3)), failure('engine-lost', /fifth time within three minutes/));
    assert.equal(log.filter((text) => text.startsWith('The engine was lost')).length, 5);
    await assert.rejects(one.run(request('plain')), failure('engine-lost', /fifth time/));
    one.restart();
    await one.run(request('plain'));
  });

  it('ends a job as cancelled when the engine says so', async () => {
    const controller = new AbortController();
    const one = engine();
    const job = one.run(request('silent'), { signal: controller.signal });
    controller.abort();
    await assert.rejects(job, failure('cancelled', /by the engine/));
    await one.run(request('plain'));
  });

  it('does nothing for a signal that was aborted before', async () => {
    const one = engine();
    await assert.rejects(one.run(request('plain'), { signal: AbortSignal.abort() }), failure('cancelled', /./));
    assert.equal(one.pid, undefined);
  });

  it('kills an engine that is deaf to a cancel, and begins the other jobs again', async () => {
    const controller = new AbortController();
    const one = engine({ cancelGrace: 50 });
    const other = one.run(request('answers after a while', 5));
    const job = one.run(request('deaf'), {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    const { pid } = one;
    await assert.rejects(job, failure('cancelled', /./));
    assert.equal((await other).manifest.seed, 5);
    await within('the deaf process to be gone', () => !isAlive(pid));
  });

  it('kills an engine that hangs, and gives up on what made it hang twice', async () => {
    const one = engine({ silence: 400 });
    await assert.rejects(
      one.run(request('silent')),
      failure('engine-lost', /said nothing for 0\.4 s and was killed, twice at the same work/),
    );
    assert.equal(log.filter((text) => text.includes('said nothing for 0.4 s')).length, 2);
  });

  it('kills an engine that hangs once, however long it takes to end', async () => {
    // A look every millisecond: no process ends as fast.
    await assert.rejects(
      engine({ silence: 8 }).run(request('silent')),
      failure('engine-lost', /said nothing for 0\.008 s and was killed, twice/),
    );
    assert.equal(log.filter((text) => text.includes('said nothing for 0.008 s')).length, 2);
  });

  it('leaves an engine alone that works for longer than it may be silent', async () => {
    await engine({ silence: 3000 }).run(request('breathes'));
    assert.deepEqual(log, []);
  });

  it('ends its process and its jobs when it is disposed, and starts none afterwards', async () => {
    const one = engine();
    const job = one.run(request('silent'));
    const { pid } = one;
    assert.ok(isAlive(pid));
    one.dispose();
    await assert.rejects(job, failure('engine-lost', /the window was closed/));
    await within('the process to be gone', () => !isAlive(pid));
    await assert.rejects(one.run(request('plain')), failure('engine-lost', /the window was closed/));
    assert.equal(one.pid, undefined);
  });

  it('says what is wrong where there is no engine to start', async () => {
    const missing = new Engine({ modulePath: path.join(folder(), 'absent.cjs'), log: () => undefined });
    engines.push(missing);
    await assert.rejects(missing.run(request('plain')), failure('engine-lost', /it ended with code 1/));
  });
});
