import type { Request } from '../../protocol/job';
import type { Classifier } from '../model/classifier';
import type { Context } from '../study/context';

/** Calls that are timed, of each kind. */
const timedCalls = 32;

/** Network passes that analyses are expected to take; gradients do not count a forward pass of their own here. */
export interface ExpectedCost {
  readonly forwards: number;
  readonly gradients: number;
}

/**
 * About how many network passes analyses take: what they took per image, pair or sample on small networks. Boundary
 * points and what else is shared are counted once.
 */
export function expectedCost(analyses: Request['analyses'], context: Context): ExpectedCost {
  const { images, train, clean, classifier } = context.options;
  const n = images.length;
  const smooth = classifier.smoothness === 'smooth';
  const { evaluate, boundary, curvature, subspace, paths, convexity, slice, calibration, detect } = analyses;
  const trained = subspace ? (train?.length ?? Math.min(subspace.trainCount, Math.floor(n / 2))) : 0;
  const needsPoints = boundary ?? curvature ?? subspace ?? detect ?? (clean ? undefined : calibration);
  const searched =
    (needsPoints ? n : 0) + (subspace && train ? train.length : 0) + (calibration && clean ? clean.length : 0);
  // An exact product is about three gradients; the whole spectrum takes one a dimension.
  const directions = curvature?.eigenvalues === 'all' && smooth ? 3 * classifier.dimension : smooth ? 300 : 280;
  const copies = calibration ? 1 + calibration.alpha.length + (calibration.attacks ? 2 : 0) : 0;
  const costs: ExpectedCost[] = [
    { forwards: evaluate ? n : 0, gradients: evaluate ? n : 0 },
    { forwards: 30 * searched, gradients: 27 * searched },
    { forwards: curvature ? n * (curvature.scaleSweep ? 400 : 50) : 0, gradients: curvature ? directions * n : 0 },
    {
      forwards: subspace ? (train ? n : n - trained) * (2 * (64 + subspace.dimension) + 37) : 0,
      gradients: subspace ? trained * 2 * Math.max(30, 3 * subspace.directions) : 0,
    },
    { forwards: paths ? 10_000 * paths.pairs * paths.scenarios.length : 0, gradients: 0 },
    { forwards: convexity ? convexity.combinations * convexity.members.length : 0, gradients: 0 },
    { forwards: slice ? 3 * slice.resolution ** 2 : 0, gradients: 0 },
    {
      forwards: calibration ? (clean?.length ?? n) * copies * 2 * calibration.samples : 0,
      gradients: calibration ? (clean?.length ?? n) * copies * Math.min(20, classifier.classes - 1) : 0,
    },
    { forwards: detect ? n * 2 * detect.samples : 0, gradients: detect ? n * Math.min(20, classifier.classes - 1) : 0 },
  ];
  return {
    forwards: costs.reduce((sum, { forwards }) => sum + forwards, 0),
    gradients: costs.reduce((sum, { gradients }) => sum + gradients, 0),
  };
}

/** `expectedCost` in words, at the speed that a few calls have on this machine. */
export async function expectedDuration(analyses: Request['analyses'], context: Context): Promise<string> {
  const { classifier, images } = context.options;
  const x = Float64Array.from(images[0].x);
  const cotangent = new Float64Array(classifier.classes).fill(1, 0, 1);
  const forward = await millisecondsOf(() => classifier.logits(x));
  const gradient = await millisecondsOf(() => classifier.gradients(x, [cotangent]));
  const { forwards, gradients } = expectedCost(analyses, context);
  return inWords((forwards * forward + gradients * gradient) / 1000);
}

/** Of one call among many; the first round compiles and warms up. */
async function millisecondsOf(call: () => ReturnType<Classifier['logits'] | Classifier['gradients']>): Promise<number> {
  const round = () => Promise.all(Array.from({ length: timedCalls }, call));
  await round();
  const start = performance.now();
  await round();
  return (performance.now() - start) / timedCalls;
}

/** Seconds as people say them. */
export function inWords(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds / 10)) * 10} seconds`;
  const minutes = seconds / 60;
  if (minutes < 90) return `about ${Math.round(minutes)} minutes`;
  const hours = minutes / 60;
  return hours < 48 ? `about ${Math.round(hours)} hours` : `about ${Math.round(hours / 24)} days`;
}
