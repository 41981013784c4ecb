import type { Section } from '../protocol/analyses';
import type { SearchLevel } from '../protocol/words';
import { signOf, signOfInterval } from './certainty';
import { count, number, percent, signed } from './format';
import { medianOf } from './nearest';
import type { Sentences } from './sentences';

/** How far the images are from the boundary. */
export function distanceSays({ images = [], summary }: Section<'boundary'>): Sentences {
  if (!summary) return [`${count(images.length, 'image')} so far.`];
  const { n, median, q05, q25, q75, q95, converged, search } = summary;
  const where = `within ${number(median)} of the boundary, in units of the network’s input${relative(images)}.`;
  const all =
    n === 1
      ? `The image lies ${where}`
      : `Half of the images lie ${where} The middle half: ${number(q25)} to ${number(q75)}; 90 %: ${number(q05)} to ${number(q95)}.`;
  return [
    median !== null && all,
    `A boundary point was found for ${number(converged)} of ${count(n, 'image')}${effort(images, search)}.`,
  ];
}

/** Which search that was and what it took; nothing for reports that do not say. */
function effort(images: NonNullable<Section<'boundary'>['images']>, search: SearchLevel | undefined): string {
  if (!search) return '';
  const median = medianOf(images.flatMap(({ gradients }) => gradients ?? []).sort((a, b) => a - b));
  return ` by the search “${search}”${median === null ? '' : `, with ${count(median, 'gradient')} an image at the median`}`;
}

function relative(images: NonNullable<Section<'boundary'>['images']>): string {
  const median = medianRelativeDistance(images);
  return median === null ? '' : ` (${percent(median)} of the norm of the image)`;
}

/** The share of an image's norm that half of the images are nearer to the boundary than; null where none has one. */
export function medianRelativeDistance(images: NonNullable<Section<'boundary'>['images']>): number | null {
  const shares = images.flatMap(({ relativeDistance }) => relativeDistance ?? []);
  return medianOf(shares.sort((a, b) => a - b));
}

/** The sign of the mean curvature and what it means, and what else the spectrum says. */
export function curvatureSays({ summary, images = [] }: Section<'curvature'>): Sentences {
  if (!summary) return [`${count(images.length, 'image')} so far.`];
  const { meanCurvature: mean, standardError: error, nearZeroShare, asymmetry, smoothness } = summary;
  const { step, stepOverDistance, curvatureTimesDistance, beta, logitChange } = summary;
  const meanings = {
    1: 'positive, so the region of the predicted class is convex here on average, as a ball is.',
    '-1': 'negative, so the region of the predicted class is concave here on average: its boundary bends towards the image.',
    0: 'not told from 0, so on average the boundary is neither convex nor concave here.',
  };
  return [
    mean !== null &&
      `Mean curvature ${signed(mean)}${error === null ? '' : ` ± ${number(error, 2)} (standard error)`}: ${meanings[signOf(mean, error)]}`,
    nearZeroShare !== null &&
      `${percent(nearZeroShare)} of the principal curvatures are nearly 0 (below 1 % of the image’s largest): the boundary is flat in those directions.`,
    asymmetry !== null &&
      `Asymmetry ${signed(asymmetry)}: the strongest ${asymmetry > 0 ? 'concave curvatures exceed the convex' : 'convex curvatures exceed the concave'} ones.`,
    typeof curvatureTimesDistance === 'number' &&
      `Curvature × distance is ${signed(curvatureTimesDistance)} at the median: how much the boundary bends within the distance that matters.`,
    smoothness !== 'smooth' &&
      typeof step === 'number' &&
      `The network has kinks, so its curvature depends on the scale: here h = ${number(step)}${typeof stepOverDistance === 'number' ? `, ${number(stepOverDistance)} of the median distance` : ''}.`,
    typeof beta === 'number' &&
      `Measured on a smoothed copy of the network (softplus sharpness β = ${number(beta)})${typeof logitChange === 'number' ? `, whose logits differ by up to ${percent(logitChange)} of their spread` : ''}.`,
  ];
}

const perturbations = {
  adversarial: 'the smallest perturbation r(x)',
  random: 'a random one',
  difference: 'the difference of two images',
  imageGradient: 'an image’s spatial gradient',
} as const;

/** How many directions are shared by unseen images. */
export function sharedDirectionsSay(section: Section<'subspace'>): Sentences {
  const { dimension, inputDimension, rho, projections, expectedRandom, train, test } = section;
  const shares = (Object.keys(perturbations) as (keyof typeof perturbations)[]).flatMap((kind) => {
    const share = projections?.[kind];
    return share ? [`${perturbations[kind]} ${number(share.mean)} ± ${number(share.standardError, 2)}`] : [];
  });
  return [
    rho &&
      rho.mean.length > 0 &&
      ((rho.lower[0] ?? 0) > 1
        ? `Unseen images share the first direction: their boundary bends ${number(rho.mean[0])} times as much along it as along a random one.`
        : `The first direction is not shared: along it the boundary of unseen images bends ${number(rho.mean[0])} times as much as along a random one, which may be chance.`),
    dimension !== undefined &&
      train &&
      test &&
      `S is spanned by ${count(dimension, 'direction')} of ${number(inputDimension)}, learned on ${count(train.used, 'image')} and tested on ${count(test.used, 'other')}.`,
    shares.length > 0 &&
      `Share of the length that lies in S: ${shares.join(', ')}; chance gives ${number(expectedRandom)}.`,
  ];
}

/** What noise in and outside the shared directions does. */
export function robustnessSays({ robustness }: Section<'subspace'>): Sentences {
  return [
    robustness && noise(robustness),
    robustness?.orthogonalMinusUniform && paired(robustness.orthogonalMinusUniform),
  ];
}

type Robustness = NonNullable<Section<'subspace'>['robustness']>;

function noise({ noise: levels, shared, uniform, orthogonal }: Robustness): string | false {
  const last = levels.length - 1;
  if (last < 0) return false;
  const [inside, anywhere, outside] = [shared, uniform, orthogonal].map((rates) => rateInWords(rates[last]));
  return `Noise of ${number(levels[last])} × the typical norm changes ${inside ?? ''} of the labels in S, ${anywhere ?? ''} anywhere, ${outside ?? ''} outside S.`;
}

/** A share of images with its 95 % interval. */
export function rateInWords(rate: { rate: number; low: number; high: number } | undefined): string {
  if (!rate) return percent(null);
  return `${percent(rate.rate)} [${[rate.low, rate.high].map((share) => number(100 * share)).join(', ')}]`;
}

function paired({ difference, low, high }: NonNullable<Robustness['orthogonalMinusUniform']>): string {
  const interval = `${signed(100 * difference)} percentage points [${signed(100 * low)}, ${signed(100 * high)}]`;
  const words = {
    1: 'Over all strengths noise that avoids S changes more labels than noise drawn from everything',
    '-1': 'Over all strengths noise that avoids S changes fewer labels than noise drawn from everything',
    0: 'Over all strengths noise that avoids S and noise drawn from everything are not told apart',
  };
  return `${words[signOfInterval(low, high)]}: ${interval}.`;
}
