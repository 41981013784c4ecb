import { gaussianVector, type Random, seededRandom } from '../../src/analysis/math/random';
import type { Item, Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { pngUri } from './png';

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const dimension = 3072;

const normal = (random: Random): number => gaussianVector(1, random)[0];
const round = (value: number): number => Number(value.toPrecision(7));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(q * (sorted.length - 1))];
}

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

function evaluateSection(names: readonly string[], labels: readonly number[], random: Random): Section<'evaluate'> {
  const items = names.map((name, i): Item<'evaluate'> => {
    const correct = i % 11 !== 0;
    const margin = round((correct ? 4.5 : 1.4) * Math.exp(0.6 * normal(random)));
    return {
      name,
      label: labels[i],
      confidence: round(1 / (1 + 2 * Math.exp(-margin))),
      runnerUp: (labels[i] + 2) % 10,
      margin,
      trueLabel: i % 10,
      correct,
    };
  });
  const right = items.filter(({ correct }) => correct).length;
  return { images: items, summary: { n: items.length, accuracy: right / items.length, labelled: items.length } };
}

function boundarySection(names: readonly string[], labels: readonly number[], random: Random): Section<'boundary'> {
  const items = names.map((name, i): Item<'boundary'> => {
    const base = { name, label: labels[i], correct: i % 11 !== 0 };
    if (i % 29 === 28) {
      const none = { target: null, distance: null, deepfoolDistance: null, distanceInf: null, relativeDistance: null };
      return { ...base, ...none, pixelDistance: null, residual: null, status: 'not-converged', steps: 50 };
    }
    const distance = 0.9 * Math.exp(0.55 * normal(random));
    return {
      ...base,
      target: (labels[i] + 2) % 10,
      status: 'converged',
      distance: round(distance),
      deepfoolDistance: round(distance * 1.06),
      distanceInf: round(distance / 30),
      relativeDistance: round(distance / 55),
      pixelDistance: round(distance * 63),
      residual: 3e-6,
      steps: 3,
    };
  });
  const found = items.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  const q = (share: number) => quantile(found, share);
  return {
    images: items,
    summary: {
      n: items.length,
      median: q(0.5),
      mean: round(mean(found)),
      q05: q(0.05),
      q25: q(0.25),
      q75: q(0.75),
      q95: q(0.95),
      converged: found.length,
    },
  };
}

function curvatureSection(boundary: Section<'boundary'>, step: number | null, random: Random): Section<'curvature'> {
  const items = (boundary.images ?? []).map(({ name, label, target, status, distance }): Item<'curvature'> => {
    const size = Math.exp(0.3 * normal(random));
    const ends = [0.62, 0.41, 0.3, 0.24, 0.2, -0.27, -0.33, -0.42, -0.58, -0.91].map((value) => round(value * size));
    const found = status === 'converged';
    return {
      name,
      label,
      target,
      status,
      distance,
      step,
      method: step === null ? 'exact' : 'finite-difference',
      principalCurvatures: found ? ends : [],
      ritzValues: found ? ends.map((value) => round(value * 1.4)) : [],
      gradientDifferences: [],
      flags: [],
      asymmetry: found ? 0.19 : null,
      meanCurvature: found ? round(-0.012 + 0.01 * normal(random)) : null,
      meanCurvatureStandardError: found ? 0.003 : null,
      ...(step === null
        ? { nearZeroShare: 0.87 }
        : { tangentCurvatures: range(16).map(() => round(-0.012 + 0.03 * normal(random))) }),
    };
  });
  const found = items.filter(({ status }) => status === 'converged');
  const means = found.flatMap(({ meanCurvature }) => meanCurvature ?? []);
  const column = (i: number) => found.map(({ principalCurvatures }) => principalCurvatures[i]);
  const whole = range(dimension - 1).map((i) => {
    const at = (i + 1) / dimension;
    return round(0.62 * Math.exp(-at * 90) + 0.02 * (0.5 - at) - 0.91 * Math.exp(-(1 - at) * 90));
  });
  return {
    images: items,
    spectrum:
      step === null
        ? {
            index: range(dimension - 1).map((i) => i + 1),
            mean: whole,
            lower: whole.map((value) => round(value - 0.3 * Math.abs(value) - 0.004)),
            upper: whole.map((value) => round(value + 0.3 * Math.abs(value) + 0.004)),
            n: found.length,
          }
        : {
            index: [1, 2, 3, 4, 5, -5, -4, -3, -2, -1],
            mean: range(10).map((i) => round(mean(column(i)))),
            lower: range(10).map((i) => quantile(column(i), 0.1)),
            upper: range(10).map((i) => quantile(column(i), 0.9)),
            n: found.length,
          },
    summary: {
      meanCurvature: round(mean(means)),
      standardError: 0.0013,
      nearZeroShare: step === null ? 0.87 : null,
      asymmetry: 0.19,
      smoothness: step === null ? 'smooth' : 'piecewise-linear',
      step,
      stepOverDistance: step === null ? null : 0.5,
      curvatureTimesDistance: -0.011,
      n: found.length,
    },
    ...(step !== null && {
      sweep: [0.1, 0.2, 0.5, 1, 2, 5, 10].map((factor) => ({
        factor,
        step: round(factor * step),
        mean: round(-0.012 / factor ** 0.7),
        standardError: round(0.0013 / factor ** 0.6),
        resolvedShare: factor < 0.2 ? 0.3 : 1,
      })),
    }),
  };
}

