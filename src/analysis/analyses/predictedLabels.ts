import { predictedLabel } from '../geometry/logits';
import { type NetworkImage, placesByContent } from '../images/networkImages';
import type { Study } from '../study/study';

/** The predicted class of each image that has one. */
export function predictedLabels(
  study: Study,
  images: readonly NetworkImage[] = study.images,
): Promise<Map<NetworkImage, number>> {
  return study.each(
    'Classifying the images',
    images,
    () => ['label'],
    2,
    async ({ x }, classifier) => predictedLabel(await classifier.logits(Float64Array.from(x))),
  );
}

/** The phase `labels`: the predicted class of each image of a study, null where there is none. */
export async function labelsPhase(study: Study): Promise<(number | null)[]> {
  const labels = await predictedLabels(study);
  return study.images.map((image) => labels.get(image) ?? null);
}

/** The images that have a label, with it; in an order that no list changes. */
export function labelled(
  images: readonly NetworkImage[],
  labels: readonly (number | null)[],
): Map<NetworkImage, number> {
  return new Map(
    placesByContent(images).flatMap((i): [NetworkImage, number][] => {
      const label = labels[i];
      return label === null ? [] : [[images[i], label]];
    }),
  );
}

/** Images by predicted class: the largest class first, those of equal size by their label; images in the order given. */
export function imagesByLabel(
  labels: ReadonlyMap<NetworkImage, number>,
): { readonly label: number; readonly images: readonly NetworkImage[] }[] {
  const regions = new Map<number, NetworkImage[]>();
  for (const [image, label] of labels) {
    const region = regions.get(label);
    if (region) region.push(image);
    else regions.set(label, [image]);
  }
  return [...regions]
    .map(([label, images]) => ({ label, images }))
    .sort((a, b) => b.images.length - a.images.length || a.label - b.label);
}
