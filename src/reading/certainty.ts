import { standardErrors95 } from '../protocol/interval';

/* Where a number is told from another: the thresholds of everything that is said or drawn. */

/** A region counts as not convex where the interval of the share of mixtures that keep the label ends below this. */
const nearlyAll = 0.99;

/** Half the width of a 95 % interval. */
export function halfWidth(standardError: number): number {
  return standardErrors95 * standardError;
}

/** The sign of an estimate: 0 where it is not told from 0, or has no standard error. */
export function signOf(estimate: number, standardError: number | null): -1 | 0 | 1 {
  if (standardError === null || Math.abs(estimate) <= halfWidth(standardError)) return 0;
  return estimate > 0 ? 1 : -1;
}

/** The sign that all of an interval has: 0 where it holds 0. */
export function signOfInterval(low: number, high: number): -1 | 0 | 1 {
  return low > 0 ? 1 : high < 0 ? -1 : 0;
}

/** Whether a share with this upper bound is less than nearly all. */
export function fallsShort(high: number): boolean {
  return high < nearlyAll;
}

/** Whether so many perturbed images are caught that one can speak of telling them: at least half. */
export function isMostlyCaught(share: number): boolean {
  return share >= 0.5;
}

/** Fewer images with a known class say nothing of chance. */
const fewestLabelled = 20;

/** Whether so many right predictions are no more than chance would give: 1/K lies in the interval or above it. */
export function isChance(accuracy: number, labelled: number, classes: number): boolean {
  if (labelled < fewestLabelled || classes < 2) return false;
  return accuracy - halfWidth(Math.sqrt((accuracy * (1 - accuracy)) / labelled)) <= 1 / classes;
}
