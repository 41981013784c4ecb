import { bootstrap } from '../math/bootstrap';
import { mcnemarExact } from '../math/mcnemar';
import { seededRandom } from '../math/random';
import { information, rightOf, type Trial } from './trial';
import { areTwins, type Usual } from './usual';

/** A usual preprocessing that was tried. */
export interface Tried extends Usual {
  readonly trial: Trial;
}

/** By how much the best of some trials leads. */
export interface Lead {
  readonly over: Tried | null;
  /** Images that are right under the best and wrong under the next, less those of which the converse holds. */
  readonly images: number | null;
  readonly p: number | null;
  readonly twins: readonly Tried[];
}

/** Beyond, a lead is not taken for chance. */
const significant = 0.05;
/** Logits of networks that were trained lead by some units; by so many where the input is far from what they were trained on. */
const implausible = 50;
/** Images below which nothing is said without labels. */
const fewest = 12;
/** Nats by which the best must lead without labels, whatever the images drawn. */
const tellingLead = 0.1;

/**
 * The trials, the best first: by accuracy where labels are known, else by how confident and varied predictions are, behind
 * which stands what makes logits implausibly large. Of equals the one that says more comes first.
 */
export function ranked(tried: readonly Tried[]): Tried[] {
  const rank = ({ trial }: Tried): number[] => [rightOf(trial) ?? 0, -Number(isImplausible(trial)), information(trial)];
  return tried
    .map((one) => ({ one, rank: rank(one) }))
    .sort((a, b) => b.rank.map((value, i) => value - a.rank[i]).find((difference) => difference !== 0) ?? 0)
    .map(({ one }) => one);
}

/**
 * By how much the first of ranked trials leads the next that can be told from it; null where that is no more than chance.
 * With labels: McNemar's exact test on the same images. Without: the lead in information over images drawn again, at its
 * lower end.
 */
export function leadOf(order: readonly Tried[]): Lead | null {
  const [best, ...others] = order;
  if (order.length === 0) return null;
  const twins = others.filter((other) => areTwins(best.trial.plan, other.trial.plan));
  const over = others.find((other) => !twins.includes(other)) ?? null;
  if (over === null) return null;
  if (rightOf(best.trial) !== null) {
    const lead = labelledLead(best.trial, over.trial);
    return lead && { over, ...lead, twins };
  }
  if (best.trial.logits.length < fewest || isImplausible(best.trial)) return null;
  const lead = bootstrap(
    best.trial.logits.length,
    (places) => information(best.trial, places) - information(over.trial, places),
    seededRandom('preflight'),
    400,
  );
  return lead.low > tellingLead ? { over, images: null, p: null, twins } : null;
}

/**
 * By how many labelled images the first trial is right significantly more often than the second; null where it is not.
 *
 * @param tries of which the first is the best: so many chances to lead by luck
 */
export function labelledLead(
  first: Trial,
  second: Trial,
  tries = 1,
): { readonly images: number; readonly p: number } | null {
  const alone = (one: Trial, other: Trial): number =>
    one.right.filter((right, i) => right === true && other.right[i] === false).length;
  const [ahead, behind] = [alone(first, second), alone(second, first)];
  const p = mcnemarExact(ahead, behind);
  return p < significant / tries && ahead > behind ? { images: ahead - behind, p } : null;
}

function isImplausible({ margin }: Trial): boolean {
  return margin > implausible;
}
