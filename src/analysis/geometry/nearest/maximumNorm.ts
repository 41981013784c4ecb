import { addScaled, dot, maximumDifference, norm1, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { isOutside } from '../deepfool';
import { differenceCotangent } from '../logits';
import { displaced, movable, type OutsidePoint, type SearchedImage } from './image';
import { type Decline, declined } from './levels';
import type { Start } from './starts';

/** α. */
const turn: Decline = [1, 0.01];

/** γ, smaller where there are steps enough. */
const shrinkage = (steps: number): Decline => [steps > 12 ? 0.1 : 0.15, 0.003];

/**
 * The search towards a class in the maximum norm: a cube whose half-width e shrinks while the label is another one and grows
 * while it is not. At x + r, with g = ∇F_t: r ← r + α e s, put back into the cube, where s is by turns sign g and g √D / ‖g‖₂.
 * Outside e = min(e, shortest)(1 − γ); inside with nothing found e − F_t / ‖g‖₁ between e (1 + γ) and 2e, afterwards
 * min(e (1 + γ), shortest (1 − γ/2)).
 *
 * @returns the outside point of smallest ‖r‖_∞, if there is one.
 */
export async function maximumNormSearch(
  classifier: Classifier,
  image: SearchedImage,
  start: Start,
  steps: number,
): Promise<OutsidePoint | undefined> {
  const cotangent = differenceCotangent(classifier.classes, start.target, image.label);
  let found: OutsidePoint | undefined;
  let r = start.r;
  for (let step = 0; step < steps; step++) {
    const point = displaced(image, r);
    r = addScaled(point, -1, image.point);
    const e = maximumDifference(point, image.point);
    const { logits, gradients } = await classifier.gradients(point, [cotangent]);
    const g = movable(image, point, gradients[0]);
    const isOut = isOutside(logits, image.label);
    if (isOut && e < (found?.distance ?? Infinity)) found = { point, logits, distance: e };
    const slope = norm1(g);
    if (!(slope > 0 && e > 0)) return found;
    const reach = (logits[image.label] - logits[start.target]) / slope;
    const gamma = declined(shrinkage(steps), step, steps);
    const halfWidth = nextHalfWidth(e, isOut, reach, found?.distance ?? Infinity, gamma);
    r = insideCube(addScaled(r, declined(turn, step, steps) * e, stepDirection(g, step)), halfWidth);
  }
  return found;
}

function nextHalfWidth(e: number, isOut: boolean, reach: number, shortest: number, gamma: number): number {
  if (isOut) return Math.min(e, shortest) * (1 - gamma);
  if (shortest < Infinity) return Math.min(e * (1 + gamma), shortest * (1 - gamma / 2));
  return Math.min(Math.max(e + reach, e * (1 + gamma)), 2 * e);
}

function stepDirection(g: Vector, step: number): Vector {
  if (step % 2 === 0) return g.map(Math.sign);
  const factor = Math.sqrt(g.length / dot(g, g));
  return g.map((gi) => factor * gi);
}

function insideCube(r: Vector, halfWidth: number): Vector {
  return r.map((ri) => Math.min(Math.max(ri, -halfWidth), halfWidth));
}
