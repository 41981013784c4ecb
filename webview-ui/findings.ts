import type { AnalysisName, Section } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { baseName, count, number, percent, signed } from '../src/reading/format';
import { reasonInWords } from './detection';

type Say<K extends AnalysisName> = (section: Section<K>, report: Report) => readonly (string | false | undefined)[];

interface Words<K extends AnalysisName> {
  readonly title: string;
  /** Its name among the links at the top. */
  readonly link: string;
  readonly say: Say<K>;
}

/** Each section's heading, and what its results say in plain sentences. */
const chapters: { readonly [K in AnalysisName]: Words<K> } = {
  evaluate: {
    title: 'Predictions',
    link: 'Predictions',
    say: ({ images = [], summary }) => [
      summary
        ? typeof summary.accuracy === 'number'
          ? `${percent(summary.accuracy)} of ${count(summary.labelled, 'image')} with a known class are predicted right.`
          : `${count(summary.n, 'image')}; none has a known class, so right and wrong are not told apart.`
        : `${count(images.length, 'image')} so far.`,
    ],
  },
  boundary: {
    title: 'Distance to the boundary',
    link: 'Distances',
    say: ({ images = [], summary }) =>
      summary
        ? [
            summary.median !== null &&
              `Half of the images lie within ${number(summary.median)} of the boundary${relative(images)}. The middle half: ${number(summary.q25)} to ${number(summary.q75)}; 90 %: ${number(summary.q05)} to ${number(summary.q95)}.`,
            `A boundary point was found for ${number(summary.converged)} of ${count(summary.n, 'image')}.`,
          ]
        : [`${count(images.length, 'image')} so far.`],
  },
  curvature: { title: 'Curvature of the boundary', link: 'Curvature', say: curvature },
  subspace: {
    title: 'Shared directions of high curvature',
    link: 'Shared directions',
    say: ({ dimension, inputDimension, rho, robustness, train, test }) => [
      dimension !== undefined &&
        train &&
        test &&
        `S is spanned by ${count(dimension, 'direction')} of ${number(inputDimension)}, learned on ${count(train.used, 'image')} and tested on ${number(test.used)} others.`,
      rho &&
        rho.mean.length > 0 &&
        ((rho.lower[0] ?? 0) > 1
          ? `Unseen images share the first direction: their boundary bends ${number(rho.mean[0])} times as much along it as along a random one.`
          : `The first direction is not shared: along it the boundary of unseen images bends ${number(rho.mean[0])} times as much as along a random one, which may be chance.`),
      robustness?.orthogonalMinusUniform && paired(robustness.orthogonalMinusUniform),
    ],
  },
  paths: {
    title: 'Connected regions',
    link: 'Paths',
    say: ({ summary, pairs = [] }) => [
      summary && summary.length > 0
        ? `A path inside the region was found for ${number(summary.reduce((n, { connected }) => n + connected, 0))} of ${count(
            summary.reduce((n, row) => n + row.pairs, 0),
            'pair',
          )}; for ${number(summary.reduce((n, { straightInside }) => n + straightInside, 0))} of them the straight line is one.`
        : `${count(pairs.length, 'pair')} so far.`,
    ],
  },
  convexity: {
    title: 'Convexity of the regions',
    link: 'Convexity',
    say: ({ fractions = [] }) => {
      const lowest = [...fractions].sort((a, b) => a.high - b.high)[0];
      return [
        lowest &&
          (lowest.high < 0.99
            ? `The regions are not convex: of the mixtures of ${lowest.m} images only ${percent(lowest.rate)} keep the label.`
            : 'No sign that the regions are not convex: nearly every mixture keeps the label.'),
      ];
    },
  },
  slice: { title: 'Cross-sections', link: 'Cross-sections', say: () => [] },
  calibration: {
    title: 'Can perturbed images be told here?',
    link: 'Calibration',
    say: ({ sentence, worksHere, reason, clean }) => [
      worksHere === undefined
        ? undefined
        : worksHere
          ? 'The score works on this model: it tells perturbed images from clean ones and adds to the trivial scores.'
          : `No verdicts are given on this model${typeof reason === 'string' ? `: ${reasonInWords(reason)}` : ''}.`,
      sentence,
      clean &&
        `Half learned on, half tested on: ${number(clean.used)} of ${count(clean.count, 'clean image')}, h = ${number(clean.step)}, ${count(clean.samples, 'direction')}, estimator ${clean.estimator}.`,
    ],
  },
  detect: {
    title: 'Perturbed images',
    link: 'Perturbed images',
    say: ({ summary, images = [] }) => {
      if (!summary) return [`${count(images.length, 'image')} so far.`];
      const { n, perturbed, clean, undecided, uncalibrated } = summary;
      if (uncalibrated === n) {
        return ['No verdicts: without a calibration on clean images of this model there are numbers only.'];
      }
      const reason = images.find(({ verdict }) => verdict === 'undecided')?.reason ?? null;
      return [
        undecided < n &&
          `Of ${count(n, 'image')}: ${number(perturbed)} called perturbed, ${number(clean)} clean${undecided > 0 ? `, ${number(undecided)} undecided` : ''}.`,
        undecided > 0 &&
          `No verdict${undecided === n ? 's' : ' on some'}${reason === null ? '' : `: ${reasonInWords(reason)}`}.`,
        undecided < n &&
          '“Clean” is no guarantee and “perturbed” no proof: the notes at the top say how often each is wrong.',
      ];
    },
  },
  compare: {
    title: 'Two models compared',
    link: 'Comparison',
    say: ({ models = [], differences = [], unit, step }) => [
      models.length === 2 &&
        `${baseName(models[0]?.path ?? '')} against ${baseName(models[1]?.path ?? '')}, on the same images${unit === undefined ? '' : `, in ${unit}`}.`,
      typeof step === 'number' && `Curvature of both at scale h = ${number(step)}.`,
      ...differences.map(
        ({ quantity, difference, low, high }) =>
          difference !== null &&
          low !== null &&
          high !== null &&
          `${capital(quantity)}: ${signed(difference)} [${signed(low)}, ${signed(high)}], ${low > 0 ? 'higher in the second' : high < 0 ? 'lower in the second' : 'no difference that these images show'}.`,
      ),
    ],
  },
};

