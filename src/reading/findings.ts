import { type AnalysisName, type Section } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { fallsShort, signOfInterval } from './certainty';
import { calibrationSays, detectSays } from './detection';
import { baseName, capital, count, number, percent, signed } from './format';
import { curvatureSays, distanceSays, rateInWords, robustnessSays, sharedDirectionsSay } from './geometry';
import { scenarioName } from './names';
import type { Sentences } from './sentences';
import { slicePlanes } from './slicePlanes';

/** One sentence of what a report says. */
export interface Finding {
  readonly analysis: AnalysisName;
  readonly text: string;
}

/** What one analysis says: its heading and its findings. */
export interface Chapter {
  readonly analysis: AnalysisName;
  readonly title: string;
  readonly findings: readonly Finding[];
}

interface Entry<K extends AnalysisName> {
  readonly title: string;
  readonly say: (section: Section<K>) => Sentences;
}

/** The one table: each section's heading, and what its results say in plain sentences. In reading order. */
const entries: { readonly [K in AnalysisName]: Entry<K> } = {
  evaluate: {
    title: 'Predictions',
    say: ({ images = [], summary }) => [
      !summary
        ? `${count(images.length, 'image')} so far.`
        : summary.accuracy === null
          ? `${count(summary.n, 'image')}; none has a known class, so right and wrong are not told apart.`
          : `${percent(summary.accuracy)} of ${count(summary.labelled, 'image')} with a known class are predicted right.`,
    ],
  },
  boundary: { title: 'Distance to the boundary', say: distanceSays },
  curvature: { title: 'Curvature of the boundary', say: curvatureSays },
  subspace: {
    title: 'Shared directions of high curvature',
    say: (section) => [...sharedDirectionsSay(section), ...robustnessSays(section)],
  },
  paths: { title: 'Connected regions', say: pathsSay },
  convexity: {
    title: 'Convexity of the regions',
    say: ({ fractions = [] }) => {
      const lowest = [...fractions].sort((a, b) => a.high - b.high)[0];
      if (!lowest) return [];
      const rates = fractions.map((fraction) => `${rateInWords(fraction)} of ${fraction.m}`).join(', ');
      return [
        fallsShort(lowest.high)
          ? `The regions are not convex: of the mixtures of ${lowest.m} images only ${rateInWords(lowest)} keep the label.`
          : 'No sign that the regions are not convex: nearly every mixture keeps the label.',
        fractions.length > 1 && `Mixtures that keep the label, by the images mixed: ${rates}.`,
      ];
    },
  },
  slice: {
    title: 'Cross-sections',
    say: (section) =>
      slicePlanes(section).map(
        ({ title, labels }) => `${title}: ${count(new Set(labels.flat()).size, 'class', 'classes')}.`,
      ),
  },
  calibration: { title: 'Can perturbed images be told here?', say: calibrationSays },
  detect: { title: 'Perturbed images', say: detectSays },
  compare: { title: 'Two models compared', say: comparisonSays },
};

const steppedDistances =
  'Activations are rounded to integers, so logits change in steps: the boundary is where the decision itself changes, found by ' +
  'bisection. Gradients pass the rounding as if it were not there (straight-through) and only lead the search.';
const steppedCurvature =
  'Activations are rounded to integers: curvature and its directions are those of straight-through gradients, which pass the ' +
  'rounding as if it were not there, and not those of the steps.';

/** What a network that rounds its activations means for the numbers of an analysis. */
const steppedSays: Readonly<Partial<Record<AnalysisName, string>>> = {
  boundary: steppedDistances,
  curvature: steppedCurvature,
  subspace: steppedCurvature,
  detect: steppedDistances,
};

/** Every analysis, in reading order. */
export const chapterNames = Object.keys(entries) as AnalysisName[];

/** What one analysis of a report says; undefined where it is not in the report. */
export function chapter(analysis: AnalysisName, report: Report): Chapter | undefined {
  const section = report.analyses[analysis];
  if (!section) return undefined;
  // That the entry of the table and the section are of the same analysis, the compiler cannot follow.
  const entry = entries[analysis] as { title: string; say(section: object): Sentences };
  const { title } = entry;
  const stepped = report.manifest.model.stepped === true && steppedSays[analysis];
  const sentences = [...entry.say(section), stepped].filter(
    (text): text is string => typeof text === 'string' && text !== '',
  );
  return { analysis, title, findings: sentences.map((text) => ({ analysis, text })) };
}

/** What a report says, in reading order. */
export function chapters(report: Report): Chapter[] {
  return chapterNames.flatMap((analysis) => chapter(analysis, report) ?? []);
}

/** Heading of an analysis, also before it has said anything. */
export const chapterTitle = (analysis: AnalysisName): string => entries[analysis].title;

type Row = NonNullable<Section<'paths'>['summary']>[number];

function pathsSay({ summary, pairs = [], spacing }: Section<'paths'>): Sentences {
  if (!summary || summary.length === 0) return [`${count(pairs.length, 'pair')} so far.`];
  const sum = (of: (row: Row) => number) => summary.reduce((n, row) => n + of(row), 0);
  const all = sum((row) => row.pairs);
  const connected = sum((row) => row.connected);
  return [
    `A path inside the region was found for ${number(connected)} of ${count(all, 'pair')}; for ${number(sum(({ straightInside }) => straightInside))} of them the straight line is one.`,
    ...summary.map(
      ({ scenario, straightInside, connected: found, pairs: of, anchors, relativeLength }) =>
        `${capital(scenarioName(scenario))}: ${number(found)} of ${number(of)}, ${number(straightInside)} straight${
          found > straightInside
            ? `; paths have ${number(anchors)} anchors and D − 1 = ${number(relativeLength === null ? null : relativeLength - 1)} on average`
            : ''
        }.`,
    ),
    spacing !== undefined &&
      `Paths were checked at steps of ${number(100 * spacing)} % of the distance between their ends (the paper’s: 0.01 %).`,
    connected < all && `No path found for ${number(all - connected)}, which does not say that there is none.`,
  ];
}

function comparisonSays({ models = [], differences = [], unit, step }: Section<'compare'>): Sentences {
  const [first, second] = models.map(({ path }) => baseName(path));
  const stepped = models.filter((model) => model.stepped === true).map(({ path }) => baseName(path));
  return [
    first !== undefined &&
      second !== undefined &&
      `${first} (first) against ${second} (second), on the same images${unit === undefined ? '' : `, in ${unit}`}.`,
    typeof step === 'number' && `Curvature of both at scale h = ${number(step)}.`,
    ...differences.map(({ quantity, n, first: a, second: b, difference, low, high }) => {
      if (difference === null || low === null || high === null) return false;
      const words = {
        1: 'higher in the second',
        '-1': 'lower in the second',
        0: 'no difference that these images show',
      };
      return `${capital(quantity)}: ${number(a)} in the first, ${number(b)} in the second; ${signed(difference)} [${signed(low)}, ${signed(high)}] over ${count(n, 'image')}, ${words[signOfInterval(low, high)]}.`;
    }),
    ...(stepped.length > 0 ? [`${stepped.join(' and ')}: ${steppedDistances}`, steppedCurvature] : []),
  ];
}
