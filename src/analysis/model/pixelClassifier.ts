import { AnalysisError } from '../base/errors';
import { preprocess, type PreprocessingPlan } from '../images/preprocess';
import type { Vector } from '../math/vector';
import type { Classifier, LogitsAndGradients, Smoothness } from './classifier';

/** Network inputs as functions of pixels, value by value: x = black + p (white − black) / 255 for p in 0 … 255. */
export interface PixelScale {
  /** What black becomes, shape (D,). */
  readonly black: Vector;
  /** What white becomes, shape (D,). */
  readonly white: Vector;
}

/**
 * What the preprocessing makes of black and of white: it is affine in every value.
 *
 * @throws AnalysisError 'invalid-input' where arrays are already preprocessed: they have no pixels.
 */
export function pixelScale(plan: PreprocessingPlan): PixelScale {
  if (plan.source === 'none') {
    throw new AnalysisError(
      'invalid-input',
      'pixels 0–255 are unknown for arrays that are already preprocessed; give images, and no --preprocessed',
    );
  }
  const flat = (value: number): Vector => {
    const pixel = { height: 1, width: 1, channels: 1, data: Uint8Array.of(value) } as const;
    return Float64Array.from(preprocess(plan, pixel, 'a flat image'));
  };
  return { black: flat(0), white: flat(255) };
}

/** Bounds of every input value that comes from a pixel 0–255. */
export function pixelRange({ black, white }: PixelScale): { readonly lower: Vector; readonly upper: Vector } {
  return {
    lower: black.map((value, i) => Math.min(value, white[i])),
    upper: black.map((value, i) => Math.max(value, white[i])),
  };
}

/** The pixels p of a network input x, shape (D,), each 0 … 255 for inputs that come from an image. */
export function pixelsOf({ black, white }: PixelScale, x: ArrayLike<number>): Float32Array {
  return Float32Array.from(x, (value, i) => (255 * (value - black[i])) / (white[i] - black[i]));
}

/** A classifier as a function of pixels 0–255, f(black + p (white − black) / 255): the unit that two models have in common. */
export class PixelClassifier implements Classifier {
  readonly dimension: number;
  readonly classes: number;
  readonly smoothness: Smoothness;
  readonly stepped: boolean;
  private readonly slope: Vector;

  constructor(
    private readonly classifier: Classifier,
    private readonly scale: PixelScale,
  ) {
    this.dimension = classifier.dimension;
    this.classes = classifier.classes;
    this.smoothness = classifier.smoothness;
    this.stepped = classifier.stepped ?? false;
    this.slope = scale.white.map((value, i) => (value - scale.black[i]) / 255);
  }

  logits(p: Vector): Promise<Vector> {
    return this.classifier.logits(this.input(p));
  }

  async gradients(p: Vector, cotangents: readonly Vector[]): Promise<LogitsAndGradients> {
    const { logits, gradients } = await this.classifier.gradients(this.input(p), cotangents);
    return { logits, gradients: gradients.map((gradient) => this.times(gradient)) };
  }

  async hessianProduct(p: Vector, cotangent: Vector, v: Vector): Promise<Vector> {
    return this.times(await this.classifier.hessianProduct(this.input(p), cotangent, this.times(v)));
  }

  private input(p: Vector): Vector {
    return p.map((value, i) => this.scale.black[i] + value * this.slope[i]);
  }

  private times(v: Vector): Vector {
    return v.map((value, i) => value * this.slope[i]);
  }
}