/** In reading order. */
export const chapterNames = Object.keys(chapters) as AnalysisName[];

export const chapterTitle = (analysis: AnalysisName): string => chapters[analysis].title;
export const chapterLink = (analysis: AnalysisName): string => chapters[analysis].link;

/** What the results of one analysis say, sentence by sentence. */
export function findings(analysis: AnalysisName, report: Report): string[] {
  const section = report.analyses[analysis];
  if (!section) return [];
  // That the entry of the table and the section are of the same analysis, the compiler cannot follow.
  const chapter = chapters[analysis] as { say(section: object, report: Report): ReturnType<Say<AnalysisName>> };
  return chapter
    .say(section, report)
    .filter((sentence): sentence is string => typeof sentence === 'string' && sentence !== '');
}

/** The sign of the mean curvature, and what it means. */
function curvature({ summary, images = [] }: Section<'curvature'>): (string | false | undefined)[] {
  if (!summary) return [`${count(images.length, 'image')} so far.`];
  const { meanCurvature: mean, standardError: error, nearZeroShare, asymmetry, smoothness } = summary;
  const sure = mean !== null && error !== null && Math.abs(mean) > 1.96 * error;
  return [
    mean !== null &&
      `Mean curvature ${signed(mean)}${error === null ? '' : ` ± ${number(error, 2)} (standard error)`}: ` +
        (!sure
          ? 'not told from 0, so on average the boundary is neither convex nor concave here.'
          : mean > 0
            ? 'positive, so the region of the predicted class is convex here on average, as a ball is.'
            : 'negative, so the region of the predicted class is concave here on average: its boundary bends towards the image.'),
    nearZeroShare !== null &&
      `${percent(nearZeroShare)} of the principal curvatures are nearly 0 (below 1 % of the image’s largest): the boundary is flat in those directions.`,
    asymmetry !== null &&
      `Asymmetry ${signed(asymmetry)}: the strongest ${asymmetry > 0 ? 'concave curvatures exceed the convex' : 'convex curvatures exceed the concave'} ones.`,
    typeof summary.curvatureTimesDistance === 'number' &&
      `Curvature × distance is ${signed(summary.curvatureTimesDistance)} at the median: how much the boundary bends within the distance that matters.`,
    smoothness !== 'smooth' &&
      typeof summary.step === 'number' &&
      `The network has kinks, so its curvature depends on the scale: here h = ${number(summary.step)}${typeof summary.stepOverDistance === 'number' ? `, ${number(summary.stepOverDistance)} of the median distance` : ''}.`,
    typeof summary.beta === 'number' &&
      `Measured on a smoothed copy of the network (softplus sharpness β = ${number(summary.beta)})${typeof summary.logitChange === 'number' ? `, whose logits differ by up to ${percent(summary.logitChange)} of their spread` : ''}.`,
  ];
}

function paired({ difference, low, high }: { difference: number; low: number; high: number }): string {
  const interval = `${signed(100 * difference)} percentage points [${signed(100 * low)}, ${signed(100 * high)}]`;
  if (high < 0) return `Noise that avoids S changes fewer labels than noise drawn from everything: ${interval}.`;
  if (low > 0) return `Noise that avoids S changes more labels than noise drawn from everything: ${interval}.`;
  return `Noise that avoids S and noise drawn from everything are not told apart: ${interval}.`;
}

function relative(images: NonNullable<Section<'boundary'>['images']>): string {
  const shares = images
    .flatMap(({ relativeDistance }) => (relativeDistance === null ? [] : [relativeDistance]))
    .sort((a, b) => a - b);
  const median = shares[Math.floor(shares.length / 2)];
  return median === undefined ? '' : `, ${percent(median)} of the norm of the image`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
