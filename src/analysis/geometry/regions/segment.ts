import { addScaled, norm, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { chunkSize } from '../chunks';
import { predictedLabel } from '../logits';

/** Whether every sample of a segment has the label, and what it cost to know. */
export interface SegmentCheck {
  readonly inside: boolean;
  readonly forwards: number;
}

/** Samples of the first pass. */
const COARSE_SAMPLES = 16;

/**
 * Whether every sample between a and b, at most `spacing` apart, has the label; the ends are not asked about. Samples are
 * taken coarse to fine, so that a segment that clearly leaves the region is given up early; a segment that stays has
 * been seen at the full resolution. Holds one chunk of points (32 MB).
 *
 * @param spacing - the largest distance between consecutive samples, in units of x, > 0.
 */
export async function segmentInside(
  classifier: Classifier,
  a: Vector,
  b: Vector,
  label: number,
  spacing: number,
): Promise<SegmentCheck> {
  const step = addScaled(b, -1, a);
  const intervals = Math.max(1, Math.ceil(norm(step) / spacing));
  const size = chunkSize(a.length);
  let forwards = 0;
  let chunk: Promise<boolean>[] = [];
  const sample = async (index: number): Promise<boolean> =>
    predictedLabel(await classifier.logits(addScaled(a, index / intervals, step))) === label;
  const passed = async (): Promise<boolean> => {
    forwards += chunk.length;
    const verdicts = await Promise.all(chunk);
    chunk = [];
    return verdicts.every(Boolean);
  };

  const coarsest = 2 ** Math.max(0, Math.floor(Math.log2(intervals / COARSE_SAMPLES)));
  for (let stride = coarsest; stride >= 1; stride /= 2) {
    // Every multiple at first, then the odd ones: the others have been seen.
    const increment = stride === coarsest ? stride : 2 * stride;
    for (let index = stride; index < intervals; index += increment) {
      chunk.push(sample(index));
      if (chunk.length === size && !(await passed())) return { inside: false, forwards };
    }
    if (chunk.length > 0 && !(await passed())) return { inside: false, forwards };
  }
  return { inside: true, forwards };
}
