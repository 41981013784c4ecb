import { predictedLabel } from '../geometry/logits';
import type { Context, NetworkImage } from '../study/context';

/** The predicted class of each image that has one. */
export function predictedLabels(
  context: Context,
  images: readonly NetworkImage[] = context.options.images,
): Promise<Map<NetworkImage, number>> {
  return context.each(
    'Classifying the images',
    images,
    () => ['label'],
    2,
    async ({ x }, classifier) => predictedLabel(await classifier.logits(Float64Array.from(x))),
  );
}

/** Images by predicted class: the largest class first, those of equal size by their index; images in their own order. */
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
