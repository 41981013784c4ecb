import { count } from '../../reading/format';
import { AnalysisError } from '../base/errors';
import { seededRandom, shuffled } from '../math/random';
import type { Context, NetworkImage } from '../study/context';

/** The paper's number of training images. */
const usualTraining = 100;

/**
 * Images to learn directions from and others to try them on, without a common one: the set given for training, or else
 * the first part of the images in a seeded random order (`trainCount`, at most half). Said in a note.
 *
 * @throws AnalysisError 'invalid-input' where one of the two would be empty.
 */
export function trainingSplit(
  { options: { images, train, seed, note } }: Context,
  trainCount: number,
): { readonly train: readonly NetworkImage[]; readonly test: readonly NetworkImage[] } {
  if (train) {
    const contents = new Set(images.map(({ sha256 }) => sha256));
    const own = train.filter(({ sha256 }) => !contents.has(sha256));
    const common = train.length - own.length;
    if (common > 0) {
      note(
        `Shared directions: ${count(common, 'training image')} found among the test images, too, and left out of the training.`,
      );
    }
    return checked(own, images, note);
  }
  const order = shuffled(images, seededRandom(seed, 'training split'));
  const size = Math.min(trainCount, Math.floor(images.length / 2));
  const test = order.slice(size);
  const contents = new Set(test.map(({ sha256 }) => sha256));
  const training = order.slice(0, size).filter(({ sha256 }) => !contents.has(sha256));
  const split = checked(training, test, note);
  note(
    `Shared directions: learned on ${count(training.length, 'image')} drawn from the ${images.length}, tried on the other ${test.length}; --train names a set of its own.`,
  );
  return split;
}

function checked(
  train: readonly NetworkImage[],
  test: readonly NetworkImage[],
  note: (sentence: string) => void,
): ReturnType<typeof trainingSplit> {
  if (train.length === 0 || test.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      `shared directions need an image to learn from and another to try them on, got ${train.length} and ${test.length}`,
    );
  }
  if (train.length < usualTraining) {
    note(
      `Shared directions: ${count(train.length, 'training image')} ${train.length === 1 ? 'is' : 'are'} few (the paper takes 100 or more); the interval of the adversarial projection says how much others would change it.`,
    );
  }
  return { train, test };
}
