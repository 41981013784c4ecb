import { predictedLabel } from '../../src/analysis/geometry/logits';
import { addScaled, areFinite, distanceBetween, maximumDifference, type Vector } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import type { Distances } from './distances';
import { PythonProcess } from './pythonProcess';

/**
 * Distances that public attacks reach, each point drawn back to the boundary. They run in Python and ask this classifier,
 * so that all see one function.
 *
 * @param python - an interpreter that has what `test/bench/python/requirements.txt` names.
 */
export async function attacked(
  classifier: Classifier,
  points: readonly Vector[],
  python: string,
): Promise<Distances[]> {
  const found: Distances[] = [];
  const labels = (await Promise.all(points.map((x) => classifier.logits(x)))).map(predictedLabel);
  const process = new PythonProcess(python, 'attacks.py');
  try {
    process.send({ n: points.length }, packed(points));
    let counting = new CountingClassifier(classifier);
    for (;;) {
      const { fields, data } = await process.receive();
      if (fields['end'] === true) return found;
      if (fields['begin'] !== undefined) {
        counting = new CountingClassifier(classifier);
        process.send({});
      } else if (fields['ask'] !== undefined) {
        process.send({}, packed(await answer(counting, fields as { ask: string; n: number }, data)));
      } else {
        const { found: method, norm } = fields as { found: string; norm: Distances['norm'] };
        const moved = unpacked(data, points.length);
        const ends = await Promise.all(points.map((x, i) => drawnBack(classifier, x, moved[i], labels[i])));
        const distance = norm === 'L2' ? distanceBetween : maximumDifference;
        const distances = points.map((x, i) => distance(x, ends[i]));
        const ended = ends.map((end) => (areFinite(end) ? end : null));
        found.push({ norm, method, distances, points: ended, gradients: counting.cost.gradients / points.length });
        process.send({});
      }
    }
  } finally {
    process.end();
  }
}

async function answer(
  classifier: Classifier,
  { ask, n }: { readonly ask: string; readonly n: number },
  data: Buffer,
): Promise<Vector[]> {
  const inputs = n * classifier.dimension * 4;
  const points = unpacked(data.subarray(0, inputs), n);
  if (ask === 'logits') return Promise.all(points.map((x) => classifier.logits(x)));
  const cotangents = unpacked(data.subarray(inputs), n);
  return Promise.all(points.map(async (x, i) => (await classifier.gradients(x, [cotangents[i]])).gradients[0]));
}

/** Where the way along r leaves the label, to a millionth of r; not finite where r as a whole does not. */
async function drawnBack(classifier: Classifier, x: Vector, r: Vector, label: number): Promise<Vector> {
  const crosses = async (t: number): Promise<boolean> => {
    return predictedLabel(await classifier.logits(addScaled(x, t, r))) !== label;
  };
  // What an attack found in its own units may lie a rounding short of the boundary in ours.
  let [inside, outside] = [0, 1 + 1e-5];
  if (!(await crosses(outside))) return x.map(() => Infinity);
  while (outside - inside > 1e-6) {
    const middle = (inside + outside) / 2;
    if (await crosses(middle)) outside = middle;
    else inside = middle;
  }
  return addScaled(x, outside, r);
}

function packed(vectors: readonly Vector[]): Buffer {
  return Buffer.concat(vectors.map((vector) => Buffer.from(Float32Array.from(vector).buffer)));
}

function unpacked(data: Buffer, n: number): Vector[] {
  const all = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  const each = all.length / n;
  return Array.from({ length: n }, (_, i) => Float64Array.from(all.subarray(i * each, (i + 1) * each)));
}
