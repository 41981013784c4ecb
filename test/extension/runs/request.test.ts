import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import {
  analysisTask,
  calibrationTask,
  comparisonTask,
  detectionTask,
  renewed,
  type Settings,
  type Task,
  taskId,
  taskTitle,
} from '../../../src/extension/runs/request';
import { ToEngine } from '../../../src/protocol/job';

const settings: Settings = { backend: 'auto', seed: 0, threads: 0, memory: 0, imageLimit: 100, calibrationLimit: 200 };
const tasks: Readonly<Record<string, Task>> = {
  analysis: analysisTask(settings, '/m/lenet.onnx', ['/photos'], 'quick'),
  detection: detectionTask(settings, '/m/lenet.onnx', ['/p/a.png', '/p/b.png'], { calibration: '/s/calibration.json' }),
  calibration: calibrationTask(settings, '/m/lenet.onnx', '/photos'),
  comparison: comparisonTask(settings, '/m/before.onnx', '/m/after.onnx', ['/photos']),
};

describe('the requests of the editor', () => {
  for (const [name, { request }] of Object.entries(tasks)) {
    it(`are of the protocol: ${name}`, () => {
      assert.deepEqual([...Value.Errors(ToEngine, { type: 'run', job: 1, request })], []);
    });
  }

  it('check the images that were chosen, all of them, by the calibration that is stored', () => {
    const { images, limit, analyses } = tasks['detection'].request;
    assert.deepEqual(images, ['/p/a.png', '/p/b.png']);
    assert.equal(limit, undefined);
    assert.deepEqual(Object.keys(analyses), ['detect']);
    assert.equal(analyses.detect?.calibration, '/s/calibration.json');
  });

  it('check images without a calibration where there is none', () => {
    const { command, analyses } = detectionTask(settings, '/m/lenet.onnx', ['/p/a.png']).request;
    assert.equal(analyses.detect && 'calibration' in analyses.detect, false);
    assert.equal(command, 'boundary-lens detect /m/lenet.onnx --images /p/a.png');
  });

  it('calibrate on as many clean images as the setting says, and analyse as many as another says', () => {
    assert.equal(tasks['calibration'].request.limit, 200);
    assert.equal(tasks['analysis'].request.limit, 100);
    assert.equal(tasks['comparison'].request.limit, 100);
    assert.equal(calibrationTask({ ...settings, calibrationLimit: 0 }, '/m', '/photos').request.limit, undefined);
  });

  it('carry the settings that are set', () => {
    const set: Settings = { ...settings, backend: 'onnxruntime', seed: 7, threads: 2, memory: 4096 };
    const { request } = analysisTask(set, '/m', ['/photos'], 'standard');
    const { backend, seed, threads, memory } = request;
    assert.deepEqual({ backend, seed, threads, memory }, { backend: 'onnxruntime', seed: 7, threads: 2, memory: 4096 });
  });

  it('carry the folder that TensorFlow is taken from, and say it', () => {
    const set: Settings = { ...settings, backend: 'tensorflow', tensorflow: '/opt/tensorflow' };
    const { request } = analysisTask(set, '/m', ['/photos'], 'quick');
    assert.equal(request.tensorflow, '/opt/tensorflow');
    assert.match(request.command, / --backend tensorflow --tensorflow \/opt\/tensorflow /);
    assert.equal(analysisTask(settings, '/m', ['/photos'], 'quick').request.tensorflow, undefined);
  });

  it('carry the graphics card that is set, the first being the 0th, and take it as it is set when they are renewed', () => {
    const set: Settings = { ...settings, backend: 'cuda', device: 0 };
    const task = analysisTask(set, '/m', ['/photos'], 'quick');
    assert.equal(task.request.device, 0);
    assert.match(task.request.command, / --backend cuda --device 0 /);
    assert.equal(tasks['analysis'].request.device, undefined);
    assert.equal(renewed(task, { ...set, device: 1 }).request.device, 1);
    assert.equal(renewed(task, settings).request.device, undefined);
  });

  it('say how the same is asked for in a terminal', () => {
    assert.equal(
      tasks['analysis'].request.command,
      'boundary-lens analyze /m/lenet.onnx --images /photos --preset quick --limit 100',
    );
    assert.equal(
      comparisonTask({ ...settings, seed: 3 }, '/my models/a.onnx', '/m/b.onnx', ['/photos']).request.command,
      'boundary-lens compare "/my models/a.onnx" /m/b.onnx --images /photos --seed 3 --limit 100',
    );
    assert.equal(
      tasks['calibration'].request.command,
      'boundary-lens calibrate /m/lenet.onnx --clean /photos --limit 200',
    );
  });

  it('share a panel where the kind and the models are the same, whatever the images', () => {
    const again = detectionTask(settings, '/m/lenet.onnx', ['/p/c.png']);
    assert.equal(taskId(tasks['detection']), taskId(again));
    assert.equal(new Set(Object.values(tasks).map(taskId)).size, 4);
    const other = comparisonTask(settings, '/m/before.onnx', '/m/third.onnx', ['/photos']);
    assert.notEqual(taskId(tasks['comparison']), taskId(other));
  });

  it('head their panels with what they do and the name of the model', () => {
    assert.deepEqual(Object.values(tasks).map(taskTitle), [
      'Boundary: lenet.onnx',
      'Perturbation: lenet.onnx',
      'Calibration: lenet.onnx',
      'Comparison: before.onnx, after.onnx',
    ]);
  });
});
