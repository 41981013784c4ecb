import '../../support/vscode';

import assert from 'node:assert/strict';

import { selectBackend } from '../../../src/extension/commands/selectBackend';
import { JobFailure } from '../../../src/extension/engine/jobFailure';
import { currentSettings } from '../../../src/extension/settings';
import type { BackendHere, BackendsHere } from '../../../src/protocol/backends';
import type { Machine } from '../../../src/protocol/job';
import { backendIds } from '../../../src/protocol/words';
import { autoInWords, backendInWords } from '../../../src/reading/backends';
import { within } from '../../support/processes';
import { type Question, questions, settings, settingsOfWorkspace } from '../../support/vscode';

const here: readonly string[] = ['onnxruntime', 'webgpu'];
const found: BackendsHere = {
  backends: backendIds.map((id): BackendHere => {
    return here.includes(id)
      ? { id, present: true, provider: 'Provider', version: '1.2', device: 'A processor', threads: 2, reason: null }
      : {
          id,
          present: false,
          provider: null,
          version: null,
          device: null,
          threads: null,
          reason: `${id} is far away.`,
        };
  }),
  auto: { tries: ['webgpu'], reason: null },
};

describe('Select Backend', () => {
  const asked: Machine[] = [];
  const engine = {
    listBackends: (machine: Machine): Promise<BackendsHere> => {
      asked.push(machine);
      return Promise.resolve(found);
    },
  };

  beforeEach(() => {
    for (const list of [asked, questions]) list.length = 0;
    settings.clear();
    settingsOfWorkspace.clear();
  });
  after(() => {
    settings.clear();
    settingsOfWorkspace.clear();
  });

  const list = async (): Promise<Question> => {
    await within('the list', () => questions.length > 0);
    return questions[0];
  };

  it('lists what is chosen, what is here, and what is missing, in this order', async () => {
    const selecting = selectBackend(engine);
    const { offered, choose } = await list();
    assert.deepEqual(offered, [
      ...['auto, ready, chosen', 'onnxruntime, ready', 'webgpu, ready'],
      ...['cuda, missing', 'directml, missing', 'coreml, missing', 'tensorflow, missing'],
    ]);
    choose('webgpu, ready');
    assert.equal(await selecting, 'webgpu');
    assert.equal(settings.get('backend'), 'webgpu');
    questions.length = 0;
    settings.set('backend', 'cuda');
    void selectBackend(engine);
    assert.deepEqual((await list()).offered.slice(0, 2), ['cuda, missing, chosen', 'auto, ready']);
  });

  it('sets nothing where the list is left, and says why where what is picked is missing', async () => {
    const left = selectBackend(engine);
    (await list()).choose();
    assert.equal(await left, undefined);
    questions.length = 0;
    const missing = selectBackend(engine);
    (await list()).choose('tensorflow, missing');
    assert.equal(await missing, undefined);
    assert.match(questions[1].text, /tensorflow cannot be taken here\. tensorflow is far away\./);
    assert.equal(settings.get('backend'), undefined);
  });

  it('asks about the card, the threads and the folder that are set', async () => {
    for (const [name, value] of Object.entries({ device: 0, threads: 3, tensorflow: '/opt/tf' })) {
      settings.set(name, value);
    }
    void selectBackend(engine);
    await list();
    assert.deepEqual(asked, [{ device: 0, threads: 3, tensorflow: '/opt/tf' }]);
  });

  it('sets it for the workspace where the workspace has its own', async () => {
    settings.set('backend', 'onnxruntime');
    await selectBackend(engine, 'auto');
    assert.ok(!settingsOfWorkspace.has('backend'));
    settingsOfWorkspace.add('backend');
    await selectBackend(engine, 'webgpu');
    assert.ok(settingsOfWorkspace.has('backend'));
    assert.equal(settings.get('backend'), 'webgpu');
    assert.deepEqual(asked, []);
  });

  it('tells of an engine that is lost, and sets nothing', async () => {
    const lost = new JobFailure({ code: 'engine-lost', message: 'the analysis engine was lost: twice' });
    const selecting = selectBackend({ listBackends: () => Promise.reject(lost) });
    await within('the failure', () => questions.some(({ text }) => text.includes('engine was lost')));
    questions.at(-1)?.choose();
    assert.equal(await selecting, undefined);
    assert.equal(settings.get('backend'), undefined);
  });
});

describe('the graphics card that is set', () => {
  after(() => {
    settings.clear();
  });

  it('is asked of the backends that let one choose, and of auto', () => {
    settings.set('device', 1);
    for (const [backend, device] of [
      ['auto', 1],
      ['cuda', 1],
      ['directml', 1],
      ['onnxruntime', undefined],
      ['webgpu', undefined],
    ] as const) {
      settings.set('backend', backend);
      assert.equal(currentSettings('/m').device, device, backend);
    }
    settings.set('device', null);
    settings.set('backend', 'cuda');
    assert.equal(currentSettings('/m').device, undefined);
  });
});

describe('a backend in words', () => {
  it('is what it is, on what, or the reason why it is missing', () => {
    const [onnxruntime, , cuda] = found.backends;
    assert.equal(
      backendInWords(onnxruntime),
      'The processor, and the measure for the others. Version 1.2 (Provider), on A processor, 2 threads.',
    );
    assert.equal(backendInWords(cuda), 'cuda is far away.');
  });

  it('is for auto what it takes or tries, or why it takes nothing', () => {
    assert.match(autoInWords({ tries: [], reason: null }), /^Takes onnxruntime on the processor: nothing else here/);
    assert.match(autoInWords(found.auto), /^Tries webgpu with each model, and takes the fastest that agrees/);
    assert.equal(autoInWords({ tries: [], reason: 'No such card.' }), 'No such card.');
  });
});
