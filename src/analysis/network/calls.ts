import type { Shape } from './network';

/** The questions that a network answers, each by a network of its own made from the model's (see differentiate.ts). */
export type CallKind = 'logits' | 'gradients' | 'hessianProduct';

/** The names of what enters those networks. */
export type InputName = 'x' | 'cotangent' | 'direction';

/** The names of what leaves them. */
export type OutputName = 'logits' | 'gradient' | 'product';

/**
 * What enters and leaves, by kind of call: `inputs`, and of the outputs the one that holds derivatives. The batch n comes
 * first everywhere; `logits` are [n, K], a `gradient` [n, c, …image] for calls of gradients, a `product` [n, …image].
 */
export const layouts: Readonly<
  Record<CallKind, { readonly inputs: readonly InputName[]; readonly derivative?: OutputName }>
> = {
  logits: { inputs: ['x'] },
  gradients: { inputs: ['x', 'cotangent'], derivative: 'gradient' },
  hessianProduct: { inputs: ['x', 'cotangent', 'direction'], derivative: 'product' },
};

/** What the layouts depend on besides the kind of call. */
export interface Extents {
  /** The image's shape without the batch. */
  readonly image: Shape;
  /** K. */
  readonly classes: number;
  /** c, the cotangents of an image. */
  readonly cotangents: number;
}

/** The shape of an input for one image, without the batch: …image, or [c, K] for gradients, or [K] for the Hessian. */
export function inputShape(kind: CallKind, input: InputName, { image, classes, cotangents }: Extents): Shape {
  if (input !== 'cotangent') return image;
  return kind === 'gradients' ? [cotangents, classes] : [classes];
}
