import { crossing } from '../../src/analysis/geometry/crossing';
import { strongestRival } from '../../src/analysis/geometry/logits';
import type { OutsidePoint, SearchedImage } from '../../src/analysis/geometry/nearest/image';
import { afterCut, type Schedule } from '../../src/analysis/geometry/nearest/levels';
import { maximumNormSearches } from '../../src/analysis/geometry/nearest/maximumNorm';
import { polished } from '../../src/analysis/geometry/nearest/polish';
import type { Start } from '../../src/analysis/geometry/nearest/starts';
import { targetedSearches } from '../../src/analysis/geometry/nearest/targetedSearches';
import { gaussianVector, type Random, seededRandom } from '../../src/analysis/math/random';
import {
  addScaled,
  distanceBetween,
  dot,
  maximumDifference,
  norm,
  scale,
  type Vector,
} from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import type { Distances } from './distances';

/** More than a long search takes. */
const gradientsOfRound = 2100;
/** A round that shortens a distance by less than this part has changed nothing. */
const change = 1e-3;
/** It has settled after so many rounds in a row that change nothing. */
const quiet = 2;

const schedule: Schedule = {
  ...{ steps: 80, turn: [0.5, 0.01], shrinkage: [0.1, 0.005] },
  cuts: { 20: { most: 5, ratio: 1.3 }, 40: { most: 2, ratio: 1.1 } },
};
const searches = 9;
/** Searches begin from so many of the shortest points, and turn by so much at most. */
const nearest = 8;
const [leastAngle, mostAngle] = [Math.PI / 8, (4 * Math.PI) / 9];
const beyond = 1.02;

/** The shortest distance of an image once more work has changed it little. */
export interface Refined {
  readonly distance: number;
  /** What it was before. */
  readonly before: number;
  readonly rounds: number;
  /** Whether the last rounds changed nothing; else the bound on rounds has ended it. */
  readonly settled: boolean;
}

/** A boundary point, or one beyond, with the class that is met there. */
interface Found {
  readonly point: Vector;
  readonly target: number;
  readonly distance: number;
}

/**
 * The shortest of the points that are known, refined: round by round searches go on from the shortest points, turned along
 * random directions, random gradients and away from other points, until two rounds in a row, each of more gradients than a long
 * search takes, have changed it by less than .1 %.
 *
 * @param known - boundary points, or points beyond.
 * @param mostRounds - which end it if nothing else does.
 */
export async function refined(
  classifier: Classifier,
  image: SearchedImage,
  measuredIn: Distances['norm'],
  known: readonly Vector[],
  mostRounds = 20,
): Promise<Refined> {
  const random = seededRandom(measuredIn, image.point.join());
  const distance = measuredIn === 'L2' ? distanceBetween : maximumDifference;
  const foundAt = (point: Vector, target: number): Found => ({ point, target, distance: distance(point, image.point) });
  let found = await Promise.all(
    known.map(async (point) => foundAt(point, strongestRival(await classifier.logits(point), image.label))),
  );
  const shortest = (): number => Math.min(...found.map(distanceOf));
  const first = shortest();
  let [rounds, unchanged] = [0, 0];
  while (found.length > 0 && unchanged < quiet && rounds < mostRounds) {
    const before = shortest();
    const counting = new CountingClassifier(classifier);
    while (counting.cost.gradients < gradientsOfRound) {
      const begun = await turnedStarts(counting, image, measuredIn, found, random);
      if (begun.length === 0) break;
      const search = measuredIn === 'L2' ? targetedSearches : maximumNormSearches;
      const outside = await search(counting, image, begun, schedule);
      const ends = await drawnBack(counting, image, measuredIn, outside);
      found = [...found, ...ends.map(({ point, target }) => foundAt(point, target))];
    }
    rounds++;
    unchanged = shortest() > (1 - change) * before ? unchanged + 1 : 0;
  }
  return { distance: shortest(), before: first, rounds, settled: unchanged >= quiet || found.length === 0 };
}

const distanceOf = ({ distance }: { readonly distance: number }): number => distance;

/** Back to the boundary, in L2 the shortest polished beside. */
async function drawnBack(
  classifier: Classifier,
  image: SearchedImage,
  measuredIn: Distances['norm'],
  outside: readonly OutsidePoint[],
): Promise<Pick<Found, 'point' | 'target'>[]> {
  const near = afterCut(outside, { most: searches, ratio: 1.05 }, distanceOf);
  const ties = await Promise.all(near.map((one) => crossing(classifier, image.label, image, one)));
  if (measuredIn !== 'L2' || ties.length === 0) return ties;
  return [...ties, await polished(classifier, image, afterCut(ties, { most: 2, ratio: 1.03 }, distanceOf), 12)];
}

/** Every other one begins at the shortest point, the rest at any of the shortest ones; the ways to turn take turns. */
async function turnedStarts(
  classifier: Classifier,
  image: SearchedImage,
  measuredIn: Distances['norm'],
  found: readonly Found[],
  random: Random,
): Promise<Start[]> {
  const x = image.point;
  const sorted = found.toSorted((a, b) => distanceOf(a) - distanceOf(b));
  const anyOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)];
  const directions = [
    () => gaussianVector(x.length, random),
    async (from: Vector) => {
      const at = random() < 0.5 ? x : from;
      return (await classifier.gradients(at, [gaussianVector(classifier.classes, random)])).gradients[0];
    },
    () => addScaled(x, -1, anyOf(sorted).point),
  ];
  const begun: Start[] = [];
  for (let i = 0; i < searches; i++) {
    const { point, target } = i % 2 === 0 ? sorted[0] : anyOf(sorted.slice(0, nearest));
    const r = addScaled(point, -1, x);
    const direction = await directions[i % directions.length](point);
    const across = addScaled(direction, -dot(direction, r) / dot(r, r), r);
    const angle = leastAngle + (mostAngle - leastAngle) * random();
    const sideways = (Math.tan(angle) * norm(r)) / norm(across);
    // On the image itself, or along r, there is no way to turn.
    if (!(norm(r) > 0 && Number.isFinite(sideways))) continue;
    const turned = addScaled(r, sideways, across);
    begun.push({
      target,
      r: measuredIn === 'L2' ? scale(turned, (beyond * norm(r)) / norm(turned)) : inCube(turned, r),
    });
  }
  return begun;
}

/** Put into the cube that r lies on, a little larger. */
function inCube(turned: Vector, r: Vector): Vector {
  const e = beyond * r.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return turned.map((value) => Math.min(Math.max(value, -e), e));
}
