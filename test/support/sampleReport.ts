import { seededRandom } from '../../src/analysis/math/random';
import type { Report } from '../../src/protocol/report';
import { pngUri } from './png';
import { calibrationSection, compareSection, detectSection } from './sampleDetection';
import { boundarySection, curvatureSection, evaluateSection, subspaceSection } from './sampleGeometry';
import { range } from './sampleNumbers';
import { convexitySection, pathsSection, sliceSection } from './sampleRegions';

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** A made-up report of every analysis with numbers of a CIFAR-10 network's size, for tests of what people see. */
export function sampleReport({ images = 60, kinks = true }: { images?: number; kinks?: boolean } = {}): Report {
  const random = seededRandom('sample report', images, String(kinks));
  const names = range(images).map((i) => `${classes[i % 10]}/${String(i).padStart(4, '0')}.png`);
  const labels = range(images).map((i) => (i % 11 === 0 ? (i + 3) % 10 : i % 10));
  const boundary = boundarySection(names, labels, random);
  const step = kinks ? 0.5 * (boundary.summary?.median ?? 1) : null;
  return {
    schema: 'boundary-lens/report',
    schemaVersion: 1,
    manifest: {
      tool: { name: 'boundary-lens', version: '0.1.0' },
      command: 'boundary-lens analyze resnet8-cifar10.onnx --images validation --preset standard',
      state: 'done',
      createdAt: '2026-01-15T10:12:00.000Z',
      durationMs: 83_400,
      model: {
        path: 'models/resnet8-cifar10.onnx',
        format: 'ONNX',
        producer: 'pytorch 2.9.0',
        sha256: '3f9c1b77a2d04e5585c2b6e1a64c0d9e7f81325fbb0de9a4c7a1f0e26d5b3c48',
        parameters: 78_042,
        inputShape: [3, 32, 32],
        layout: 'nchw',
        classes,
        classesSource: 'folder names, accuracy 91 %',
        smoothness: kinks ? 'piecewise-linear' : 'smooth',
        headStripped: 'Softmax',
      },
      preprocessing: {
        scale: 1 / 255,
        mean: [0.4914, 0.4822, 0.4465],
        std: [0.247, 0.2435, 0.2616],
        channels: 'rgb',
        layout: 'nchw',
        source: 'guess',
        sentence: 'pixels / 255, mean and deviation of CIFAR-10, RGB; 91 % of 60 labelled images are right with it.',
      },
      images: { count: images, sha256: '9d5ed678fe57bcca610140957afab571' },
      seed: 0,
      settings: { level: 'standard', overshoot: 0.02, candidates: 10 },
      backend: {
        id: 'onnxruntime',
        provider: 'cpu',
        device: 'AMD EPYC 7B13',
        version: '1.30.0',
        threads: 2,
        batch: 64,
        refused: [{ id: 'cuda', reason: 'no NVIDIA driver' }],
      },
      cost: { forwards: 214_301, gradients: 18_220, hessianProducts: kinks ? 0 : 4_800 },
      notes: ['Dropout layers are off.', 'The span of the shared directions was cut to 200: the images give no more.'],
    },
    analyses: {
      evaluate: evaluateSection(names, labels, random),
      boundary,
      curvature: curvatureSection(boundary, step, random),
      subspace: subspaceSection(step, random),
      paths: pathsSection(names, labels, random),
      convexity: convexitySection(),
      slice: sliceSection(names),
      calibration: calibrationSection(random),
      detect: detectSection(names, labels, random),
      compare: compareSection(names, labels, random),
    },
    failures: [
      { name: 'cat/broken.png', code: 'invalid-input', message: 'the file must be a PNG image, got 0 bytes' },
      {
        name: 'dog/0199.png',
        code: 'not-converged',
        message: 'DeepFool must change the label within 50 steps, got none',
      },
    ],
    thumbnails: Object.fromEntries(names.slice(0, 200).map((name, i) => [name, thumbnail(i)])),
  };
}

function thumbnail(i: number): string {
  const hue = (phase: number) => 120 + 70 * Math.sin(i * 1.7 + phase);
  return pngUri(16, 16, (x, y) => {
    const inside = Math.hypot(x - 8, y - 7 - (i % 3)) < 4 + (i % 4);
    return inside ? [hue(0), hue(2), hue(4)] : [190 - 4 * y, 205 - 3 * y, 220 - 2 * x];
  });
}
