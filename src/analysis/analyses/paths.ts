import type { Closing, Item, Params } from '../../protocol/analyses';
import { AnalysisError } from '../base/errors';
import { chunkSize } from '../geometry/chunks';
import { usualOvershoot } from '../geometry/deepfool';
import { findPath, pointsChecked, usualBounds } from '../geometry/regions/paths';
import { projectOntoRegion } from '../geometry/regions/projection';
import type { NetworkImage } from '../images/networkImages';
import { type Random, seededRandom, unitVector } from '../math/random';
import { mean } from '../math/statistics';
import { scale, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import type { Study, Subject } from '../study/study';
import { type Analysis, phases } from './analysis';
import { imagesByLabel, labelled, labelsPhase } from './predictedLabels';
import { typicalNorm } from './typicalNorm';

/** Anchors; the points of the check that are in flight come on top. */
const anchorVectors = 64;
/** Points perturbed into a region are put barely inside. */
const perturbation = { overshoot: usualOvershoot, maxSteps: 50 };

/** A tenth of the paper's points: docs/numbers.md says how often what lies between them is missed. */
export const quickSpacing = 1e-3;

/** Two ends of a path to be; `to` is null for noise. */
interface Pair extends Subject {
  readonly index: number;
  readonly scenario: number;
  readonly from: NetworkImage;
  readonly to: NetworkImage | null;
  readonly toName: string;
  readonly label: number;
}

const found = phases<'paths'>()
  .phase('labels', labelsPhase)
  .close(async (study, params, { labels }) => {
    const radius = typicalNorm(study.images);
    const pairs = drawnPairs(study, labelled(study.images, labels), params, radius);
    if (pairs.length === 0) {
      throw new AnalysisError('invalid-input', 'paths need two images of one predicted class or of two, got none such');
    }
    const anchorMemory = Math.floor(study.memory / (64 * study.classifier.dimension));
    const settings = {
      overshoot: params.overshoot,
      spacing: params.spacing,
      // A small overshoot bends a path at many more places.
      maxAnchors: Math.max(usualBounds.maxAnchors, Math.min(2000, anchorMemory)),
    };
    const results = await study.tasks(
      'Finding paths inside the regions',
      pairs,
      anchorVectors + chunkSize(study.classifier.dimension),
      async (pair, classifier): Promise<Item<'paths'> | null> => {
        const { scenario, from, toName: to, label } = pair;
        const end = await endPoint(study, pair, radius, classifier);
        if (!end) return null;
        const path = await findPath(classifier, Float64Array.from(from.x), end, settings);
        const { connected, anchors, relativeLength, straightInside, forwards, furthest } = path;
        const found = { connected, anchors, relativeLength, straightInside, forwards, furthest };
        return { scenario, from: from.name, to, label, ...found };
      },
      ({ index }, item, on) => {
        if (item) study.sink.emit('paths', index, { item, on });
      },
    );
    const items = [...results.values()].filter((item) => item !== null);
    if (items.length < results.size) {
      study.sink.note(
        `${results.size - items.length} pairs have no path: their second end could not be perturbed into the class of the first.`,
      );
    }
    return { summary: params.scenarios.flatMap((scenario) => summary(scenario, items)), spacing: params.spacing };
  });

/**
 * Paths inside one classification region (Algorithm 1): between two images of one predicted class, between an image and
 * one of another class perturbed into its region, and between an image and noise perturbed into its region.
 *
 * @throws AnalysisError 'invalid-input' where the images give no pair at all.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §3
 */
export const paths: Analysis<'paths'> = {
  ...found,
  cost: ({ pairs, scenarios, spacing }) => ({
    forwards: pointsChecked(spacing) * pairs * scenarios.length,
    gradients: 0,
  }),
  presets: { quick: { pairs: 4, spacing: quickSpacing }, standard: { pairs: 50 }, paper: { pairs: 1000 } },
  large: { quick: { pairs: 2 } },
};

/** The second end, inside the region of the first; null where no such point was found. */
async function endPoint(
  study: Study,
  { scenario, index, from, to, label }: Pair,
  radius: number,
  classifier: Classifier,
): Promise<Vector | null> {
  const start = to
    ? Float64Array.from(to.x)
    : scale(unitVector(classifier.dimension, seededRandom(study.seed, from.content, index, 'path noise')), radius);
  if (scenario === 1) return start;
  const projection = await projectOntoRegion(classifier, start, label, perturbation);
  return projection.status === 'converged' ? projection.point : null;
}

/** `params.pairs` different pairs for each scenario, or as many as the images give; said in a note where that is fewer. */
function drawnPairs(
  study: Study,
  labels: ReadonlyMap<NetworkImage, number>,
  { scenarios, pairs: asked, overshoot, spacing }: Params<'paths'>,
  radius: number,
): Pair[] {
  const { seed, sink } = study;
  const images = [...labels.keys()];
  const regions = imagesByLabel(labels);
  const partners = new Map(regions.map(({ label, images: own }) => [label, own]));
  const pairs: Pair[] = [];
  for (const scenario of [...new Set(scenarios)].sort((a, b) => a - b)) {
    const random = seededRandom(seed, 'path pairs', scenario);
    const seen = new Set<string>();
    // Rejection: all pairs of many images are too many to list, and few tries are rejected unless nearly all are drawn.
    for (let tries = 0; tries < 50 * asked && seen.size < asked && images.length > 0; tries++) {
      const from = drawn(images, random);
      const label = labels.get(from) ?? 0;
      const to = scenario === 3 ? null : drawn(scenario === 1 ? (partners.get(label) ?? []) : images, random);
      if (to && (to.content === from.content || (scenario === 2 && labels.get(to) === label))) continue;
      const ends = [from.content, to?.content ?? `noise ${seen.size + 1}`];
      const identity = scenario === 1 ? ends.sort().join() : ends.join();
      if (seen.has(identity)) continue;
      seen.add(identity);
      const toName = to ? `${to.name}${scenario === 2 ? ', perturbed' : ''}` : `noise ${seen.size}`;
      const index = (scenario - 1) * asked + seen.size - 1;
      pairs.push({
        ...{ index, scenario, from, to, toName, label },
        name: `${from.name} – ${toName}`,
        key: ['paths', seed, index, scenario, overshoot, spacing, from.sha256, from.name, to?.sha256 ?? radius, toName],
      });
    }
    if (seen.size < asked) {
      sink.note(`Paths, scenario ${scenario}: ${seen.size} of ${asked} pairs, the images give no more.`);
    }
  }
  return pairs;
}

function drawn<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)];
}

function summary(scenario: number, items: readonly Item<'paths'>[]): Closing<'paths'>['summary'] {
  const own = items.filter((item) => item.scenario === scenario);
  if (own.length === 0) return [];
  const found = own.filter(({ connected }) => connected);
  const lengths = found.flatMap(({ relativeLength }) => relativeLength ?? []);
  return [
    {
      scenario,
      pairs: own.length,
      connected: found.length,
      straightInside: own.filter(({ straightInside }) => straightInside).length,
      anchors: found.length > 0 ? mean(found.map(({ anchors }) => anchors)) : null,
      relativeLength: lengths.length > 0 ? mean(lengths) : null,
      forwards: mean(own.map(({ forwards }) => forwards)),
    },
  ];
}
