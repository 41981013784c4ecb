import type { Random } from '../../src/analysis/math/random';
import type { Item, Section } from '../../src/protocol/analyses';
import { pngUri } from './png';
import { mean, normal, quantile, range, round } from './sampleNumbers';

/* Made-up sections on predictions, distances, curvature and directions. */

const dimension = 3072;

export function evaluateSection(
  names: readonly string[],
  labels: readonly number[],
  random: Random,
): Section<'evaluate'> {
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

export function boundarySection(
  names: readonly string[],
  labels: readonly number[],
  random: Random,
): Section<'boundary'> {
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

export function curvatureSection(
  boundary: Section<'boundary'>,
  step: number | null,
  random: Random,
): Section<'curvature'> {
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

export function subspaceSection(step: number | null, random: Random): Section<'subspace'> {
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
