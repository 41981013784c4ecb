import type { Classifier } from '../../model/classifier';
import { type Crossing, crossing } from '../crossing';
import type { Linearisation } from '../deepfool';
import type { OutsidePoint, SearchedImage } from './image';
import { afterCut, type Effort } from './levels';
import { type BoundaryGradient, polished } from './polish';
import { restarts } from './restarts';
import { starts } from './starts';
import { targetedSearches } from './targetedSearches';

const distanceOf = ({ distance }: { readonly distance: number }): number => distance;

/**
 * The nearest boundary point in L2 that so much effort finds: searches towards the nearest classes, then again and again
 * from the shortest points found, turned away from what led there, then the polish of the shortest of all.
 *
 * @param first - the linearisation at x.
 * @param known - a boundary point that is known already, which the result is no farther than.
 * @returns undefined where neither a point is known nor one was found.
 */
export async function nearestInL2(
  classifier: Classifier,
  image: SearchedImage,
  first: Linearisation,
  known: Promise<Crossing | undefined>,
  effort: Effort,
): Promise<BoundaryGradient | undefined> {
  const found = afterCut(await outsidePoints(classifier, image, first, effort), effort.polished, distanceOf);
  const ties = await Promise.all(found.map((outside) => crossing(classifier, image.label, image, outside)));
  const all = ties.concat((await known) ?? []);
  return all.length > 0
    ? polished(classifier, image, afterCut(all, effort.polished, distanceOf), effort.polished.steps)
    : undefined;
}

async function outsidePoints(
  classifier: Classifier,
  image: SearchedImage,
  first: Linearisation,
  { towards, again }: Effort,
): Promise<OutsidePoint[]> {
  const ranked = starts(image, first, 'l2', Infinity);
  const points = await Promise.all(
    towards.map((schedule) => targetedSearches(classifier, image, ranked.slice(0, schedule.classes), schedule)),
  );
  const found = points.flat();
  for (const [round, schedule] of again.entries()) {
    const begun = restarts(image, ranked, found, schedule, round);
    found.push(...(await targetedSearches(classifier, image, begun, schedule)));
  }
  return found;
}
