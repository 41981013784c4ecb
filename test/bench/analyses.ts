import { classCurvatures, type Estimator } from '../../src/analysis/geometry/detection/classCurvatures';
import { defaultParams, presetAnalyses } from '../../src/analysis/job/presets';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { dot } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';
import { CountingClassifier } from '../../src/analysis/model/countingClassifier';
import type { AnalysisName } from '../../src/protocol/analyses';
import { jobRun, withModelFiles } from './jobs';
import { convolutionalNetwork } from './networks';

/* What whole analyses cost: passes an image, how full the batches are, how much time is not the network's. */

type Rows = (string | number)[][];

const sample = { model: 'samples/relu/lenet-mnist.onnx', images: ['samples/mnist'] };

/** Network passes of each analysis on the sample digits, as its default settings ask for them. */
export async function passesByAnalysis(): Promise<Rows> {
  const names = Object.keys(presetAnalyses('quick')) as AnalysisName[];
  const rows: Rows = [];
  for (const name of names) {
    const { report } = await jobRun({ ...sample, analyses: { [name]: defaultParams(name) } });
    const { forwards, gradients } = report.manifest.cost;
    const { count } = report.manifest.images;
    rows.push([name, (forwards / count).toFixed(1), (gradients / count).toFixed(1)]);
  }
  return rows;
}

/** Algorithm 2's estimators on one image of a network with 1,000 classes, T = 20: calls to the network. */
export async function passesByEstimator(): Promise<Rows> {
  const [classes, samples] = [1000, 20];
  const network = quadraticClassifier(classes, 12);
  const x = gaussianVector(network.dimension, seededRandom(3));
  const counts: { estimator: Estimator; forwards: number; gradients: number }[] = [];
  for (const estimator of ['literal', 'forward', 'forward-normal'] as const) {
    const counting = new CountingClassifier(network);
    await classCurvatures(counting, x, { estimator, step: 0.1, samples }, seededRandom(4));
    counts.push({ estimator, forwards: counting.cost.forwards, gradients: counting.cost.gradients });
  }
  // A gradient takes a forward pass, which is counted, and a backward pass.
  const passes = ({ forwards, gradients }: (typeof counts)[number]): number => forwards + gradients;
  return counts.map((count) => [
    count.estimator,
    count.forwards,
    count.gradients,
    `${(passes(counts[0]) / passes(count)).toFixed(0)} ×`,
  ]);
}

/** How much of the chosen batch size was used on the preset `standard`, by kind of call. */
export async function batchFill(): Promise<Rows> {
  const { statistics, report } = await jobRun({ ...sample, preset: 'standard', analyses: {} });
  const rows = statistics.batches.map(({ kind, cotangents, limit, runs, images, fill }) => [
    cotangents > 1 ? `${kind}, ${cotangents} cotangents` : kind,
    limit,
    runs,
    images,
    `${(100 * fill).toFixed(0)} %`,
  ]);
  const images = statistics.batches.reduce((sum, batch) => sum + batch.images, 0);
  const capacity = statistics.batches.reduce((sum, batch) => sum + batch.images / batch.fill, 0);
  const runs = statistics.batches.reduce((sum, batch) => sum + batch.runs, 0);
  const seconds = Math.round(report.manifest.durationMs / 1000);
  return [...rows, [`all (${seconds} s)`, '', runs, images, `${((100 * images) / capacity).toFixed(0)} %`]];
}

/** Share of the time that is not the backend's, for the analyses that people wait for; reading files is left out. */
export async function timeOutsideNetwork(width: number, images: number): Promise<Rows> {
  const names = ['evaluate', 'boundary', 'detect'] as const;
  return withModelFiles(convolutionalNetwork(32, 'relu', width), images, async (model, file) => {
    const rows: Rows = [];
    for (const name of names) {
      const { statistics, stages } = await jobRun({
        ...{ model, images: [file], preprocessed: true },
        analyses: { [name]: defaultParams(name) },
      });
      const preparation = /^(Opening|Reading)/;
      const total = Array.from(stages, ([stage, time]) => (preparation.test(stage) ? 0 : time)).reduce((a, b) => a + b);
      const outside = Math.max(0, 1 - statistics.backendTime / total);
      rows.push([name, width, Math.round(total), `${(100 * outside).toFixed(1)} %`]);
    }
    return rows;
  });
}

/** Processor time of an analysis for 128 images over that for 32; unlike the clock it heeds no other program. */
export async function timeAgainstImages(): Promise<Rows> {
  const rows: Rows = [];
  for (const name of ['boundary', 'detect', 'calibration'] as const) {
    const timeOf = (n: number): Promise<number> =>
      withModelFiles(convolutionalNetwork(32, 'relu'), n, async (model, images) => {
        const before = process.cpuUsage();
        await jobRun({
          ...{ model, images: [images], preprocessed: true, threads: 1 },
          analyses: { [name]: defaultParams(name) },
        });
        const { user, system } = process.cpuUsage(before);
        return user + system;
      });
    await timeOf(32);
    rows.push([name, `${((await timeOf(128)) / (await timeOf(32))).toFixed(2)} ×`]);
  }
  return rows;
}

/** f_i(x) = a_i · x + c_i ‖x‖² / 2: curved, and as cheap as a thousand classes can be. */
function quadraticClassifier(classes: number, dimension: number): Classifier {
  const slopes = Array.from({ length: classes }, (_, i) => gaussianVector(dimension, seededRandom(5, i)));
  const bends = gaussianVector(classes, seededRandom(6));
  const logits = (x: Float64Array): Float64Array =>
    Float64Array.from(slopes, (a, i) => dot(a, x) + (bends[i] * dot(x, x)) / 2);
  const combined = (cotangent: Float64Array, term: (i: number, j: number) => number): Float64Array => {
    const sum = new Float64Array(dimension);
    cotangent.forEach((weight, i) => {
      if (weight !== 0) for (let j = 0; j < dimension; j++) sum[j] += weight * term(i, j);
    });
    return sum;
  };
  return {
    ...{ dimension, classes, smoothness: 'smooth' },
    logits: (x) => Promise.resolve(logits(x)),
    gradients: (x, cotangents) => {
      const gradients = cotangents.map((c) => combined(c, (i, j) => slopes[i][j] + bends[i] * x[j]));
      return Promise.resolve({ logits: logits(x), gradients });
    },
    hessianProduct: (_, cotangent, v) => Promise.resolve(combined(cotangent, (i, j) => bends[i] * v[j])),
  };
}
