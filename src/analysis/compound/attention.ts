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
  /** Which keys a query may see, a mask that broadcasts to [n, heads, queries, keys]; one that sees none gets 0. */
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
  const weights = b.add('Softmax', [scores], { axis: 3 });
  const seen = allowed === undefined || everyQuerySees(allowed) ? weights : b.where(allowed, weights, b.scalar(0));
  return b.matMul(seen, value);
}

/** Whether a mask is known to leave each query a key; without one the softmax would be uniform over the forbidden keys. */
function everyQuerySees(allowed: Value): boolean {
  if (allowed.op !== 'Constant') return false;
  const keys = allowed.shape.at(-1) ?? 1;
  const queries = allowed.data.length / keys;
  return Array.from({ length: queries }, (_, i) => allowed.data.subarray(i * keys, (i + 1) * keys)).every((row) =>
    row.includes(1),
  );
}

/** The mask that lets the i-th query see the keys up to the i-th: bool [queries, keys]. */
export function causalMask(b: NetworkBuilder, queries: number, keys: number): Value {
  const seen = Uint8Array.from({ length: queries * keys }, (_, at) => Number(at % keys <= Math.floor(at / keys)));
  return b.constant(seen, [queries, keys]);
}
