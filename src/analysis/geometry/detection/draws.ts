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
  /** ∇F_iᵀ v, shape (K,); only where the norm of ∇F_i is estimated from it. */
  readonly slopes?: Vector;
}

/** Draws, and what turns them into curvatures. */
export interface Draws {
  readonly draws: readonly Draw[];
  /** ‖∇F_i‖, shape (K,); null where it is estimated from the slopes. */
  readonly gradientNorms: Vector | null;
}

/** Every class but the label. */
export function others(classes: number, label: number): number[] {
  return Array.from({ length: classes }, (_, i) => i).filter((i) => i !== label);
}
