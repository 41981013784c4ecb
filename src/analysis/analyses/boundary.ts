import type { Item } from '../../protocol/analyses';
import type { BoundaryPoint } from '../geometry/boundary';
import type { NetworkImage } from '../images/networkImages';
import { mean, quantile } from '../math/statistics';
import type { Study } from '../study/study';
import { type Analysis, phases } from './analysis';
import { sharedDistances } from './sharedDistances';

const found = phases<'boundary'>().close(async (study) => {
  const { inputShape } = study.model;
  const byImage = new Map<NetworkImage, Item<'boundary'>>();
  const points = await study.boundaries(study.images, (image, point, on) => {
    const item = boundaryItem(study, image, point);
    byImage.set(image, item);
    const shaped = (data: Float64Array | undefined) => (data ? { data, shape: inputShape } : undefined);
    const boundaryPoint = shaped(point.point);
    const perturbed = shaped(point.perturbed);
    const arrays = { ...(boundaryPoint && { boundaryPoint }), ...(perturbed && { perturbed }) };
    study.sink.emit('boundary', image.index, { item, arrays, on });
  });
  await study.showBoundaries(points);
  // In the images' order, not in that in which they finished: sums round by their order.
  const items = study.images.flatMap((image) => byImage.get(image) ?? []);
  const converged = items.filter(({ status }) => status === 'converged');
  const distances = converged.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  const at = (p: number): number | null => (distances.length > 0 ? quantile(distances, p) : null);
  return {
    summary: {
      n: items.length,
      median: at(0.5),
      mean: distances.length > 0 ? mean(distances) : null,
      q05: at(0.05),
      q25: at(0.25),
      q75: at(0.75),
      q95: at(0.95),
      converged: converged.length,
      search: study.search.level,
    },
  };
});

/** The nearest boundary point of each image: how far, towards which class, in several units. */
export const boundary: Analysis<'boundary'> = {
  ...found,
  cost: () => ({ forwards: 0, gradients: 0, searches: ['images'] }),
  presets: {},
};

function boundaryItem(study: Study, image: NetworkImage, point: BoundaryPoint): Item<'boundary'> {
  return {
    name: image.name,
    label: point.label,
    correct: image.trueLabel === null ? null : image.trueLabel === point.label,
    target: point.target,
    status: point.status,
    distance: point.distance,
    deepfoolDistance: point.deepfoolDistance,
    distanceInf: point.distanceInf,
    ...sharedDistances(study, image, point),
    residual: point.residual,
    steps: point.steps,
    gradients: point.gradients,
  };
}
