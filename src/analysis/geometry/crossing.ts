import { addScaled, distanceBetween, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { predictedLabel, strongestRival } from './logits';
import { float32Floor } from './margin';

/** A point of a segment where the label's logit ties with the largest of the others. */
export interface Crossing {
  /** Shape (D,). */
  readonly point: Vector;
  /** f there, shape (K,). */
  readonly logits: Vector;
  /** ‖·‖₂ from the inside end of the segment. */
  readonly distance: number;
  /** The class that ties, perhaps not the one that was aimed at. */
  readonly target: number;
  /**
   * Whether that is a jump of a network that rounds inside: logits need not tie there, but on its two sides, less than a
   * 1e-9 of the segment apart, the label is k and is not.
   */
  readonly jumps: boolean;
  /** The end of the segment whose label is another, shape (D,). */
  readonly outside: Vector;
}

/** One end of a bracket. */
interface End {
  readonly t: number;
  readonly logits: Vector;
  readonly value: number;
  readonly isInside: boolean;
}

/**
 * Where max_{i≠k} F_i = 0 on the segment from `inside`, where the label is k, to `outside`, where it is not. Bisection,
 * with secant steps (Illinois) between the halvings, until the value is below what float32 logits tell, or the segment is
 * a 1e-9 of itself. A network that rounds inside may tie over a whole stretch: there it is where the label changes, to that
 * 1e-9. Where the segment leaves the region several times, it is one of these points.
 *
 * @see Dowell & Jarratt 1971, A Modified Regula Falsi Method for Computing the Root of an Equation
 */
export async function crossing(
  classifier: Classifier,
  label: number,
  inside: { readonly point: Vector; readonly logits: Vector },
  outside: { readonly point: Vector; readonly logits: Vector },
): Promise<Crossing> {
  const chord = addScaled(outside.point, -1, inside.point);
  const at = (t: number): Vector => addScaled(inside.point, t, chord);
  const stepped = classifier.stepped === true;
  let low = end(0, inside.logits, label, stepped);
  let high = end(1, outside.logits, label, stepped);
  let lowValue = low.value; // of the secant, which are halved at an end that stays
  let highValue = high.value;
  let last: 'low' | 'high' | undefined;
  let width = 1;
  for (let pass = 1; (stepped || (isOff(low) && isOff(high))) && high.t - low.t > 1e-9 * high.t; pass++) {
    const secant = (low.t * highValue - high.t * lowValue) / (highValue - lowValue);
    // Kinks can hold the secant at one end: where three passes have not halved the bracket, one does for certain.
    const stuck = pass % 3 === 0 && high.t - low.t > width / 2;
    if (pass % 3 === 0) width = high.t - low.t;
    const t = !stuck && secant > low.t && secant < high.t ? secant : (low.t + high.t) / 2;
    const middle = end(t, await classifier.logits(at(t)), label, stepped);
    if (middle.isInside) {
      [low, lowValue] = [middle, middle.value];
      if (last === 'low') highValue /= 2;
      last = 'low';
    } else {
      [high, highValue] = [middle, middle.value];
      if (last === 'high') lowValue /= 2;
      last = 'high';
    }
  }
  // Before a jump the strongest rival need not be the class that takes over.
  const { t, logits } = !stepped && -low.value < high.value ? low : high;
  const point = at(t);
  const distance = distanceBetween(point, inside.point);
  const target = strongestRival(logits, label);
  return { point, logits, distance, target, jumps: stepped, outside: outside.point };
}

/** max_{i≠k} F_i. */
export function largestDifference(logits: Vector, label: number): number {
  return logits[strongestRival(logits, label)] - logits[label];
}

function end(t: number, logits: Vector, label: number, stepped: boolean): End {
  const value = largestDifference(logits, label);
  return { t, logits, value, isInside: stepped ? predictedLabel(logits) === label : value < 0 };
}

function isOff({ value, logits }: End): boolean {
  return Math.abs(value) > float32Floor(logits);
}
