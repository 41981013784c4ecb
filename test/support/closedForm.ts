import { gaussianVector, type Random } from '../../src/analysis/math/random';
import { addScaled, dot, type Vector } from '../../src/analysis/math/vector';
import type { Classifier, LogitsAndGradients, Smoothness } from '../../src/analysis/model/classifier';

/** Classifiers in double precision whose boundary geometry is known in closed form. */

/** A function R^D → R with its first two derivatives. */
export interface ClosedForm {
  value(x: Vector): number;
  gradient(x: Vector): Vector;
  /** ∇²(x) v. */
  hessianProduct(x: Vector, v: Vector): Vector;
}

/** A classifier whose logits are given functions; it counts what it was asked. */
export class ClosedFormClassifier implements Classifier {
  forwards = 0;
  gradientCalls: number[] = [];

  constructor(
    readonly dimension: number,
    private readonly fields: readonly ClosedForm[],
    readonly smoothness: Smoothness = 'smooth',
  ) {}

  get classes(): number {
    return this.fields.length;
  }

  logits(x: Vector): Promise<Vector> {
    this.forwards++;
    return Promise.resolve(this.values(x));
  }

  gradients(x: Vector, cotangents: readonly Vector[]): Promise<LogitsAndGradients> {
    this.gradientCalls.push(cotangents.length);
    const gradients = this.fields.map((field) => field.gradient(x));
    return Promise.resolve({ logits: this.values(x), gradients: cotangents.map((c) => this.combined(c, gradients)) });
  }

  hessianProduct(x: Vector, cotangent: Vector, v: Vector): Promise<Vector> {
    const products = this.fields.map((field) => field.hessianProduct(x, v));
    return Promise.resolve(this.combined(cotangent, products));
  }

  private values(x: Vector): Vector {
    return Float64Array.from(this.fields, (field) => field.value(x));
  }

  private combined(weights: Vector, vectors: readonly Vector[]): Vector {
    return vectors.reduce<Vector>((sum, v, i) => addScaled(sum, weights[i], v), new Float64Array(this.dimension));
  }
}

/** wᵀx + b. */
export function affineLogit(w: ArrayLike<number>, b: number): ClosedForm {
  return {
    value: (x) => x.reduce((sum, xi, i) => sum + w[i] * xi, b),
    gradient: () => Float64Array.from(w),
    hessianProduct: (x) => new Float64Array(x.length),
  };
}

/** Σ a_i x_i² + c. */
export function quadraticLogit(a: ArrayLike<number>, c: number): ClosedForm {
  return {
    value: (x) => x.reduce((sum, xi, i) => sum + a[i] * xi * xi, c),
    gradient: (x) => x.map((xi, i) => 2 * a[i] * xi),
    hessianProduct: (_, v) => v.map((vi, i) => 2 * a[i] * vi),
  };
}

/** Class 0 where F < 0, class 1 where F > 0, for the margin F itself. */
export function twoClasses(dimension: number, margin: ClosedForm, smoothness?: Smoothness): ClosedFormClassifier {
  return new ClosedFormClassifier(dimension, [affineLogit(new Float64Array(dimension), 0), margin], smoothness);
}

/** Class 0 inside the ball of radius R about the origin: its boundary has curvature +1/R seen from class 0. */
export function ball(dimension: number, radius: number): ClosedFormClassifier {
  return twoClasses(dimension, quadraticLogit(new Float64Array(dimension).fill(1), -(radius ** 2)));
}

/** Class 0 inside the ellipsoid Σ a_i x_i² = 1. */
export function ellipsoid(a: ArrayLike<number>): ClosedFormClassifier {
  return twoClasses(a.length, quadraticLogit(a, -1));
}

/** F = x_0 + (J/2) |x_1 − c|: ∇F jumps by J across x_1 = c. Its derivative at the kink is that of the side above. */
export function kinked(dimension: number, jump: number, c = 0): ClosedFormClassifier {
  const side = (x: Vector): number => (x[1] >= c ? 1 : -1);
  return twoClasses(
    dimension,
    {
      value: (x) => x[0] + (jump / 2) * Math.abs(x[1] - c),
      gradient: (x) => x.map((_, i) => (i === 0 ? 1 : i === 1 ? (jump / 2) * side(x) : 0)),
      hessianProduct: (x) => new Float64Array(x.length),
    },
    'piecewise-linear',
  );
}

/** How the units of a two-layer network bend: s, s' and s''. */
const activations = {
  softplus: {
    smoothness: 'smooth',
    value: (t: number) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))),
    slope: (t: number) => 1 / (1 + Math.exp(-t)),
    bend: (t: number) => Math.exp(-Math.abs(t)) / (1 + Math.exp(-Math.abs(t))) ** 2,
  },
  tanh: {
    smoothness: 'smooth',
    value: Math.tanh,
    slope: (t: number) => 1 - Math.tanh(t) ** 2,
    bend: (t: number) => -2 * Math.tanh(t) * (1 - Math.tanh(t) ** 2),
  },
  relu: {
    smoothness: 'piecewise-linear',
    value: (t: number) => Math.max(t, 0),
    slope: (t: number) => (t > 0 ? 1 : 0),
    bend: () => 0,
  },
} as const;

/** f = W₂ s(W₁ x + b) with random weights: Hessians are Σ_j w₂ⱼ s''(tⱼ) w₁ⱼ w₁ⱼᵀ. */
export function randomNetwork(
  kind: keyof typeof activations,
  sizes: { readonly dimension: number; readonly hidden: number; readonly classes: number },
  random: Random,
): ClosedFormClassifier {
  const { smoothness, value, slope, bend } = activations[kind];
  const { dimension, hidden, classes } = sizes;
  const inner = Array.from({ length: hidden }, () => gaussianVector(dimension, random));
  const bias = gaussianVector(hidden, random);
  const preactivation = (x: Vector, j: number): number => (2 * dot(inner[j], x)) / Math.sqrt(dimension) + bias[j];
  const weightedRows = (weight: (j: number) => number): Vector => {
    return inner.reduce<Vector>(
      (sum, row, j) => addScaled(sum, (2 / Math.sqrt(dimension)) * weight(j), row),
      new Float64Array(dimension),
    );
  };
  const logits = Array.from({ length: classes }, (): ClosedForm => {
    const outer = gaussianVector(hidden, random);
    return {
      value: (x) => outer.reduce((sum, w, j) => sum + w * value(preactivation(x, j)), 0),
      gradient: (x) => weightedRows((j) => outer[j] * slope(preactivation(x, j))),
      hessianProduct: (x, v) => {
        const along = (j: number): number => (2 * dot(inner[j], v)) / Math.sqrt(dimension);
        return weightedRows((j) => outer[j] * bend(preactivation(x, j)) * along(j));
      },
    };
  });
  return new ClosedFormClassifier(dimension, logits, smoothness);
}
