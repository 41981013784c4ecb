import type { Smoothness } from '../../protocol/words';
import type { Vector } from '../math/vector';

/** Where a network's curvature lives; see docs in network/smoothness.ts. */
export type { Smoothness };

/** Logits and gradients of one image, as `gradients` returns them. */
export interface LogitsAndGradients {
  /** f(x), shape (K,). */
  readonly logits: Vector;
  /** ∇ₓ(cᵀ f)(x) for each cotangent c, each of shape (D,). */
  readonly gradients: readonly Vector[];
}

/**
 * A trained network f: R^D → R^K as the geometry sees it: one image at a time, logits (never probabilities). Points are
 * rounded to float32 where the network computes in it. Calls made together are answered together: an algorithm that has
 * several points to ask about starts all its calls before it awaits them, and many images run as many concurrent tasks
 * (see batchingClassifier.ts); results never depend on what else runs.
 */
export interface Classifier {
  /** D, the number of input values. */
  readonly dimension: number;
  /** K ≥ 2. */
  readonly classes: number;
  readonly smoothness: Smoothness;
  /** Whether it rounds inside, so that its logits change in steps and may tie over whole stretches; absent is no. */
  readonly stepped?: boolean;
  /**
   * f(x), shape (K,), for x of shape (D,).
   *
   * @throws AnalysisError 'cancelled' after the job was cancelled (so do the other two).
   */
  logits(x: Vector): Promise<Vector>;
  /**
   * f(x) and the gradients of cᵀ f at x for cotangents c of shape (K,); one forward pass for all of them.
   *
   * @param into where the gradients may be written, each of shape (D,): whoever asks often leaves less behind
   */
  gradients(x: Vector, cotangents: readonly Vector[], into?: readonly Vector[]): Promise<LogitsAndGradients>;
  /** The exact Hessian of cᵀ f at x times v, shape (D,). For networks with kinks it leaves the kinks out. */
  hessianProduct(x: Vector, cotangent: Vector, v: Vector): Promise<Vector>;
}
