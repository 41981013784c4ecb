import assert from 'node:assert/strict';

import { decodeImage } from '../../../src/analysis/images/decode';
import { type Pixels } from '../../../src/analysis/images/pixels';
import {
  pixelNorm,
  planPreprocessing,
  preprocess,
  type PreprocessingKnowledge,
} from '../../../src/analysis/images/preprocess';
import { type Preprocessing } from '../../../src/protocol/sideFile';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { expected, fixtures, sha256 } from './expected';

const nothing = { fromModel: null, sideFile: null, besideModel: null, insideModel: null, preprocessed: false };

function knowledge(
  inputShape: readonly number[],
  layout: PreprocessingKnowledge['layout'],
  preprocessing?: Preprocessing,
): PreprocessingKnowledge {
  return {
    ...nothing,
    inputShape,
    layout,
    sideFile: preprocessing ? { preprocessing, source: 'boundary-lens.json' } : null,
  };
}

const imageNet = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const cat = () => decodeImage(`${fixtures}/patches/cat/test0004.png`);

/** 2 × 2, red, green, blue: 0, 1, 2 in the first pixel, 10, 11, 12 in the second and so on. */
const square: Pixels = {
  height: 2,
  width: 2,
  channels: 3,
  data: Uint8Array.from([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]),
};

describe('the input of a network', () => {
  it('equals NumPy’s ((u8 / 255) − mean) / std in float64, rounded to float32 once, bit for bit', async () => {
    const nhwc = preprocess(planPreprocessing(knowledge([32, 32, 3], 'nhwc', imageNet)), await cat(), 'cat');
    assert.equal(sha256(nhwc), expected.normalised.nhwc);
    const nchw = preprocess(planPreprocessing(knowledge([3, 32, 32], 'nchw', imageNet)), await cat(), 'cat');
    assert.equal(sha256(nchw), expected.normalised.nchw);
  });

  it('is the same with the decimals of 1/255 that people write', async () => {
    const decimals = { ...imageNet, scale: 0.00392156862745098 };
    const x = preprocess(planPreprocessing(knowledge([32, 32, 3], 'nhwc', decimals)), await cat(), 'cat');
    assert.equal(sha256(x), expected.normalised.nhwc);
  });

  it('of an image that was resampled before is that of an image that was not', async () => {
    const image = await cat();
    const plans = ([1, 3] as const).flatMap((channels) =>
      (['stretch', 'crop'] as const).map((fit) => {
        return planPreprocessing(knowledge([8, 12, channels], 'nhwc', { resize: { size: [9, 14], fit } }));
      }),
    );
    for (const plan of [...plans, ...plans]) {
      assert.deepEqual(preprocess(plan, image, 'cat'), preprocess(plan, await cat(), 'cat'));
    }
  });

  it('has its channels turned round before mean and std where the order is bgr', async () => {
    const plan = planPreprocessing(knowledge([32, 32, 3], 'nhwc', { ...imageNet, channels: 'bgr' }));
    assert.equal(sha256(preprocess(plan, await cat(), 'cat')), expected.normalised.bgr);
  });

  it('holds planes in nchw and pixels in nhwc', () => {
    const asIs = { scale: 1 };
    const nchw = preprocess(planPreprocessing(knowledge([3, 2, 2], 'nchw', asIs)), square, 'square');
    assert.deepEqual([...nchw], [0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32]);
    const nhwc = preprocess(planPreprocessing(knowledge([2, 2, 3], 'nhwc', asIs)), square, 'square');
    assert.deepEqual([...nhwc], [...square.data]);
    const flat = preprocess(planPreprocessing(knowledge([12], 'flat', { ...asIs, layout: 'nhwc' })), square, 'square');
    assert.deepEqual([...flat], [...square.data]);
  });

  it('of one channel is luma, without a channel axis and flat too', () => {
    const luma = [1, 11, 21, 31];
    for (const [shape, layout] of [
      [[1, 2, 2], 'nchw'],
      [[2, 2, 1], 'nhwc'],
      [[2, 2], 'flat'],
      [[4], 'flat'],
    ] as const) {
      const plan = planPreprocessing(knowledge(shape, layout, { scale: 1 }));
      assert.deepEqual([...preprocess(plan, square, 'square')], luma, String(shape));
    }
  });

  it('of three channels repeats a grey image', () => {
    const grey: Pixels = { height: 1, width: 2, channels: 1, data: Uint8Array.from([7, 9]) };
    const plan = planPreprocessing(knowledge([3, 1, 2], 'nchw', { scale: 1 }));
    assert.deepEqual([...preprocess(plan, grey, 'grey')], [7, 9, 7, 9, 7, 9]);
  });

  it('is cropped as torchvision’s Resize(24) and CenterCrop((20, 24)) do', async () => {
    const resize: Preprocessing['resize'] = { size: [24, 24], fit: 'crop' };
    const plan = planPreprocessing(knowledge([20, 24, 3], 'nhwc', { scale: 1, resize }));
    const x = preprocess(plan, await decodeImage(`${fixtures}/formats/colour.png`), 'colour');
    assert.equal(sha256(Uint8Array.from(x)), expected.cropped);
  });

  it('is an array as it is where arrays are preprocessed, in any shape that differs by axes of one', () => {
    const plan = planPreprocessing({ ...nothing, inputShape: [1, 2, 2], layout: 'nchw', preprocessed: true });
    assert.equal(plan.source, 'none');
    const array = Float64Array.from([-1.5, 0, 0.1, 300]);
    assert.deepEqual(preprocess(plan, { array, shape: [2, 2] }, 'a'), Float32Array.from(array));
    assert.throws(
      () => preprocess(plan, { array, shape: [4] }, 'a.npy[0]'),
      analysisError('invalid-input', /a\.npy\[0\].*\[1, 2, 2\], got \[4\]/),
    );
    array[2] = NaN;
    assert.throws(
      () => preprocess(plan, { array, shape: [2, 2] }, 'a'),
      analysisError('invalid-input', /finite numbers, got NaN/),
    );
    assert.throws(() => preprocess(plan, square, 'square'), analysisError('invalid-input', /square.*got an image/));
    assert.throws(() => pixelNorm(plan, array), analysisError('invalid-input', /pixel units/));
  });
});