function subspaceSection(step: number | null, random: Random): Section<'subspace'> {
  const rho = range(200).map((i) => 20 * (i + 1) ** -0.52 + 0.4 + 0.06 * normal(random));
  const noise = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
  const rates = (half: number) =>
    noise.map((level) => {
      const rate = round(0.85 / (1 + (half / Math.max(level, 1e-9)) ** 2.6));
      return { rate, low: round(Math.max(0, rate - 0.06)), high: round(Math.min(1, rate + 0.07)) };
    });
  return {
    singularValues: range(400).map((i) => round(6 * (i + 1) ** -0.4)),
    rho: { mean: rho.map(round), lower: rho.map((v) => round(v * 0.82)), upper: rho.map((v) => round(v * 1.2)) },
    robustness: {
      noise,
      shared: rates(0.2),
      orthogonal: rates(0.42),
      uniform: rates(0.37),
      orthogonalMinusUniform: { difference: -0.028, low: -0.051, high: -0.006 },
    },
    projections: {
      random: { mean: 0.254, standardError: 0.001 },
      adversarial: { mean: 0.78, standardError: 0.011 },
      difference: { mean: 0.27, standardError: 0.013 },
      imageGradient: { mean: 0.2, standardError: 0.009 },
    },
    expectedRandom: round(Math.sqrt(200 / dimension)),
    adversarialInterval: { low: 0.71, high: 0.83 },
    dimension: 200,
    inputDimension: dimension,
    typicalNorm: 55.2,
    step,
    train: { count: 100, used: 97 },
    test: { count: 60, used: 58 },
    tiles: range(16).map((i) =>
      pngUri(32, 32, (x, y) => {
        const wave = Math.sin((x * (1 + (i % 4))) / 5 + i) * Math.cos((y * (1 + (i >> 2))) / 5 - i);
        return [128 + 100 * wave, 128 + 90 * wave * Math.cos(i), 128 - 80 * wave];
      }),
    ),
  };
}

function pathsSection(names: readonly string[], labels: readonly number[], random: Random): Section<'paths'> {
  const pairs = range(60).map((i): Item<'paths'> => {
    const scenario = 1 + (i % 3);
    const straightInside = random() < [0.95, 0.8, 0.7][scenario - 1];
    const connected = i !== 41;
    return {
      scenario,
      from: names[i % names.length],
      to: scenario === 3 ? `noise ${i}` : names[(i * 7 + 10) % names.length],
      label: labels[i % labels.length],
      connected,
      anchors: straightInside ? 1 : 3 + Math.floor(random() * 12),
      relativeLength: connected ? (straightInside ? 1 : round(1 + 10 ** (-4 + 2 * random()))) : null,
      straightInside: straightInside && connected,
      forwards: straightInside ? 10_001 : 48_200,
      furthest: connected ? null : 0.62,
    };
  });
  return {
    pairs,
    summary: [1, 2, 3].map((scenario) => {
      const own = pairs.filter((pair) => pair.scenario === scenario);
      return {
        scenario,
        pairs: own.length,
        connected: own.filter(({ connected }) => connected).length,
        straightInside: own.filter(({ straightInside }) => straightInside).length,
        anchors: 3.4,
        relativeLength: 1.0004,
        forwards: 15_000,
      };
    }),
  };
}

