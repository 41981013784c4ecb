import type { Candidate, Preflight } from '../../src/protocol/preflight';
import type { PreflightPageState } from '../../src/protocol/preflightPage';
import { pngUri } from './png';

/** A picture of a few coloured fields; blue first shows as false colours. */
function picture(tone: number, isBlueFirst: boolean): string {
  return pngUri(24, 24, (x, y) => {
    const value = 128 + 100 * Math.sin(x / (3 + tone)) * Math.cos(y / 5);
    return isBlueFirst ? [0.4 * value, 0.7 * value, value] : [value, 0.7 * value, 0.4 * value];
  });
}

const classes = ['tabby', 'espresso', 'moped', 'rocket'];

function candidate(name: string, right: number | null, change: Partial<Candidate> = {}): Candidate {
  const preprocessing = { scale: 1, channels: 'rgb' as const };
  return {
    ...{ name, preprocessing, formula: 'pixels 0–255 as they are', right, confidence: 0.83, variety: 9 },
    ...{ information: 1.9, margin: 5.1 },
    shown: classes.map((predicted, i) => ({ predicted: i < 3 ? predicted : 'moped', confidence: 0.9 - 0.1 * i })),
    pictures: classes.map((_, i) => picture(i, name.includes('blue'))),
    sideFile: `${JSON.stringify({ preprocessing }, null, 2)}\n`,
    ...change,
  };
}

const candidates = [
  candidate('ImageNet’s mean and std', 58, {
    formula: '(pixel / 255 − (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)',
  }),
  candidate('−1 to 1', 41, { formula: '(pixel / 255 − 0.5) / 0.5' }),
  candidate('(x − 127) / 128', 41, { formula: '(pixel − 127) / 128' }),
  candidate('ImageNet’s mean and std, blue first', 22, {
    formula: '(pixel / 255 − (0.406, 0.456, 0.485)) / (0.225, 0.224, 0.229), channels blue, green, red',
  }),
  candidate('0 to 1', 4, { formula: 'pixel / 255' }),
  candidate('0 to 255', 3),
];

/** A preflight of which everything can be said: predictions at chance, and a candidate that leads. */
export function samplePreflight(change: Partial<Preflight> = {}): Preflight {
  const current = candidates[4];
  return {
    ...{ sampled: 64, labelled: 64, outputs: 10, chance: 0.1, stated: false, source: 'guess', misfit: null },
    predictions: Array.from({ length: 64 }, (_, i) => ({
      ...{ name: `${classes[i % 4]}/photo ${i}.jpg`, label: classes[i % 4], predicted: 'moped', confidence: 0.4 },
    })),
    current: { ...current, shown: classes.map(() => ({ predicted: 'moped', confidence: 0.4 })) },
    doubts: ['chance', 'better', 'unstated'],
    candidates,
    proposal: { over: '−1 to 1', lead: 17, p: 0.00002, twins: [] },
    sideFile: { path: '/home/you/models/boundary-lens.json', text: null },
    ...change,
  };
}

const model = '/home/you/models/resnet50-imagenet.onnx';
const without = (labels: readonly Candidate[]): Candidate[] => labels.map((one) => ({ ...one, right: null }));

/** The page on which a preprocessing is chosen, in all its phases. */
export const preflightPages = {
  looking: { model, purpose: 'run', phase: 'looking' },
  fine: {
    ...{ model, purpose: 'run', phase: 'fine' },
    preflight: samplePreflight({ doubts: [], candidates: [], proposal: null, stated: true, current: candidates[0] }),
  },
  trying: {
    ...{ model, purpose: 'run', phase: 'trying' },
    preflight: samplePreflight({ doubts: ['chance', 'unstated'], candidates: [], proposal: null }),
  },
  asking: { model, purpose: 'run', phase: 'asking', preflight: samplePreflight() },
  undecided: {
    ...{ model, purpose: 'run', phase: 'asking' },
    preflight: samplePreflight({
      ...{ doubts: ['outputs', 'images', 'unstated'], labelled: 0, chance: null, proposal: null },
      current: { ...candidates[4], right: null },
      candidates: without(candidates),
      misfit:
        'photo 0.jpg is 640 × 480, and the network sees 28 × 28 in grey: a colour photograph is hardly what it was trained on',
      predictions: samplePreflight().predictions.map((one) => ({ ...one, label: null })),
    }),
  },
  choosing: {
    ...{ model, purpose: 'choose', phase: 'asking' },
    preflight: samplePreflight({ doubts: [], stated: true, source: 'boundary-lens.json' }),
  },
  replacing: { model, purpose: 'run', phase: 'replacing', preflight: samplePreflight() },
  unwritable: {
    ...{ model, purpose: 'run', phase: 'unwritable', preflight: samplePreflight() },
    failure: { code: 'invalid-input', message: 'EROFS: read-only file system, open boundary-lens.json' },
  },
  failed: {
    ...{ model, purpose: 'choose', phase: 'failed' },
    failure: {
      code: 'invalid-input',
      message: 'photos: a folder must hold PNG, JPEG, BMP, GIF, WebP or TIFF images, got none',
    },
  },
} satisfies Record<string, PreflightPageState>;
