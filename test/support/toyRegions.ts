import { gaussianVector, type Random } from '../../src/analysis/math/random';
import { addScaled, dot, type Vector } from '../../src/analysis/math/vector';
import type { Classifier, LogitsAndGradients, Smoothness } from '../../src/analysis/model/classifier';

/** A logit known in closed form, in double precision. */
export interface Field {
  value(x: Vector): number;
  gradient(x: Vector): Vector;
}

/** A classifier whose logits are the given fields; it counts what it was asked. */
export class FieldClassifier implements Classifier {
  readonly smoothness: Smoothness = 'smooth';
  forwards = 0;

  constructor(
    readonly dimension: number,
    private readonly fields: readonly Field[],
  ) {}

  get classes(): number {
    return this.fields.length;
  }

  logits(x: Vector): Promise<Vector> {
    this.forwards++;
    return Promise.resolve(Float64Array.from(this.fields, (field) => field.value(x)));
  }

  async gradients(x: Vector, cotangents: readonly Vector[]): Promise<LogitsAndGradients> {
    const logits = await this.logits(x);
    const gradients = this.fields.map((field) => field.gradient(x));
    return {
      logits,
      gradients: cotangents.map((cotangent) =>
        gradients.reduce<Vector>((sum, g, i) => addScaled(sum, cotangent[i], g), new Float64Array(this.dimension)),
      ),
    };
  }

  /** By differences of the closed-form gradients, exact for quadrics. */
  async hessianProduct(x: Vector, cotangent: Vector, v: Vector): Promise<Vector> {
    const h = 1e-4;
    const [above, below] = await Promise.all([
      this.gradients(addScaled(x, h, v), [cotangent]),
      this.gradients(addScaled(x, -h, v), [cotangent]),
    ]);
    return addScaled(above.gradients[0], -1, below.gradients[0]).map((d) => d / (2 * h));
  }
}

/** c + bᵀx + ½ Σ aᵢ xᵢ². */
export function diagonalQuadric(a: ArrayLike<number>, b: ArrayLike<number>, c: number): Field {
  return {
    value: (x) => x.reduce((sum, xi, i) => sum + b[i] * xi + 0.5 * a[i] * xi * xi, c),
    gradient: (x) => x.map((xi, i) => b[i] + a[i] * xi),
  };
}

/** bᵀx + c. */
export function affine(b: ArrayLike<number>, c: number): Field {
  return diagonalQuadric(new Float64Array(b.length), b, c);
}

/** The constant logit 0 on R^D. */
export function zero(dimension: number): Field {
  return affine(new Float64Array(dimension), 0);
}

/**
 * A region that is connected but not convex: class 0 on the annulus |ρ − 1| < width of the first two coordinates, where
 * ρ is the distance from the axis; class 1 elsewhere.
 */
export function annulus(dimension: number, width: number): FieldClassifier {
  const radius = (x: Vector) => Math.hypot(x[0], x[1]);
  const ring: Field = {
    value: (x) => width ** 2 - (radius(x) - 1) ** 2,
    gradient: (x) => {
      const slope = (-2 * (radius(x) - 1)) / radius(x);
      return x.map((xi, i) => (i < 2 ? slope * xi : 0));
    },
  };
  return new FieldClassifier(dimension, [ring, zero(dimension)]);
}

/** A region of two sheets: class 0 where x₁² − x₂² > 1, a hyperbolic cylinder with a part on each side; else class 1. */
export function twoSheets(dimension: number): FieldClassifier {
  const a = new Float64Array(dimension);
  a.set([2, -2]);
  return new FieldClassifier(dimension, [diagonalQuadric(a, new Float64Array(dimension), -1), zero(dimension)]);
}

/** f = W₂ softplus(W₁ x + b): a smooth network in double precision, with its dense Hessian. */
export class SoftplusNetwork extends FieldClassifier {
  constructor(
    dimension: number,
    readonly hidden: readonly Vector[],
    readonly bias: Vector,
    readonly output: readonly Vector[],
  ) {
    const preactivations = (x: Vector) => hidden.map((row, j) => dot(row, x) + bias[j]);
    super(
      dimension,
      output.map((weights) => ({
        value: (x) => preactivations(x).reduce((sum, t, j) => sum + weights[j] * softplus(t), 0),
        gradient: (x) =>
          preactivations(x).reduce<Vector>(
            (sum, t, j) => addScaled(sum, weights[j] * sigmoid(t), hidden[j]),
            new Float64Array(dimension),
          ),
      })),
    );
  }

  static random(dimension: number, hidden: number, classes: number, random: Random): SoftplusNetwork {
    const matrix = (rows: number, columns: number, scale: number) =>
      Array.from({ length: rows }, () => gaussianVector(columns, random).map((w) => w * scale));
    return new SoftplusNetwork(
      dimension,
      matrix(hidden, dimension, 2 / Math.sqrt(dimension)),
      gaussianVector(hidden, random),
      matrix(classes, hidden, 3 / Math.sqrt(hidden)),
    );
  }

  /** vᵀ H v of the logit difference cᵀ f: Σⱼ cᵀW₂ⱼ s'(tⱼ) (W₁ⱼᵀ v)². */
  quadraticForm(x: Vector, cotangent: Vector, v: Vector): number {
    return this.hidden.reduce((sum, row, j) => {
      const s = sigmoid(dot(row, x) + this.bias[j]);
      const weight = this.output.reduce((total, weights, i) => total + cotangent[i] * weights[j], 0);
      return sum + weight * s * (1 - s) * dot(row, v) ** 2;
    }, 0);
  }
}

/** The same network as float32 computes it: every operation is rounded, and so are its weights and inputs. */
export class SingleSoftplusNetwork extends SoftplusNetwork {
  static of(network: SoftplusNetwork): SingleSoftplusNetwork {
    return new SingleSoftplusNetwork(network.dimension, network.hidden, network.bias, network.output);
  }

  override logits(x: Vector): Promise<Vector> {
    this.forwards++;
    const single = Float32Array.from(x);
    const units = this.hidden.map((row, j) => Math.fround(softplus(singleSum(row, single, this.bias[j]))));
    return Promise.resolve(Float64Array.from(this.output, (weights) => singleSum(weights, units, 0)));
  }

  override async gradients(x: Vector, cotangents: readonly Vector[]): Promise<LogitsAndGradients> {
    const single = Float32Array.from(x);
    const slopes = this.hidden.map((row, j) => Math.fround(sigmoid(singleSum(row, single, this.bias[j]))));
    const gradients = cotangents.map((cotangent) => {
      const backward = slopes.map((slope, j) => {
        const column = this.output.map((weights) => weights[j]);
        return Math.fround(slope * singleSum(column, cotangent, 0));
      });
      return Float64Array.from(x, (_, d) => {
        const column = this.hidden.map((row) => row[d]);
        return singleSum(column, backward, 0);
      });
    });
    return { logits: await this.logits(x), gradients };
  }
}

function singleSum(a: ArrayLike<number>, b: ArrayLike<number>, start: number): number {
  let sum = Math.fround(start);
  for (let i = 0; i < a.length; i++) sum = Math.fround(sum + Math.fround(Math.fround(a[i]) * Math.fround(b[i])));
  return sum;
}

function softplus(t: number): number {
  return Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
}

function sigmoid(t: number): number {
  return 1 / (1 + Math.exp(-t));
}
