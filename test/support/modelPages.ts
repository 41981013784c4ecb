import type { Inspection } from '../../src/protocol/job';
import type { ModelPageState } from '../../src/protocol/modelPage';

/** An inspection of a network that has something to say on every line. */
export function sampleInspection(change: Partial<Inspection> = {}): Inspection {
  return {
    path: '/home/you/models/resnet50-imagenet.onnx',
    format: 'onnx',
    producer: 'pytorch 2.15.0',
    sha256: null,
    identity: { size: 102_442_450, modified: 0 },
    inputShape: [3, 224, 224],
    layout: 'nchw',
    classes: 1000,
    classNames: Array.from({ length: 1000 }, (_, i) => `class name ${i}`),
    classesSource: 'imagenet_classes.txt',
    operators: { Conv: 53, Relu: 49, Add: 16, MaxPool: 1, GlobalAveragePool: 1, Flatten: 1, Gemm: 1, GridSample: 1 },
    parameters: 25_557_032,
    smoothness: 'piecewise-linear',
    headStripped: 'Softmax',
    stepped: false,
    preprocessing: {
      source: 'guess',
      sentence: '(pixel / 255 − mean) / std of ImageNet (a guess by the shape of the input).',
      channels: 'rgb',
    },
    operatorsWithoutGradient: ['GridSample (warp)'],
    notes: ['imagenet_classes.txt has a blank last line, which is left out.'],
    ...change,
  };
}

const now = 1_800_000_000_000;
const hour = 3_600_000;
const path = '/home/you/models/resnet50-imagenet.onnx';
const version = { size: 102_442_450, modified: now - 50 * hour };
const results = [
  {
    id: '["analyze","/home/you/models/resnet50-imagenet.onnx"]',
    title: 'Boundary: resnet50-imagenet.onnx',
    at: now - 2 * hour,
    headlines: ['100 images', '92 % predicted right', '0.412 median distance to the boundary'],
    changed: false,
  },
  {
    id: '["calibrate","/home/you/models/resnet50-imagenet.onnx"]',
    title: 'Calibration: resnet50-imagenet.onnx',
    at: now - 80 * hour,
    headlines: ['200 images'],
    changed: true,
  },
];
const refusal =
  '/home/you/models/best.pt is a PyTorch checkpoint (a pickle in a zip), which is not read here. It is never unpickled, because ' +
  'a pickle can run any code. It holds weights without a network. Where the class of the model is defined, run:\n' +
  '    import torch\n    model = ...  # the class that the weights belong to\n' +
  '    model.load_state_dict(torch.load("/home/you/models/best.pt", weights_only=True))\n    model.eval()\n' +
  '    torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), "/home/you/models/best.onnx", dynamo=True)\n';

/** The page of a model in all its phases. */
export const modelPages = {
  read: { path, phase: 'read', version, inspection: sampleInspection(), results, now },
  reading: { path, phase: 'reading', version, results: [], now },
  refused: {
    path: '/home/you/models/best.pt',
    phase: 'refused',
    version,
    failure: { code: 'model-unreadable', message: refusal },
    results: [],
    now,
  },
  restricted: { path, phase: 'restricted', results: [], now },
  gone: { path, phase: 'gone', results: [], now },
} satisfies Record<string, ModelPageState>;
