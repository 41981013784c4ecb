import assert from 'node:assert/strict';

import { age, fileSize, literal } from '../../src/reading/format';
import { exportCode, inputInWords, modelName, reasonWithoutCode } from '../../src/reading/model';
import { sampleInspection } from '../support/modelPages';

describe('what a model’s file says of itself', () => {
  it('has its input as a person says it', () => {
    const input = (inputShape: number[], layout: 'nchw' | 'nhwc' | 'flat', channels?: 'rgb' | 'bgr'): string => {
      const preprocessing = { source: '', sentence: '', ...(channels && { channels }) };
      return inputInWords(sampleInspection({ inputShape, layout, preprocessing }));
    };
    assert.equal(input([3, 224, 200], 'nchw', 'rgb'), 'RGB, 224 × 200');
    assert.equal(input([224, 200, 3], 'nhwc', 'bgr'), 'BGR, 224 × 200');
    assert.equal(input([3, 32, 32], 'nchw'), '3 channels, 32 × 32');
    assert.equal(input([1, 28, 28], 'nchw', 'rgb'), 'grey, 28 × 28');
    assert.equal(input([28, 28], 'nchw', 'rgb'), 'grey, 28 × 28');
    assert.equal(input([784], 'flat', 'rgb'), '784 numbers');
  });

  it('is called by its folder where all files of its kind are called alike', () => {
    assert.equal(modelName('/m/flowers/saved_model.pb'), 'flowers/saved_model.pb');
    assert.equal(modelName('C:\\m\\web\\model.json'), 'web/model.json');
    assert.equal(modelName('/m/net.onnx'), 'net.onnx');
  });

  it('parts the lines to paste from the reason', () => {
    const message = 'It is a pickle. Run:\n    import torch\n    x = 1\n';
    assert.equal(exportCode(message), 'import torch\nx = 1');
    assert.equal(reasonWithoutCode(message), 'It is a pickle. Run:');
    assert.equal(exportCode('It is nothing.'), undefined);
  });

  it('says sizes and ages as people do', () => {
    assert.deepEqual([0, 999, 249_228, 102_442_450, 5e9].map(fileSize), [
      '0 bytes',
      '999 bytes',
      '249 KB',
      '102 MB',
      '5 GB',
    ]);
    const [minute, hour] = [60_000, 3_600_000];
    const ages = [0, minute, 59 * minute, hour, 47 * hour, 72 * hour].map(age);
    assert.deepEqual(ages, ['just now', '1 minute ago', '59 minutes ago', '1 hour ago', '1 day ago', '3 days ago']);
  });

  it('spells out what would not show', () => {
    assert.equal(literal('a\u202eb\n\u200b'), 'a\\u{202e}b\\u{a}\\u{200b}');
    assert.equal(literal('x'.repeat(9), 5), 'xxxx…');
    assert.equal(literal('ñ 図 👩🏽'), 'ñ 図 👩🏽');
  });
});
