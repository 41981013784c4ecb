import { dot, norm, scale, type Vector } from './vector';

/** Uniform numbers in [0, 1), 53 bits each. */
export type Random = () => number;

/**
 * A stream of random numbers that belongs to its key, such as (seed, SHA-256 of the image as the network sees it, purpose):
 * the same key always gives the same stream, different keys give independent ones, so order, batch, repetition and
 * sharding of the work never change a result. Parts of a key are kept apart (['ab', 'c'] is not ['a', 'bc'], 1 is not
 * '1'). xoshiro128** on a state that takes 64 bits of hash from the key (not for cryptography).
 *
 * @see Blackman & Vigna 2021, Scrambled Linear Pseudorandom Number Generators, §5
 */
export function seededRandom(...key: readonly (number | string)[]): Random {
  const word = hashedWords(JSON.stringify(key));
  let [a, b, c, d] = [word(), word(), word(), word()];
  if ((a | b | c | d) === 0) d = 1; // the one state the generator never leaves
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result >>> 0;
  };
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) * 2 ** -53;
}

/** A standard normal vector in R^D (Box–Muller, both numbers of a pair used). */
export function gaussianVector(dimension: number, random: Random): Vector {
  const v = new Float64Array(dimension);
  for (let i = 0; i < dimension; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    v[i] = radius * Math.cos(angle);
    if (i + 1 < dimension) v[i + 1] = radius * Math.sin(angle);
  }
  return v;
}

/** A unit vector drawn uniformly from the sphere of R^D. */
export function unitVector(dimension: number, random: Random): Vector {
  const v = gaussianVector(dimension, random);
  return scale(v, 1 / norm(v));
}

/**
 * A unit vector drawn uniformly from the sphere of the tangent space: v = P g / ‖P g‖ with P = I − n nᵀ.
 *
 * @param normal - n, of unit length, shape (D,) with D ≥ 2.
 */
export function tangentUnitVector(normal: Vector, random: Random): Vector {
  const v = gaussianVector(normal.length, random);
  // Twice: one projection leaves a rounding error along n that is large where v was nearly parallel to it.
  for (let pass = 0; pass < 2; pass++) {
    const along = dot(normal, v);
    for (let i = 0; i < v.length; i++) v[i] -= along * normal[i];
  }
  return scale(v, 1 / norm(v));
}

/** The items in random order (Fisher–Yates); the list stays as it is. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** 32-bit words that depend on every character of the text: FNV-1a over UTF-16 units, finished by MurmurHash3's mixer. */
function hashedWords(text: string): () => number {
  let forward = 0x811c9dc5;
  let backward = 0x9747b28c; // a second, independent hash: 32 bits alone would make two keys collide too often
  for (let i = 0; i < text.length; i++) {
    forward = Math.imul(forward ^ text.charCodeAt(i), 0x01000193);
    backward = mixed(backward ^ text.charCodeAt(text.length - 1 - i)) + i;
  }
  let counter = 0;
  return () => {
    counter++;
    return mixed(mixed(forward + Math.imul(counter, 0x9e3779b9)) ^ mixed(backward ^ Math.imul(counter, 0x85ebca6b)));
  };
}

/** MurmurHash3's 32-bit finaliser: a bijection in which every input bit moves half of the output bits. */
function mixed(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
