import assert from 'node:assert/strict';

import { checkScript } from '../../src/reading/checkScript';
import { hostileNames } from '../support/hostileNames';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
const { name, label, margin } = report.analyses.evaluate!.images![0];
const of = (format: string, headStripped: string | null = null) => {
  const { manifest } = report;
  return checkScript(
    { ...report, manifest: { ...manifest, model: { ...manifest.model, format, headStripped } } },
    name,
  );
};

describe('the script that checks a number', () => {
  it('is a dozen or so lines of the framework that reads the format, and none where none does', () => {
    for (const [format, framework] of [
      ['onnx', 'onnxruntime'],
      ['keras', 'keras'],
      ['keras-h5', 'keras'],
      ['savedmodel', 'tensorflow as tf'],
      ['torch-export', 'torch'],
    ]) {
      const script = of(format)!;
      assert.match(script, new RegExp(`^import ${framework}$`, 'm'));
      assert.ok(script.split('\n').length <= 20, script);
    }
    assert.equal(of('tfjs-graph'), undefined);
  });

  it('names the image below its folder, preprocesses as the report did, and undoes a softmax', () => {
    const script = of('onnx', 'softmax')!;
    assert.ok(script.includes(`Image.open("validation/${name}").convert("RGB")`), script);
    assert.ok(
      script.includes('x = (pixels * 0.00392156862745098 - [0.4914, 0.4822, 0.4465]) / [0.247, 0.2435, 0.2616]'),
    );
    assert.ok(script.includes('x.transpose(2, 0, 1).reshape(1, 3, 32, 32)'));
    assert.ok(script.includes('logits = np.log(output)'));
    assert.ok(
      script.includes(
        `the report: class ${label} (${report.manifest.model.classes[label]}), margin ${margin.toFixed(4)} logits`,
      ),
    );
  });

  it('holds names as strings alone', () => {
    const { manifest } = report;
    for (const hostile of hostileNames) {
      const model = {
        ...manifest.model,
        format: 'onnx',
        headStripped: null,
        path: hostile,
        classes: Array<string>(10).fill(hostile),
      };
      const script = checkScript({ ...report, manifest: { ...manifest, model } }, name)!;
      assert.match(script, /^[\x20-\x7e\n]*$/);
      assert.equal(script.split('\n').length, of('onnx')!.split('\n').length);
      const path = /InferenceSession\((".*")\)$/m.exec(script)![1];
      assert.equal(JSON.parse(path), hostile);
    }
  });
});
