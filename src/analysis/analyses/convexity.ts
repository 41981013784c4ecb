import { AnalysisError } from '../base/errors';
import { convexityFraction } from '../geometry/regions/convexity';
import { imagesKey } from '../images/networkImages';
import { seededRandom } from '../math/random';
import { type Analysis, phases } from './analysis';
import { imagesByLabel, labelled, labelsPhase } from './predictedLabels';

/** The points of one chunk. */
const vectorsOfOneTask = 512;

const mixed = phases<'convexity'>()
  .phase('labels', labelsPhase)
  .close(async (study, { members, combinations }, { labels }) => {
    const { images, seed, sink } = study;
    const regions = imagesByLabel(labelled(images, labels)).filter((region) => region.images.length >= 2);
    const largest = regions[0]?.images.length ?? 0;
    const sizes = [...new Set(members)].sort((a, b) => a - b);
    const possible = sizes.filter((m) => m <= largest);
    if (possible.length === 0) {
      throw new AnalysisError(
        'invalid-input',
        `convexity needs a predicted class with at least ${sizes[0]} images, got ${largest} in the largest`,
      );
    }
    if (possible.length < sizes.length) {
      const dropped = sizes.filter((m) => m > largest).join(', ');
      sink.note(`Convexity: no combinations of ${dropped} images, the largest predicted class has ${largest}.`);
    }
    const samples = regions.map((region) => ({ label: region.label, points: region.images.map(({ x }) => x) }));
    const set = imagesKey(images);
    const subjects = possible.map((m, index) => ({
      ...{ index, m },
      name: `combinations of ${m} images`,
      key: ['convexity', seed, m, combinations, set],
    }));
    await study.tasks(
      'Mixing images of one class',
      subjects,
      vectorsOfOneTask,
      ({ m }, classifier) =>
        convexityFraction(classifier, samples, m, combinations, seededRandom(seed, m, 'convex combinations')),
      ({ index }, item, on) => {
        if (item) sink.emit('convexity', index, { item, on });
      },
    );
    return { classes: regions.length };
  });

/**
 * How often random convex combinations of m images of one predicted class keep it, for each m.
 *
 * @throws AnalysisError 'invalid-input' where no predicted class has two images.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §3
 */
export const convexity: Analysis<'convexity'> = {
  ...mixed,
  cost: ({ members, combinations }, { images }) => ({
    forwards: combinations * members.filter((m) => m <= images).length,
    gradients: 0,
  }),
  presets: { quick: { combinations: 200 }, paper: { combinations: 1000 } },
};