function convexitySection(): Section<'convexity'> {
  return {
    fractions: [2, 3, 4, 5, 6, 8, 10, 15, 20].map((m) => {
      const rate = round(0.42 + 0.57 * Math.exp(-(m - 2) / 5));
      const total = 500;
      return {
        m,
        inside: Math.round(rate * total),
        total,
        rate,
        low: round(rate - 0.04),
        high: round(Math.min(1, rate + 0.04)),
      };
    }),
    classes: 10,
  };
}

function sliceSection(names: readonly string[]): Section<'slice'> {
  const size = 81;
  const extent: [number, number, number, number] = [-4, 16, -5, 7];
  const x = (column: number) => extent[0] + ((extent[1] - extent[0]) * column) / (size - 1);
  const y = (row: number) => extent[2] + ((extent[3] - extent[2]) * row) / (size - 1);
  const logits = (column: number, row: number) => {
    const [a, b] = [x(column), y(row)];
    return [
      { label: 3, value: 3 - 0.08 * (a - 6) ** 2 * 0.3 - 0.25 * (b + 1.5) ** 2 + Math.sin(a) },
      { label: 5, value: 0.9 * b - 1.2 + 0.8 * Math.cos(a / 2) },
      { label: 4, value: -0.7 * b - 2.4 + 0.3 * Math.sin(2 * a) },
    ].sort((p, q) => q.value - p.value);
  };
  const plane: Item<'slice'> = {
    title: 'Path between two images of class cat',
    axes: ['x₂ − x₁', 'r(x₁), towards the boundary'],
    origin: names[3],
    extent,
    labels: range(size).map((row) => range(size).map((column) => logits(column, row)[0].label)),
    margins: range(size).map((row) =>
      range(size).map((column) => {
        const [first, second] = logits(column, row);
        return round(first.value - second.value);
      }),
    ),
    anchors: [
      { name: names[3], x: 0, y: 0, onPath: true },
      { name: 'p1', x: 5.8, y: -1.6, onPath: true },
      { name: names[13], x: 12, y: 0, onPath: true },
      { name: 'boundary', x: 0, y: 1.03, onPath: false },
    ],
  };
  return plane;
}

function calibrationSection(random: Random): Section<'calibration'> {
  const alpha = [1, 2, 5];
  const false_ = range(101).map((i) => round(i / 100));
  const score = (areas: readonly number[], weights: Record<string, number>) => ({
    auc: [...areas],
    low: areas.map((area) => round(area - 0.05)),
    high: areas.map((area) => round(Math.min(1, area + 0.04))),
    roc: areas.map((area) => ({
      falsePositiveRate: false_,
      truePositiveRate: false_.map((rate) => round(rate ** ((1 - area) / area))),
    })),
    weights,
    threshold: 1.31,
    falsePositiveRate: 0.06,
  });
  return {
    clean: { count: 200, used: 196, step: 0.46, samples: 8, estimator: 'forward' },
    alpha,
    copies: [191, 188, 142],
    scores: {
      combined: {
        ...score([0.96, 0.84, 0.86], { margin: 1.2, zF: 0.8, zR: 0.6, rho: 0.3, maxCurvature: 0.2 }),
        clean: range(98).map(() => round(-0.6 + normal(random))),
        perturbed: [2.4, 1.2, 1.4].map((at) => range(90).map(() => round(at + 1.1 * normal(random)))),
      },
      noCurvature: score([0.95, 0.8, 0.84], { margin: 1.4, zF: 1 }),
      margin: score([0.95, 0.69, 0.56], { margin: 1 }),
      rho: score([0.63, 0.6, 0.54], { rho: 1 }),
    },
    recovery: [
      { alpha: 1, rule: 'runner-up', accuracy: 0.97, low: 0.91, high: 0.99, n: 98 },
      { alpha: 2, rule: 'runner-up', accuracy: 0.52, low: 0.42, high: 0.62, n: 98 },
      { alpha: 5, rule: 'runner-up', accuracy: 0.18, low: 0.12, high: 0.27, n: 96 },
      { alpha: 1, rule: 'highest-curvature', accuracy: 0.36, low: 0.27, high: 0.46, n: 98 },
      { alpha: 2, rule: 'highest-curvature', accuracy: 0.34, low: 0.25, high: 0.44, n: 98 },
      { alpha: 5, rule: 'highest-curvature', accuracy: 0.25, low: 0.17, high: 0.35, n: 96 },
    ],
    suggestedRule: 'runner-up',
    worksHere: true,
    reason: null,
    sentence: 'Curvature adds .04 to the area under the curve at perturbation × 2.',
    attacks: [
      {
        name: 'PGD',
        strength: 'L2, × 2',
        count: 96,
        auc: { combined: 0.86, noCurvature: 0.76, margin: 0.67, rho: 0.77 },
      },
      {
        name: 'FGSM',
        strength: '8/255',
        count: 81,
        auc: { combined: 0.87, noCurvature: 0.85, margin: 0.78, rho: 0.56 },
      },
    ],
  };
}

