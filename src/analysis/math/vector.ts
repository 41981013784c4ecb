/** A point or direction in R^D, double precision. */
export type Vector = Float64Array;

/** Returns aᵀ b. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Returns ‖a‖₂. */
export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

/**
 * Whether all entries of a, which are float32 numbers or were, are finite: by the sum of their squares, which float64 holds. A
 * tenth of the time that a call for each takes.
 */
export function areFinite(a: Vector | Float32Array): boolean {
  let sum = 0;
  // By index: an iterator over the values takes as long as the calls would.
  for (let i = a.length - 1; i >= 0; i--) sum += a[i] * a[i];
  return Number.isFinite(sum);
}

/** Returns ‖a‖₁. */
export function norm1(a: Vector): number {
  const { length } = a;
  let sum = 0;
  // By index, as areFinite.
  for (let i = 0; i < length; i++) sum += Math.abs(a[i]);
  return sum;
}

/** Returns ‖a − b‖₂. */
export function distanceBetween(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** Returns ‖a − b‖_∞. */
export function maximumDifference(a: Vector, b: Vector): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** Returns a + t b. */
export function addScaled(a: Vector, t: number, b: Vector): Vector {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = a[i] + t * b[i];
  return sum;
}

/** Returns t a. */
export function scale(a: Vector, t: number): Vector {
  const product = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) product[i] = t * a[i];
  return product;
}

/** Makes r the difference a − b, in place. */
export function setDifference(r: Vector, a: Vector, b: Vector): void {
  for (let i = 0; i < r.length; i++) r[i] = a[i] - b[i];
}

/** Adds t b to a, in place. */
export function addTo(a: Vector, t: number, b: Vector): void {
  for (let i = 0; i < a.length; i++) a[i] += t * b[i];
}

/** Multiplies a by t, in place. */
export function scaleTo(a: Vector, t: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= t;
}

/** Returns a with each entry put between its bounds. */
export function between(a: Vector, lower: Vector, upper: Vector): Vector {
  const inside = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) inside[i] = Math.min(Math.max(a[i], lower[i]), upper[i]);
  return inside;
}

/** The index of the largest entry, the first of equals; of all but one entry when `except` is given. */
export function argmax(a: Vector, except = -1): number {
  let best = except === 0 ? 1 : 0;
  for (let i = 0; i < a.length; i++) if (i !== except && a[i] > a[best]) best = i;
  return best;
}
