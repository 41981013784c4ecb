import { Value } from '@sinclair/typebox/value';

import type { Closing, Item } from '../../protocol/analyses';
import { scale as usualScale } from '../../protocol/analyses/step';
import { AnalysisError } from '../base/errors';
import type { BoundaryPoint } from '../geometry/boundary';
import { usualTangents } from '../geometry/curvature';
import { resolvedCurvatures } from '../geometry/curvatureAtScale';
import { levelSetPoint } from '../geometry/levelSet';
import { byContent, type NetworkImage } from '../images/networkImages';
import { bootstrapPairedDifference } from '../math/bootstrap';
import { seededRandom, tangentUnitVector } from '../math/random';
import { mean, median } from '../math/statistics';
import type { Study } from '../study/study';
import { type Analysis, phases } from './analysis';

/** h over the median distance, both models' images together: what is usual for one. */
const scale = Value.Create(usualScale);

/** What one model says about each image, by name. */
interface Side {
  readonly points: ReadonlyMap<string, BoundaryPoint>;
  readonly curvatures: ReadonlyMap<string, number>;
  readonly correct: ReadonlyMap<string, boolean>;
}

const compared = phases<'compare'>()
  .phase('comparisonStep', async (study) => {
    const studies = both(study);
    noteSizes(studies);
    const distances: (number | null)[] = [];
    for (const one of studies) {
      for (const { distance } of (await one.boundaries()).values()) distances.push(distance);
    }
    const known = distances.filter((distance) => distance !== null);
    return known.length > 0 ? scale * median(known) : null;
  })
  .close(async (study, _, { comparisonStep: step }) => {
    const { images, seed, sink } = study;
    const studies = both(study);
    const sides: Side[] = [];
    for (const one of studies) sides.push(await side(one, await one.boundaries(), step));
    const [first, second] = sides;

    images.forEach(({ name, index }) => {
      const points = sides.map((one) => one.points.get(name));
      const item: Item<'compare'> = {
        name,
        label: points.map((point) => point?.label ?? null),
        distance: points.map((point) => point?.distance ?? null),
        meanCurvature: sides.map(({ curvatures }) => curvatures.get(name) ?? null),
      };
      if (points.some((point) => point)) sink.emit('compare', index, { item });
    });
    const paired = (quantity: string, of: (side: Side, name: string) => number | null | undefined): Difference => {
      const pairs = byContent(images).flatMap(({ name }): [number, number][] => {
        const [a, b] = [of(first, name), of(second, name)];
        return a == null || b == null ? [] : [[a, b]];
      });
      return difference(quantity, pairs, seed);
    };
    return {
      models: studies.map(({ model: { path, sha256, classifier } }) => ({
        path,
        sha256,
        ...(classifier.stepped === true && { stepped: true as const }),
      })),
      unit: study.units.name,
      step,
      tangents: usualTangents,
      differences: [
        paired('distance to the boundary', ({ points }, name) => points.get(name)?.distance),
        paired('L∞ distance to the boundary', ({ points }, name) => points.get(name)?.distanceInf),
        paired('mean curvature', ({ curvatures }, name) => curvatures.get(name)),
        paired('curvature × distance', ({ curvatures, points }, name) => {
          const [curvature, distance] = [curvatures.get(name), points.get(name)?.distance];
          return curvature === undefined || distance == null ? null : curvature * distance;
        }),
        paired('accuracy', ({ correct }, name) => {
          const right = correct.get(name);
          return right === undefined ? null : Number(right);
        }),
      ],
    };
  });

/**
 * Two models on the same images, in the same units and with the same seeds: distances and mean curvature (at one step h
 * for both, smooth or not), and the paired differences with their bootstrap intervals.
 *
 * @throws AnalysisError 'invalid-input' without a second model.
 */
export const compare: Analysis<'compare'> = {
  ...compared,
  cost: () => ({ forwards: 0, gradients: 0 }),
  presets: {},
};

function both(study: Study): [Study, Study] {
  if (!study.against) throw new AnalysisError('invalid-input', 'a comparison needs a second model, got none');
  return [study, study.against];
}

function noteSizes([first, second]: [Study, Study]): void {
  const [own, other] = [first, second].map(({ classifier }) => classifier.dimension);
  if (own === other) return;
  first.sink.note(
    `The models see images of different sizes, ${own} and ${other} values: distances add up over more values in the larger one, so they compare no better than their sizes.`,
  );
}

async function side(
  study: Study,
  points: ReadonlyMap<NetworkImage, BoundaryPoint>,
  step: number | null,
): Promise<Side> {
  const { seed } = study;
  const located = [...points].flatMap(([image, point]) => (point.status === 'converged' ? [{ image, point }] : []));
  const places = new Map(located.map(({ image, point }) => [image, point]));
  const curvatures = await study.each(
    'Measuring the mean curvature',
    step === null ? [] : [...places.keys()],
    ({ content }) => ['mean curvature', seed, content, step, usualTangents, ...study.searchKey()],
    2 * usualTangents,
    async (image, classifier) => {
      const point = places.get(image);
      if (!point || step === null) throw new Error('an image without a boundary point has no curvature');
      const at = await levelSetPoint(classifier, point.point, { label: point.label, target: point.target });
      const random = seededRandom(seed, image.content, 'mean curvature');
      const tangents = Array.from({ length: usualTangents }, () => tangentUnitVector(at.normal, random));
      return mean((await resolvedCurvatures(at, step, tangents)).curvatures);
    },
  );
  const byName = <T>(entries: Iterable<[NetworkImage, T]>): Map<string, T> => {
    return new Map(Array.from(entries, ([{ name }, value]) => [name, value]));
  };
  const correct = [...points].flatMap(([image, { label }]): [NetworkImage, boolean][] =>
    image.trueLabel === null ? [] : [[image, image.trueLabel === label]],
  );
  return { points: byName(points), curvatures: byName(curvatures), correct: byName(correct) };
}

type Difference = Closing<'compare'>['differences'][number];

/** Mean of second − first over images, with its interval. */
function difference(quantity: string, pairs: readonly [number, number][], seed: number): Difference {
  if (pairs.length === 0) {
    return { quantity, n: 0, first: null, second: null, difference: null, low: null, high: null };
  }
  const [a, b] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
  const { value, low, high } = bootstrapPairedDifference(b, a, seededRandom(seed, 'comparison', quantity));
  return { quantity, n: pairs.length, first: mean(a), second: mean(b), difference: value, low, high };
}
