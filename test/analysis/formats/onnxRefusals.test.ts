import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AnalysisError } from '../../../src/analysis/base/errors';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { floats, ints, node, type OnnxParts, tensorInfo } from '../../support/onnxFile';
import { counting, readOnnxBytes, readOnnxParts } from '../../support/onnxModel';

const FIXTURES = 'test/fixtures/torch';

describe('an ONNX file that is refused', () => {
  const weights = [floats('w', [2], [1, 2])];
  const refused: readonly (readonly [title: string, parts: OnnxParts, code: AnalysisError['code'], message: RegExp])[] =
    [
      [
        'an operator that is not known',
        { nodes: [node('Wavelet', ['x'], ['y'])], shape: ['n', 2] },
        'unsupported-op',
        /Wavelet "Wavelet of y": there is no translation/,
      ],
      [
        'an operator of another domain',
        { nodes: [node('Secret', ['x'], ['y'], {}, 'acme')], shape: ['n', 2] },
        'unsupported-op',
        /domain acme/,
      ],
      [
        'trees',
        { nodes: [node('TreeEnsembleClassifier', ['x'], ['l', 'y'], {}, 'ai.onnx.ml')], shape: ['n', 2] },
        'unsupported-op',
        /trees have no gradient/,
      ],
      [
        'an operator named like a property of every object',
        { nodes: [node('constructor', ['x'], ['y'])], shape: ['n', 2] },
        'unsupported-op',
        /constructor/,
      ],
      [
        'activations rounded by a zero point that depends on the image',
        { nodes: [node('QuantizeLinear', ['x', 'w', 'x'], ['y'])], weights, shape: ['n', 2] },
        'unsupported-op',
        /zero point must be constant/,
      ],
      [
        'a cycle',
        { nodes: [node('Add', ['x', 'b'], ['y']), node('Neg', ['y'], ['b'])], shape: ['n', 2] },
        'model-unreadable',
        /depends on its own result/,
      ],
      [
        'a tensor that no node makes',
        { nodes: [node('Add', ['x', 'ghost'], ['y'])], shape: ['n', 2] },
        'model-unreadable',
        /"ghost".*made by no node/,
      ],
      [
        'a height that is left open',
        { nodes: [node('Neg', ['x'], ['y'])], shape: ['n', 3, 'height', 32] },
        'model-unreadable',
        /\[n, 3, height, 32\] leaves open: height \(axis 2\).*--input-size/,
      ],
      [
        'no dimension for the batch',
        { nodes: [node('Neg', ['x'], ['y'])], shape: [192], result: [2] },
        'model-unreadable',
        /no dimension for the batch/,
      ],
      [
        'two image inputs',
        { nodes: [node('Add', ['x', 'x2'], ['y'])], inputs: [tensorInfo('x2', ['n', 2])], shape: ['n', 2] },
        'model-unreadable',
        /one input, this model has 2: "x", "x2"/,
      ],
      [
        'an old opset',
        { nodes: [node('Neg', ['x'], ['y'])], shape: ['n', 2], opset: 6 },
        'model-unreadable',
        /opset must be at least 7, got 6/,
      ],
      [
        'dropout in training',
        {
          nodes: [node('Dropout', ['x', '', 't'], ['y'])],
          weights: [{ name: 't', dims: [], dataType: TensorType.bool, int32Data: [1] }],
          shape: ['n', 2],
        },
        'model-unreadable',
        /model\.eval\(\)/,
      ],
      [
        'two outputs that could both be the logits',
        {
          nodes: [node('Neg', ['x'], ['a']), node('Exp', ['x'], ['b'])],
          shape: ['n', 2],
          outputs: [tensorInfo('a', ['n', 2]), tensorInfo('b', ['n', 2])],
        },
        'invalid-input',
        /several outputs .*"a" \[n, 2\], "b" \[n, 2\].*--output/,
      ],
      [
        'shapes that do not fit',
        { nodes: [node('MatMul', ['x', 'm'], ['y'])], weights: [floats('m', [3, 2], counting(6))], shape: ['n', 2] },
        'model-unreadable',
        /MatMul "MatMul of y".*inner dimensions differ/,
      ],
    ];
  for (const [title, parts, code, message] of refused) {
    it(`has ${title}`, async () => {
      await assert.rejects(readOnnxParts(parts), analysisError(code, message));
    });
  }

  it('blows up a few bytes into more than memory holds', async () => {
    const parts = {
      nodes: [node('ConstantOfShape', ['huge'], ['c']), node('Add', ['x', 'c'], ['y'])],
      weights: [ints('huge', [100000, 100000])],
      shape: ['n', 2],
    };
    await assert.rejects(
      readOnnxParts(parts),
      analysisError('limit-exceeded', /ConstantOfShape.*at most 67108864 elements/),
    );
  });

  it('is cut off', async () => {
    const bytes = readFileSync(join(FIXTURES, 'lenet.onnx'));
    await assert.rejects(
      readOnnxBytes(bytes.subarray(0, bytes.length - 100), 'cut.onnx'),
      analysisError('model-unreadable', /cut\.onnx is no ONNX file, or is cut off/),
    );
  });
});
