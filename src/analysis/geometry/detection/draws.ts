import type { Vector } from '../../math/vector';

/** A point with what is known there. */
export interface Origin {
  readonly point: Vector;
  /** Shape (K,). */
  readonly logits: Vector;
  readonly label: number;
}

/** Curvature numbers of one draw v, for every class; entries at the label are 0. */
export interface Draw {
  /** vᵀ H_i v (or of the projected v), shape (K,). */
  readonly secondDifferences: Vector;
  /** ∇F_iᵀ v, shape (K,); only where norms of ∇F_i are estimated from it. */
  readonly slopes?: Vector;
}

/** Draws, and what turns them into curvatures. */
export interface Draws {
  readonly draws: readonly Draw[];
  /** ‖∇F_i‖ by class; those of the others are estimated from the slopes. */
  readonly gradientNorms: ReadonlyMap<number, number>;
}

/** Up to so many classes the gradients of all F_i are taken exactly: their cost is that of a few forward passes. */
export const FEW_CLASSES = 20;
/** With more classes, for so many. */
const NEAREST = 10;

/**
 * The classes whose gradients are taken exactly: all but the label, or with more than 20 classes the ten of the largest
 * logits. An image that was moved here came from one of them, and an argmax of curvatures over a thousand estimated norms
 * finds the worst estimate instead: on EfficientNet-Lite0 it found the old label in 39 % of 23 perturbed images with ten
 * draws and in 70 % with 64, against 96 % among these ten.
 */
export function nearestClasses(logits: Vector, label: number): number[] {
  const rivals = others(logits.length, label);
  if (logits.length <= FEW_CLASSES) return rivals;
  return rivals.sort((i, j) => logits[j] - logits[i] || i - j).slice(0, NEAREST);
}

/** Every class but the label. */
export function others(classes: number, label: number): number[] {
  return Array.from({ length: classes }, (_, i) => i).filter((i) => i !== label);
}
