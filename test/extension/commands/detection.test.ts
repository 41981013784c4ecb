import '../../support/vscode';

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Engine } from '../../../src/extension/engine/engine';
import { JobFailure } from '../../../src/extension/engine/jobFailure';
import { detectionTask, isCalibrationRefused } from '../../../src/extension/runs/request';
import { noSettings } from '../../support/editorRuns';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';

const model = path.resolve('samples/relu/lenet-mnist.onnx');
const image = path.resolve('samples/mnist/7/test0004.png');

describe('a calibration that the engine refuses', () => {
  const folder = temporaryFolder();
  const engine = new Engine({ modulePath: path.resolve('dist/engine.js'), log: () => undefined });
  after(() => {
    engine.dispose();
  });

  /** Whether the engine's answer is that the calibration is to be made again. */
  const refused = async (content: string, images: string[]): Promise<boolean> => {
    const calibration = path.join(folder(), 'calibration.json');
    writeFileSync(calibration, content);
    const task = detectionTask(noSettings, model, images, { calibration });
    try {
      await engine.run(task.request);
    } catch (error) {
      assert.ok(error instanceof JobFailure);
      return isCalibrationRefused(task, error.failure);
    }
    assert.fail('the engine took it');
  };
  const ofAnotherModel = JSON.stringify(sampleReport());

  it('is told from other input that it refuses', async () => {
    assert.ok(await refused(ofAnotherModel, [image]));
    assert.ok(await refused('cut o', [image]));
    assert.ok(!(await refused(ofAnotherModel, [path.join(folder(), 'gone.png')])));
  });
});