describe('a preprocessing plan', () => {
  it('guesses pixel / 255 where nothing is known, and says that it is a guess', () => {
    const { source, sentence, preprocessing } = planPreprocessing(knowledge([3, 32, 32], 'nchw'));
    assert.equal(source, 'guess');
    assert.match(sentence, /^A guess.*pixel \/ 255\. .*boundary-lens\.json/);
    assert.equal(preprocessing.scale, 1 / 255);
  });

  it('guesses pixels as they are where the network begins with preprocessing', () => {
    const insideModel = 'The network begins with Rescaling.';
    const plan = planPreprocessing({ ...knowledge([28, 28, 1], 'nhwc'), insideModel });
    assert.equal(plan.source, 'guess');
    assert.equal(plan.preprocessing.scale, 1);
    assert.match(plan.sentence, /pixels 0–255 as they are.*begins with Rescaling/);
  });

  it('takes numbers together from the side file before the model, and the other choices one by one', () => {
    const fromModel = {
      preprocessing: { scale: 1 / 255, std: 0.5, channels: 'bgr', resize: { interpolation: 'bicubic' } } as const,
      source: 'the ONNX metadata',
    };
    const base = { ...knowledge([3, 8, 8], 'nchw'), fromModel };
    const model = planPreprocessing(base);
    assert.equal(model.source, 'model');
    assert.match(model.sentence, /pixel \/ 255 \/ 0\.5, channels blue, green, red \(the ONNX metadata\)/);
    const option = planPreprocessing({ ...base, sideFile: { preprocessing: { scale: 2 }, source: 'option' } });
    assert.equal(option.source, 'option');
    assert.deepEqual(option.preprocessing, {
      scale: 2,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'bgr',
      layout: 'nchw',
      resize: { size: [8, 8], fit: 'stretch', interpolation: 'bicubic' },
    });
    const layoutOnly = planPreprocessing({
      ...knowledge([8, 8, 3], 'nchw'),
      sideFile: { preprocessing: { layout: 'nhwc' }, source: 'boundary-lens.json' },
    });
    assert.equal(layoutOnly.source, 'guess');
  });

  it('takes fractions of mean and std without a scale for those of pixels 0–1, and larger ones for those of 0–255', () => {
    const fractions = planPreprocessing(knowledge([3, 8, 8], 'nchw', { mean: imageNet.mean, std: imageNet.std }));
    assert.equal(fractions.preprocessing.scale, 1 / 255);
    assert.match(fractions.sentence, /scale was not given/);
    const bytes = planPreprocessing(knowledge([3, 8, 8], 'nchw', { mean: [103.939, 116.779, 123.68] }));
    assert.equal(bytes.preprocessing.scale, 1);
  });

  it('refuses what does not fit the network, by field', () => {
    const refused = (shape: number[], preprocessing: Preprocessing, message: RegExp) => {
      assert.throws(
        () => planPreprocessing(knowledge(shape, 'nchw', preprocessing)),
        analysisError('invalid-input', message),
      );
    };
    refused([3, 8, 8], { mean: [1, 2] }, /preprocessing\.mean.*\(3\), got 2/);
    refused([3, 8, 8], { std: [1, 0, 1] }, /preprocessing\.std must not be 0/);
    refused([3, 8, 8], { scale: 0 }, /preprocessing\.scale must not be 0/);
    refused(
      [3, 8, 8],
      { resize: { size: [9, 7] } },
      /resize\.size must be at least the network’s input \[8, 8\], got \[9, 7\]/,
    );
    refused([3, 8, 8], { resize: { size: [9, 7], fit: 'crop' } }, /at least .*got \[9, 7\]/);
    refused([8, 8, 3], {}, /1 or 3 channels, got \[8, 8, 3\] \(nchw\); set preprocessing\.layout/);
    refused([7], {}, /1 or 3 channels, got \[7\]/);
  });

  it('gives lengths in pixels: ‖Δ‖ of a step of one pixel in every value is √D, in both layouts', () => {
    const std = [0.5, 0.25, 0.125];
    const units = std.map((value) => 1 / 255 / value);
    const nhwc = planPreprocessing(knowledge([4, 4, 3], 'nhwc', { scale: 1 / 255, std }));
    assertClose(
      [
        pixelNorm(
          nhwc,
          Float64Array.from({ length: 48 }, (_, i) => units[i % 3]),
        ),
      ],
      [Math.sqrt(48)],
    );
    const nchw = planPreprocessing(knowledge([3, 4, 4], 'nchw', { scale: 1 / 255, std }));
    const planes = Float64Array.from({ length: 48 }, (_, i) => units[Math.floor(i / 16)]);
    assertClose([pixelNorm(nchw, planes)], [Math.sqrt(48)]);
  });
});
