import '../../support/vscode';

import assert from 'node:assert/strict';

import { StatusBar } from '../../../src/extension/runs/statusBar';
import { statusBarItems } from '../../support/vscode';

const progress = { stage: 'Boundary points', done: 3, total: 10, elapsedMs: 4200, backend: 'onnxruntime' };

describe('the status bar', () => {
  it('tells of all that runs, shows the results of the one or asks which, and cancels each by itself', () => {
    const bar = new StatusBar();
    const item = statusBarItems.at(-1);
    assert.ok(item);
    bar.show('a', 'Boundary: a.onnx', progress);
    assert.equal(item.text, '$(loading~spin) Boundary points 3/10');
    assert.deepEqual(item.command?.arguments, ['a']);
    assert.match(item.tooltip.value, /^Boundary: a\.onnx: Boundary points 3\/10, 4 s, onnxruntime {2}\n/);
    bar.show('b', 'Calibration: b.onnx', progress);
    assert.equal(item.text, '$(loading~spin) Boundary points 3/10 (+1)');
    assert.deepEqual(item.command.arguments, []);
    const cancels = [...item.tooltip.value.matchAll(/\[Cancel\]\(command:boundaryLens\.cancel\?([^)]*)\)/g)];
    assert.deepEqual(
      cancels.map(([, argument = '']) => JSON.parse(decodeURIComponent(argument)) as unknown),
      [['a'], ['b']],
    );
    bar.hide('a');
    assert.deepEqual(item.command.arguments, ['b']);
    bar.hide('b');
    assert.equal(item.visible, false);
  });
});
