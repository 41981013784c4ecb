import { AnalysisError } from '../base/errors';
import { count } from '../base/words';
import { type NetworkImage, placesByContent } from '../images/networkImages';
import { seededRandom, shuffled } from '../math/random';
import type { Study } from '../study/study';
import type { PhaseResults } from './analysis';

/** The paper's number of training images. */
const usualTraining = 100;

/**
 * Images to learn directions from and others to try them on, without a common one: the set given for training, or else
 * the first part of the images in a seeded random order (`trainCount`, at most half). Said in a note.
 *
 * @returns places in `study.train`, or in `study.images` where there is no set for training; and in `study.images`.
 * @throws AnalysisError 'invalid-input' where one of the two would be empty.
 */
export function trainingSplit(
  { images, train: given, seed, sink }: Study,
  trainCount: number,
): PhaseResults['trainingSplit'] {
  const contents = (places: readonly number[]): Set<string> => new Set(places.map((i) => images[i].sha256));
  // In an order that no list changes.
  const places = placesByContent(images);
  if (given) {
    const tested = contents(places);
    const train = placesByContent(given).filter((i) => !tested.has(given[i].sha256));
    const common = given.length - train.length;
    if (common > 0) {
      sink.note(
        `Shared directions: ${count(common, 'training image')} found among the test images, too, and left out of the training.`,
      );
    }
    return checked({ train, test: places }, sink);
  }
  const order = shuffled(places, seededRandom(seed, 'training split'));
  const size = Math.min(trainCount, Math.floor(images.length / 2));
  const test = order.slice(size);
  const tested = contents(test);
  const split = checked({ train: order.slice(0, size).filter((i) => !tested.has(images[i].sha256)), test }, sink);
  sink.note(
    `Shared directions: learned on ${count(split.train.length, 'image')} drawn from the ${images.length}, tried on the other ${test.length}; --train names a set of its own.`,
  );
  return split;
}

/** The images of a split. */
export function imagesOf(
  { images, train: given }: Study,
  { train, test }: PhaseResults['trainingSplit'],
): { readonly train: readonly NetworkImage[]; readonly test: readonly NetworkImage[] } {
  return { train: train.map((i) => (given ?? images)[i]), test: test.map((i) => images[i]) };
}

function checked(split: PhaseResults['trainingSplit'], sink: Study['sink']): PhaseResults['trainingSplit'] {
  const { train, test } = split;
  if (train.length === 0 || test.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      `shared directions need an image to learn from and another to try them on, got ${train.length} and ${test.length}`,
    );
  }
  if (train.length < usualTraining) {
    sink.note(
      `Shared directions: ${count(train.length, 'training image')} ${train.length === 1 ? 'is' : 'are'} few (the paper takes 100 or more); the interval of the adversarial projection says how much others would change it.`,
    );
  }
  return split;
}
