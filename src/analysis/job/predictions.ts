import type { NetworkImage } from '../images/networkImages';
import { argmax } from '../math/vector';
import type { Classifier } from '../model/classifier';

/** Enough images to show whether a guess about the input makes sense. */
const sample = 64;

/**
 * What the network says about some images, so that a wrong guess about preprocessing or classes is seen at once: the
 * accuracy where the true labels are known, else how the predictions spread.
 */
export async function predictionsInWords(
  classifier: Classifier,
  images: readonly NetworkImage[],
  classes: readonly string[],
): Promise<string> {
  const asked = images.slice(0, sample);
  if (asked.length === 0) return '';
  const labels = (await Promise.all(asked.map(({ x }) => classifier.logits(Float64Array.from(x))))).map((f) =>
    argmax(f),
  );
  const known = asked.flatMap(({ trueLabel }, i) => (trueLabel === null ? [] : [trueLabel === labels[i]]));
  if (known.length > 0) {
    const some = asked.length < images.length ? 'the first ' : '';
    const right = known.filter(Boolean).length;
    return `With it ${right} of ${some}${known.length} labelled images are classified correctly.`;
  }
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const common = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
  const listed = common.map(([label, count]) => `${classes[label] ?? String(label)} (${count})`).join(', ');
  return `With it ${asked.length} images are predicted as: ${listed}.`;
}
