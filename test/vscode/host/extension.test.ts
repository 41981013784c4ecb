import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Report } from '../../../src/protocol/report';
import { within } from '../../support/processes';

const extension = (): vscode.Extension<unknown> => {
  const found = vscode.extensions.getExtension('boundary-lens.boundary-lens');
  assert.ok(found);
  return found;
};
const file = (name: string): vscode.Uri => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
};
const analyze = async (images: string, preset = 'quick'): Promise<Report> => {
  const choices = { images: file(images).fsPath, preset };
  const model = file('lenet-mnist.onnx');
  const report = await vscode.commands.executeCommand<Report | undefined>(
    'boundaryLens.analyze',
    model,
    undefined,
    choices,
  );
  assert.ok(report);
  return report;
};
const panels = (): vscode.Tab[] => {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(({ input }) => input instanceof vscode.TabInputWebview);
};
/** Ids of the engine processes of this extension host. */
const engines = (): number[] => {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args=']).toString();
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === process.pid && args.includes('engine.js') ? [Number(pid)] : [];
  });
};

describe('the extension in the extension host', () => {
  // Whether it is active yet is not ours to say: other extensions open documents in languages that it has hovers for.
  it('waits for what needs it, and starts no engine on its own', () => {
    const { activationEvents } = extension().packageJSON as { activationEvents: string[] };
    for (const event of activationEvents) assert.match(event, /^on(WebviewPanel|Language):/);
    assert.deepEqual(engines(), []);
  });

  it('loads neither the engine’s libraries nor plotly when it is activated', async () => {
    await extension().activate();
    const folder = extension().extensionPath;
    const loaded = Object.keys(require.cache).filter((name) => name.startsWith(folder + path.sep));
    const own = loaded.filter((name) => !name.startsWith(path.join(folder, 'out') + path.sep));
    assert.deepEqual(
      own.filter((name) => /onnxruntime|sharp|h5wasm|plotly|engine\.js/.test(name)),
      [],
    );
    assert.deepEqual(engines(), []);
  });

  it('registers every command that it contributes', async () => {
    const { contributes } = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command } of contributes.commands) assert.ok(registered.has(command), command);
  });

  it('has a default and a description for every setting', () => {
    const { contributes } = extension().packageJSON as {
      contributes: { configuration: { properties: Record<string, { default?: unknown; description?: string }> } };
    };
    for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
      assert.notEqual(setting.default, undefined, name);
      assert.ok((setting.description ?? '').length > 0, name);
    }
  });

  it('finds the same as the command line', async () => {
    const report = await analyze('digits');
    const [cli, model] = [path.join(extension().extensionPath, 'dist', 'cli.js'), file('lenet-mnist.onnx').fsPath];
    const args = [cli, 'analyze', model, '--images', file('digits').fsPath, '--limit', '100', '--json', '--quiet'];
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', BOUNDARY_LENS_CACHE: 'off' };
    const printed = execFileSync(process.execPath, args, { env, maxBuffer: 2 ** 28 });
    const expected = JSON.parse(printed.toString()) as Report;
    assert.deepEqual(JSON.parse(JSON.stringify(report.analyses)), expected.analyses);
    assert.equal(report.manifest.model.sha256, expected.manifest.model.sha256);
  });

  it('shows one panel a model, and uses it again', async () => {
    assert.equal(panels().length, 1);
    await analyze('digits/7');
    assert.deepEqual(
      panels().map(({ label }) => label),
      ['Boundary: lenet-mnist.onnx'],
    );
  });

  it('takes the seed and the number of images from the settings', async () => {
    const settings = vscode.workspace.getConfiguration('boundaryLens');
    await settings.update('imageLimit', 3, vscode.ConfigurationTarget.Global);
    await settings.update('seed', 11, vscode.ConfigurationTarget.Global);
    const { manifest } = await analyze('digits');
    assert.deepEqual([manifest.images.count, manifest.seed], [3, 11]);
  });

  it('keeps what a run was started with when settings change meanwhile, and takes them for the next', async () => {
    const settings = vscode.workspace.getConfiguration('boundaryLens');
    await vscode.commands.executeCommand('boundaryLens.restartEngine');
    await within('the engine to end', () => engines().length === 0);
    let ended = false;
    const running = analyze('digits', 'standard').finally(() => {
      ended = true;
    });
    await within('the engine to start', () => engines().length === 1);
    await settings.update('imageLimit', 2, vscode.ConfigurationTarget.Global);
    await settings.update('seed', 5, vscode.ConfigurationTarget.Global);
    await settings.update('threads', 1, vscode.ConfigurationTarget.Global);
    assert.ok(!ended, 'the run must be going on when the settings have changed');
    const { manifest: before } = await running;
    assert.deepEqual([before.state, before.images.count, before.seed], ['done', 3, 11]);
    assert.doesNotMatch(before.command, /--threads/);
    const { manifest: after } = await analyze('digits');
    assert.deepEqual([after.images.count, after.seed, after.backend.threads], [2, 5, 1]);
    for (const [name, value] of Object.entries({ imageLimit: 3, seed: 11, threads: undefined })) {
      await settings.update(name, value, vscode.ConfigurationTarget.Global);
    }
  });

  it('writes the backend that is picked or given into the setting, which the next run takes', async () => {
    const backend = (): unknown => vscode.workspace.getConfiguration('boundaryLens').get('backend');
    assert.equal(await vscode.commands.executeCommand('boundaryLens.selectBackend', 'onnxruntime'), 'onnxruntime');
    assert.equal(backend(), 'onnxruntime');
    assert.match((await analyze('digits')).manifest.command, / --backend onnxruntime /);
    let picked: unknown;
    void vscode.commands.executeCommand('boundaryLens.selectBackend').then((one) => {
      picked = one;
    });
    // What is chosen is the first of the list.
    await within('the list', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return picked === 'onnxruntime';
    });
    assert.equal(await vscode.commands.executeCommand('boundaryLens.selectBackend', 'auto'), 'auto');
    assert.equal(backend(), 'auto');
  });

  it('goes on when the engine is killed, and ends it when it is restarted', async () => {
    assert.equal(engines().length, 1);
    const [before] = engines();
    const running = analyze('digits', 'standard');
    process.kill(before, 'SIGKILL');
    assert.equal((await running).manifest.state, 'done');
    const [after] = engines();
    assert.notEqual(after, before);
    await vscode.commands.executeCommand('boundaryLens.restartEngine');
    await within('the engine to end', () => engines().length === 0);
  });

  it('cancels what runs', async () => {
    const running = analyze('digits', 'paper');
    await within('the engine to start', () => engines().length === 1);
    await vscode.commands.executeCommand('boundaryLens.cancel');
    const state = await running.then(
      ({ manifest }) => manifest.state,
      () => 'without a report',
    );
    assert.notEqual(state, 'done');
  });

  it('goes on when its panel is closed, and shows its results when they are asked for', async () => {
    const running = analyze('digits');
    await within('the panel', () => panels().length === 1);
    assert.ok(await vscode.window.tabGroups.close(panels()));
    assert.equal((await running).manifest.state, 'done');
    assert.deepEqual(panels(), []);
    void vscode.commands.executeCommand('boundaryLens.showResults');
    // The latest is the first of the list.
    await within('the panel to be back', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return panels().length === 1;
    });
    assert.equal(panels()[0].label, 'Boundary: lenet-mnist.onnx');
  });

  it('shows a report that the command line wrote, by the command and by Open With, and no other JSON', async () => {
    const [cli, report] = [path.join(extension().extensionPath, 'dist', 'cli.js'), file('from elsewhere.json')];
    const args = ['evaluate', file('lenet-mnist.onnx').fsPath, '--images', file('digits').fsPath, '--quiet'];
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    execFileSync(process.execPath, [cli, ...args, '--out', report.fsPath], { env });
    const before = engines();
    await vscode.commands.executeCommand('boundaryLens.openReport', report);
    await within('its panel', () => panels().some(({ label }) => label === 'Report: from elsewhere.json'));
    await vscode.commands.executeCommand('vscode.openWith', report, 'boundaryLens.report');
    const custom = (): vscode.Tab | undefined => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      return tabs.find(
        ({ input }) => input instanceof vscode.TabInputCustom && input.viewType === 'boundaryLens.report',
      );
    };
    await within('its editor', () => custom() !== undefined);
    assert.deepEqual(engines(), before);
    await vscode.window.tabGroups.close([...panels(), custom() ?? []].flat());
    void vscode.commands.executeCommand('vscode.openWith', file('boundary-lens.json'), 'boundaryLens.report');
    await within(
      'its text',
      () => vscode.window.activeTextEditor?.document.fileName === file('boundary-lens.json').fsPath,
    );
    await within('no editor of ours', () => custom() === undefined);
  });

  it('watches a model over its saves, in a page of its own', async () => {
    const [model, images] = [file('watched.onnx'), file('digits/7').fsPath];
    await vscode.workspace.fs.copy(file('lenet-mnist.onnx'), model);
    const watch = (): Thenable<unknown> =>
      vscode.commands.executeCommand('boundaryLens.watch', model, undefined, { images });
    await watch();
    await within('its page', () => panels().some(({ label }) => label === 'Watch: watched.onnx'));
    await within('the engine to start', () => engines().length === 1, 60_000);
    await watch();
  });

  it('puts versions on the clipboard for a report, without the user’s paths', async () => {
    await vscode.commands.executeCommand('boundaryLens.reportIssue');
    const text = await vscode.env.clipboard.readText();
    assert.match(text, /^Boundary Lens \d/);
    assert.ok(!text.includes(file('').fsPath));
  });
});
