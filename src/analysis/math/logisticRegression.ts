import { Matrix, solve } from 'ml-matrix';

import { AnalysisError } from '../base/errors';
import { mean, standardDeviation } from './statistics';

/** A fitted score: intercept + Σ weights · (features − means) / deviations, the log odds of class 1. JSON-able. */
export interface LogisticModel {
  readonly intercept: number;
  /** Of the standardised features, each ≥ 0. */
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** How the fit is regularised and ended. */
export interface LogisticSettings {
  /** λ of the penalty λ/2 ‖w‖² (scikit-learn's 1 / C); the intercept is free. */
  readonly ridge: number;
  /** The largest entry of the projected gradient at which the fit has converged, per row. */
  readonly tolerance: number;
  readonly maxSteps: number;
}

const DEFAULTS: LogisticSettings = { ridge: 1, tolerance: 1e-8, maxSteps: 200 };

/**
 * Logistic regression with weights ≥ 0: the minimiser of Σ log(1 + exp(−± score)) + λ/2 ‖w‖² subject to w ≥ 0, on
 * features standardised by their mean and population deviation (a constant feature gets weight 0). The problem is
 * strictly convex; solved by projected Newton steps on the weights that are not held at 0, with backtracking.
 *
 * @param rows - n feature vectors of equal length m.
 * @param labels - n entries, 1 or 0, both present.
 * @throws AnalysisError 'invalid-input' where shapes differ, an entry is not finite or a class is missing;
 *   'not-converged' where the projected gradient stays above the tolerance.
 * @see Bertsekas 1982, Projected Newton Methods for Optimization Problems with Simple Constraints
 */
export function nonnegativeLogisticRegression(
  rows: readonly ArrayLike<number>[],
  labels: readonly (0 | 1)[],
  settings: Partial<LogisticSettings> = {},
): LogisticModel {
  const { ridge, tolerance, maxSteps } = { ...DEFAULTS, ...settings };
  validate(rows, labels);
  const m = rows[0].length;
  const columns = Array.from({ length: m }, (_, j) => Float64Array.from(rows, (row) => row[j]));
  const means = columns.map((column) => mean(column));
  const deviations = columns.map((column, j) => {
    const deviation = standardDeviation(column, 0);
    return deviation > 1e-12 * Math.abs(means[j]) ? deviation : Infinity;
  });
  // The intercept is the coefficient of a last, constant column.
  const design = rows.map((row) => [...means.map((centre, j) => (row[j] - centre) / deviations[j]), 1]);

  let w: number[] = new Array<number>(m + 1).fill(0);
  let value = loss(design, labels, w, ridge);
  for (let step = 0; step < maxSteps; step++) {
    const { gradient, hessian } = derivatives(design, labels, w, ridge);
    const free = gradient.flatMap((slope, j) => (j === m || w[j] > 0 || slope < 0 ? [j] : []));
    if (free.every((j) => Math.abs(gradient[j]) <= tolerance * rows.length)) break;
    const move = solve(hessian.selection(free, free), Matrix.columnVector(free.map((j) => gradient[j])));
    const next = backtracked(w, free, move.to1DArray(), (v) => loss(design, labels, v, ridge), value, gradient);
    if (next === null) break;
    ({ w, value } = next);
  }
  const { gradient } = derivatives(design, labels, w, ridge);
  const residual = Math.max(
    ...gradient.map((slope, j) => (j < m && w[j] === 0 ? Math.max(0, -slope) : Math.abs(slope))),
  );
  if (residual > tolerance * rows.length) {
    throw new AnalysisError('not-converged', `projected gradient must be at most ${tolerance} a row, got ${residual}`);
  }
  return {
    intercept: w[m],
    weights: w.slice(0, m),
    means,
    deviations: deviations.map((deviation) => (Number.isFinite(deviation) ? deviation : 1)),
  };
}

/** The log odds of class 1 for a feature vector. */
export function logisticScore(model: LogisticModel, features: ArrayLike<number>): number {
  let score = model.intercept;
  for (let j = 0; j < model.weights.length; j++) {
    score += (model.weights[j] * (features[j] - model.means[j])) / model.deviations[j];
  }
  return score;
}

/** Tries the Newton step, then halves of it, each projected on w ≥ 0; null where none lowers the loss. */
function backtracked(
  w: readonly number[],
  free: readonly number[],
  move: readonly number[],
  lossAt: (w: readonly number[]) => number,
  value: number,
  gradient: readonly number[],
): { w: number[]; value: number } | null {
  const intercept = w.length - 1;
  for (let length = 1; length > 1e-12; length /= 2) {
    const trial = [...w];
    free.forEach((j, index) => {
      const moved = w[j] - length * move[index];
      trial[j] = j === intercept ? moved : Math.max(0, moved);
    });
    const expected = free.reduce((sum, j) => sum + gradient[j] * (w[j] - trial[j]), 0);
    const trialValue = lossAt(trial);
    if (expected > 0 && trialValue <= value - 1e-4 * expected) return { w: trial, value: trialValue };
  }
  return null;
}

function loss(design: readonly number[][], labels: readonly number[], w: readonly number[], ridge: number): number {
  let sum = 0;
  design.forEach((row, i) => {
    const margin = (2 * labels[i] - 1) * product(row, w);
    sum += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  });
  for (let j = 0; j < w.length - 1; j++) sum += (ridge / 2) * w[j] ** 2;
  return sum;
}

function derivatives(
  design: readonly number[][],
  labels: readonly number[],
  w: readonly number[],
  ridge: number,
): { gradient: number[]; hessian: Matrix } {
  const size = w.length;
  const gradient = w.map((weight, j) => (j < size - 1 ? ridge * weight : 0));
  const hessian = Matrix.zeros(size, size);
  for (let j = 0; j < size - 1; j++) hessian.set(j, j, ridge);
  design.forEach((row, i) => {
    const probability = 1 / (1 + Math.exp(-product(row, w)));
    const curvature = probability * (1 - probability);
    for (let a = 0; a < size; a++) {
      gradient[a] += (probability - labels[i]) * row[a];
      for (let b = 0; b < size; b++) hessian.set(a, b, hessian.get(a, b) + curvature * row[a] * row[b]);
    }
  });
  return { gradient, hessian };
}

function product(row: readonly number[], w: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += row[j] * w[j];
  return sum;
}

function validate(rows: readonly ArrayLike<number>[], labels: readonly (0 | 1)[]): void {
  if (rows.length !== labels.length) {
    throw new AnalysisError('invalid-input', `labels must be one a row, got ${labels.length} for ${rows.length} rows`);
  }
  if (!labels.includes(0) || !labels.includes(1)) {
    throw new AnalysisError('invalid-input', 'labels must hold both classes, got one of them only');
  }
  rows.forEach((row, i) => {
    if (row.length !== rows[0].length) {
      throw new AnalysisError('invalid-input', `row ${i} must have ${rows[0].length} features, got ${row.length}`);
    }
    for (let j = 0; j < row.length; j++) {
      if (!Number.isFinite(row[j])) {
        throw new AnalysisError('invalid-input', `feature ${j} of row ${i} must be finite, got ${row[j]}`);
      }
    }
  });
}
