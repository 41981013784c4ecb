import type { Random } from '../../src/analysis/math/random';
import type { Item, Section } from '../../src/protocol/analyses';
import { normal, range, round } from './sampleNumbers';

/* Made-up sections on perturbed images, and on two models. */

export function calibrationSection(random: Random): Section<'calibration'> {
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

export function detectSection(names: readonly string[], labels: readonly number[], random: Random): Section<'detect'> {
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

export function compareSection(
  names: readonly string[],
  labels: readonly number[],
  random: Random,
): Section<'compare'> {
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
