import '../../support/vscode';

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { JobOptions } from '../../../src/extension/engine/engine';
import { JobFailure } from '../../../src/extension/engine/jobFailure';
import { type Look, Preflights } from '../../../src/extension/preflight/preflights';
import { analysisTask } from '../../../src/extension/runs/request';
import { mismatch } from '../../../src/protocol/check';
import type { Preflight } from '../../../src/protocol/preflight';
import { ToPreflightPage } from '../../../src/protocol/preflightPage';
import { noSettings } from '../../support/editorRuns';
import { samplePreflight } from '../../support/preflights';
import { within } from '../../support/processes';
import { temporaryFolder } from '../../support/temporaryFolder';
import { commandsRun, panels } from '../../support/vscode';

const { request } = analysisTask(noSettings, '/m/lenet.onnx', ['/photos'], 'quick');
const fine: Partial<Preflight> = { doubts: [], candidates: [], proposal: null };

describe('the look before a run', () => {
  const folder = temporaryFolder();
  const file = (): string => path.join(folder(), 'boundary-lens.json');
  let asked: {
    always: boolean;
    options: JobOptions;
    answer: (found: Preflight) => void;
    fail: (code: 'internal') => void;
  };
  const complaints: string[] = [];

  const look = (purpose: 'run' | 'choose' = 'run'): Look => {
    const engine = {
      preflight: (_: unknown, always: boolean, options: JobOptions = {}) =>
        new Promise<Preflight>((answer, reject) => {
          const fail = (code: 'internal'): void => {
            reject(new JobFailure({ code, message: 'no' }));
          };
          asked = { always, options, answer, fail };
        }),
    };
    const said = (text: string): void => {
      complaints.push(text);
    };
    const log = { warn: said, error: said, show: () => undefined };
    return new Preflights({ extensionUri: vscode.Uri.file(folder()), engine, log }).look(request, purpose);
  };
  const page = () => panels.at(-1)!;
  const shown = (): ToPreflightPage['state'] => {
    const message = page().sent.at(-1);
    assert.equal(mismatch(ToPreflightPage, message), undefined);
    return (message as ToPreflightPage).state;
  };
  const phase = (wanted: string): Promise<void> => within(wanted, () => Promise.resolve(shown().phase === wanted));
  const found = (change: Partial<Preflight> = {}): Preflight =>
    samplePreflight({ sideFile: { path: file(), text: null }, ...change });

  beforeEach(() => {
    panels.length = 0;
    commandsRun.length = 0;
  });

  it('lets a run begin without a question where nothing is in doubt', async () => {
    const begun = look();
    page().say({ type: 'ready' });
    assert.equal(shown().phase, 'looking');
    asked.answer(found(fine));
    assert.deepEqual(await begun.chosen, {});
    assert.equal(shown().phase, 'fine');
  });

  it('shows the first images while the others are looked at, and lets nothing begin before all are', async () => {
    const begun = look();
    let started = false;
    void begun.chosen.then(() => (started = true));
    page().say({ type: 'ready' });
    asked.options.onSeen?.(found({ ...fine, sampled: 4 }));
    assert.deepEqual([shown().phase, shown().preflight?.sampled], ['looking', 4]);
    await Promise.resolve();
    assert.equal(started, false);
    asked.answer(found(fine));
    assert.deepEqual(await begun.chosen, {});
  });

  it('shows what is known before anything is tried, then asks, and uses what is chosen once', async () => {
    const begun = look();
    page().say({ type: 'ready' });
    asked.options.onLooked?.(found({ candidates: [], proposal: null }));
    assert.equal(shown().phase, 'trying');
    asked.answer(found());
    await phase('asking');
    page().say({ type: 'useOnce', candidate: 1 });
    const chosen = await begun.chosen;
    assert.deepEqual(JSON.parse(chosen?.preprocessing ?? ''), samplePreflight().candidates[1]?.preprocessing);
    assert.equal(existsSync(file()), false);
  });

  it('tells what presets take while preprocessings are tried, also when the images are to be run as they are', async () => {
    const expected = [{ preset: 'quick', images: 9, seconds: 20, bytes: 1e9 }] as const;
    for (const isToldFirst of [true, false]) {
      const begun = look();
      page().say({ type: 'ready' });
      const known = found({ candidates: [], proposal: null });
      const tell = (): void => asked.options.onLooked?.({ ...known, expected: [...expected] });
      asked.options.onLooked?.(known);
      if (isToldFirst) tell();
      page().say({ type: 'asItIs' });
      assert.deepEqual(await begun.chosen, {});
      if (!isToldFirst) {
        assert.equal(asked.options.signal?.aborted, false);
        tell();
      }
      assert.deepEqual(await begun.expected, expected);
      assert.equal(asked.options.signal?.aborted, true);
    }
  });

  it('ends without a choice where the page is closed, and stops the engine’s work', async () => {
    const begun = look();
    page().dispose();
    assert.equal(await begun.chosen, undefined);
    assert.equal(asked.options.signal?.aborted, true);
  });

  it('writes a new side file at once', async () => {
    const begun = look();
    page().say({ type: 'ready' });
    asked.answer(found());
    await phase('asking');
    page().say({ type: 'save', candidate: 0 });
    assert.deepEqual(await begun.chosen, {});
    assert.equal(readFileSync(file(), 'utf8'), samplePreflight().candidates[0]?.sideFile);
  });

  it('writes over a side file only after its difference was shown, and when told again', async () => {
    writeFileSync(file(), '{"binary": true}');
    const begun = look();
    page().say({ type: 'ready' });
    asked.answer(found({ sideFile: { path: file(), text: '{"binary": true}' } }));
    await phase('asking');
    page().say({ type: 'replace' });
    page().say({ type: 'save', candidate: 0 });
    await phase('replacing');
    assert.equal(commandsRun.at(-1)?.name, 'vscode.diff');
    assert.equal(readFileSync(file(), 'utf8'), '{"binary": true}');
    page().say({ type: 'replace' });
    await begun.chosen;
    assert.equal(readFileSync(file(), 'utf8'), samplePreflight().candidates[0]?.sideFile);
  });

  it('offers the JSON where the folder cannot be written to, and the run goes on with it', async () => {
    const begun = look();
    page().say({ type: 'ready' });
    // A folder of that name cannot be written over, not even by the superuser.
    const taken = path.join(folder(), 'taken', 'boundary-lens.json');
    mkdirSync(taken, { recursive: true });
    asked.answer(found({ sideFile: { path: taken, text: null } }));
    await phase('asking');
    page().say({ type: 'save', candidate: 0 });
    await phase('unwritable');
    page().say({ type: 'useOnce', candidate: 0 });
    assert.notEqual((await begun.chosen)?.preprocessing, undefined);
  });

  it('leaves a failure to the run that waits, and shows it where none does', async () => {
    const begun = look();
    asked.fail('internal');
    assert.deepEqual(await begun.chosen, {});
    look('choose');
    page().say({ type: 'ready' });
    assert.equal(asked.always, true);
    asked.fail('internal');
    await phase('failed');
  });

  it('asks where a choice is wanted though nothing is in doubt', async () => {
    look('choose');
    page().say({ type: 'ready' });
    asked.answer(found({ doubts: [] }));
    await phase('asking');
  });

  it('heeds no message that is not of the protocol', () => {
    look();
    complaints.length = 0;
    page().say({ type: 'save' });
    assert.equal(complaints.length, 1);
  });
});