function detectSection(names: readonly string[], labels: readonly number[], random: Random): Section<'detect'> {
  const items = names.map((name, i): Item<'detect'> => {
    const perturbed = i % 6 === 0;
    const pValue = perturbed ? 0.005 + 0.03 * random() : random();
    return {
      name,
      label: labels[i],
      margin: round(perturbed ? 0.4 : 4.2),
      rho: round(0.01 * normal(random)),
      rhoStandardError: 0.004,
      score: round(2.2 - 4 * pValue),
      noCurvatureScore: round(1.9 - 3.4 * pValue),
      pValue: round(pValue),
      verdict: pValue < 0.05 ? 'perturbed' : 'clean',
      reason: null,
      runnerUp: (labels[i] + 2) % 10,
      highestCurvatureLabel: (labels[i] + 5) % 10,
      recoveredLabel: pValue < 0.05 ? (labels[i] + 2) % 10 : null,
      classCurvatures: range(10).map(() => round(0.02 * normal(random))),
      distance: round(0.9 * Math.exp(0.5 * normal(random))),
      step: 0.46,
    };
  });
  const count = (verdict: string) => items.filter((item) => item.verdict === verdict).length;
  return {
    images: items,
    summary: { n: items.length, clean: count('clean'), perturbed: count('perturbed'), undecided: 0, uncalibrated: 0 },
  };
}

function compareSection(names: readonly string[], labels: readonly number[], random: Random): Section<'compare'> {
  const items = names.map((name, i): Item<'compare'> => {
    const distance = 55 * Math.exp(0.5 * normal(random));
    return {
      name,
      label: [labels[i], labels[i]],
      distance: [round(distance), i % 20 === 7 ? null : round(distance * 1.25 * Math.exp(0.2 * normal(random)))],
      meanCurvature: [round(-2e-4 + 1e-4 * normal(random)), round(-1e-4 + 1e-4 * normal(random))],
    };
  });
  return {
    images: items,
    models: [
      { path: 'models/resnet8-cifar10.onnx', sha256: '3f9c1b77a2d0' },
      { path: 'models/resnet8-robust.onnx', sha256: '77aa01c2be94' },
    ],
    unit: 'pixel values 0–255',
    step: 180,
    tangents: 24,
    differences: [
      {
        quantity: 'distance to the boundary',
        n: 57,
        first: 61.2,
        second: 76.5,
        difference: 15.3,
        low: 11.8,
        high: 19.4,
      },
      { quantity: 'mean curvature', n: 57, first: -2e-4, second: -1e-4, difference: 1e-4, low: 6e-5, high: 1.3e-4 },
      { quantity: 'confidence', n: 60, first: 0.91, second: 0.9, difference: -0.008, low: -0.03, high: 0.015 },
    ],
  };
}
