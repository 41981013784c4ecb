import type { AnalysisName, Params } from '../../protocol/analyses';
import type { Request } from '../../protocol/job';
import type { SearchLevel } from '../../protocol/words';
import type { ExpectedCost, Rows, Sizes } from '../analyses/analysis';
import { analyses, analysisOrder } from '../analyses/index';
import type { Classifier } from '../model/classifier';
import type { Study } from '../study/study';

/** Calls that are timed, of each kind. */
const timedCalls = 32;
/** What the nearest boundary point of an image took on small networks, the search in L∞ with it. */
const oneSearch: Readonly<Record<SearchLevel, Pick<ExpectedCost, 'forwards' | 'gradients'>>> = {
  quick: { forwards: 45, gradients: 75 },
  standard: { forwards: 55, gradients: 160 },
  thorough: { forwards: 80, gradients: 380 },
};

/** About how many network passes analyses take together: boundary points that several need are counted once. */
export function expectedCost(
  requested: Request['analyses'],
  sizes: Sizes,
  level: SearchLevel,
): Pick<ExpectedCost, 'forwards' | 'gradients'> {
  const costOf = <K extends AnalysisName>(name: K, table: Rows<K>): ExpectedCost[] => {
    const params: Params<K> | undefined = requested[name];
    return params ? [table[name].cost(params, sizes)] : [];
  };
  const costs = analysisOrder.flatMap((name) => costOf(name, analyses));
  const sets = [...new Set(costs.flatMap(({ searches }) => searches ?? []))];
  const searched = sets.reduce((sum, set) => sum + (sizes[set] ?? 0), 0);
  return {
    forwards: costs.reduce((sum, { forwards }) => sum + forwards, oneSearch[level].forwards * searched),
    gradients: costs.reduce((sum, { gradients }) => sum + gradients, oneSearch[level].gradients * searched),
  };
}

/** `expectedCost` in words, at the speed that a few calls have on this machine. */
export async function expectedDuration(requested: Request['analyses'], study: Study): Promise<string> {
  const { classifier, images } = study;
  const x = Float64Array.from(images[0].x);
  const cotangent = new Float64Array(classifier.classes).fill(1, 0, 1);
  const {
    value: [forward, gradient],
  } = await study.onDevice(async ({ classifier: own }) => [
    await millisecondsOf(() => own.logits(x)),
    await millisecondsOf(() => own.gradients(x, [cotangent])),
  ]);
  const { forwards, gradients } = expectedCost(requested, sizesOf(study), study.search.level);
  return inWords((forwards * forward + gradients * gradient) / 1000);
}

function sizesOf({ classifier, images, train, clean }: Study): Sizes {
  return {
    images: images.length,
    train: train?.length ?? null,
    clean: clean?.length ?? null,
    dimension: classifier.dimension,
    classes: classifier.classes,
    smooth: classifier.smoothness === 'smooth',
  };
}

/** A gradient takes about as long as so many forward passes. */
const passesOfGradient = 3;

/** Tells how much of what analyses are expected to cost is spent: a share that only grows, and is never quite 1. */
export function expectedShare(requested: Request['analyses'], study: Study): () => number {
  const passes = ({ forwards, gradients }: Pick<ExpectedCost, 'forwards' | 'gradients'>): number =>
    forwards + passesOfGradient * gradients;
  const all = passes(expectedCost(requested, sizesOf(study), study.search.level));
  let share = 0;
  return () => {
    if (all > 0) share = Math.max(share, Math.min(0.99, passes(study.cost) / all));
    return share;
  };
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
