import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** Far below every score, yet finite, so that no gradient becomes NaN. */
const forbidden = -1e30;

/** Queries, keys and values: [n, heads, length, size]. */
export interface AttentionInputs {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** What is done to the scores before the softmax. */
export interface AttentionScores {
  readonly scale: number;
  /** The scores s become c tanh(s/c); 0 leaves them. */
  readonly softcap?: number;
  /** Which keys a query may see, a mask that broadcasts to [n, heads, queries, keys]. */
  readonly allowed?: Value | undefined;
  /** What is added to the scores. */
  readonly bias?: Value | undefined;
}

/**
 * softmax(Q Kᵀ · scale + mask) V, for each head: [n, heads, queries, size].
 *
 * @see Vaswani et al. 2017, section 3.2.1
 */
export function attended(
  b: NetworkBuilder,
  { query, key, value }: AttentionInputs,
  { scale, softcap = 0, allowed, bias }: AttentionScores,
): Value {
  let scores = b.matMul(b.times(query, b.scalar(scale)), b.transpose(key, [0, 1, 3, 2]));
  if (softcap > 0) {
    const cap = b.scalar(softcap);
    scores = b.times(b.tanh(b.over(scores, cap)), cap);
  }
  if (allowed !== undefined) scores = b.where(allowed, scores, b.scalar(forbidden));
  if (bias !== undefined) scores = b.plus(scores, bias);
  return b.matMul(b.add('Softmax', [scores], { axis: 3 }), value);
}

/** The mask that lets the i-th query see the keys up to the i-th: bool [queries, keys]. */
export function causalMask(b: NetworkBuilder, queries: number, keys: number): Value {
  const seen = Uint8Array.from({ length: queries * keys }, (_, at) => Number(at % keys <= Math.floor(at / keys)));
  return b.constant(seen, [queries, keys]);
}
