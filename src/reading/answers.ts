import type { AnalysisName } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import type { TabName } from '../protocol/view';
import { signOfInterval } from './certainty';
import { comparedModels } from './comparison';
import { detectability } from './detectability';
import { detectSays } from './detection';
import { chapter } from './findings';
import { count, number, percent, signed } from './format';
import { className } from './names';
import { medianOf, nearestPairs, relativeDistances } from './nearest';
import { type Reading, readingOf, tabOf } from './tabs';

/** A sentence that a colleague would say, and where what it says is shown. */
export interface Answer {
  readonly text: string;
  readonly tab: TabName;
  /** The figure's id; where there is none, the tab itself shows it. */
  readonly figure?: string;
}

/** One of the first sentences: what it will be about, and what it says once it is known. */
export interface Opening {
  readonly about: string;
  readonly answer: Answer | undefined;
}

/** How many sentences open a report. */
const most = 3;

/** What a report says first: at most three sentences, the same on a terminal, in the panel and on a page. */
export function answers(report: Report): Answer[] {
  return openings(readingOf(report)).flatMap(({ answer }) => answer ?? []);
}

/** The first sentences, also those that a report that is still being made does not say yet. */
export function openings({ report, planned, running }: Reading): Opening[] {
  const all: readonly (readonly [AnalysisName, string, (of: Report) => Answer | undefined])[] = [
    ['compare', 'Which of the two needs the larger change', comparison],
    ['compare', 'How far each is from its boundary', distancesCompared],
    ['compare', 'Whether they agree', agreement],
    ['evaluate', 'How many are right', right],
    ['boundary', 'How much change flips them', fragile],
    ['boundary', 'What is most confused', confused],
    ['calibration', 'Whether perturbed images can be told', told],
    ['detect', 'Which images look perturbed', checked],
    ['curvature', 'How the boundary bends', first('curvature')],
    ['subspace', 'Which directions images share', first('subspace')],
    ['paths', 'Whether regions are connected', first('paths')],
    ['convexity', 'Whether regions are convex', first('convexity')],
    ['slice', 'What a cross-section shows', first('slice')],
  ];
  const known = all
    .filter(([analysis]) => planned.includes(analysis))
    .map(([, about, say]): Opening => ({ about, answer: report && say(report) }));
  return known.filter(({ answer }) => running || answer !== undefined).slice(0, most);
}

/** The first of what an analysis says. */
function first(analysis: AnalysisName): (report: Report) => Answer | undefined {
  return (report) => {
    const text = chapter(analysis, report)?.findings[0]?.text;
    return text === undefined ? undefined : { text, tab: tabOf[analysis] };
  };
}

function right({ analyses: { evaluate } }: Report): Answer | undefined {
  const { summary } = evaluate ?? {};
  if (!summary) return undefined;
  const { n, labelled, accuracy } = summary;
  const text =
    accuracy === null
      ? `${count(n, 'image')}, none with a known class: right and wrong are not told apart.`
      : `${number(Math.round(accuracy * labelled))} of ${number(labelled)} right.`;
  return { text, tab: 'overview', figure: 'predictions' };
}

function fragile(report: Report): Answer | undefined {
  const { summary, images = [] } = report.analyses.boundary ?? {};
  if (!summary) return undefined;
  const shares = relativeDistances(report);
  const share = medianOf(shares);
  const half =
    shares.length === images.length
      ? 'Half of the images'
      : `Half of the ${count(shares.length, 'image')} whose boundary was found`;
  if (share !== null) {
    const change = percent(share, share < 0.1 ? 1 : 0);
    const text =
      images.length === 1
        ? `The image flips if ${change} of its norm changes.`
        : `${half} flip if ${change} of their norm changes.`;
    return { text, tab: 'overview', figure: 'distances' };
  }
  if (summary.median === null) {
    return { text: 'No boundary was found near any image.', tab: 'overview', figure: 'distances' };
  }
  const who = images.length === 1 ? 'The image lies' : 'Half of the images lie';
  const text = `${who} within ${number(summary.median)} of the boundary, in units of the network’s input.`;
  return { text, tab: 'overview', figure: 'distances' };
}

/** The class that is most often beside another. */
function confused(report: Report): Answer | undefined {
  if (!report.analyses.boundary?.summary) return undefined;
  const [first] = nearestPairs(report);
  // One image is no pattern.
  if (!first || first.images < 2) return undefined;
  const { label, target, images, of } = first;
  const text = `Most confused: ${className(report, label)} → ${className(report, target)}, nearest for ${number(images)} of ${number(of)}.`;
  return { text, tab: 'overview', figure: 'nearest-classes' };
}

function told({ analyses: { calibration } }: Report): Answer | undefined {
  const found = calibration && detectability(calibration);
  return found && { text: found.text, tab: 'detection', figure: 'caught' };
}

function checked({ analyses: { detect } }: Report): Answer | undefined {
  const text = detect?.summary && detectSays(detect).find((sentence) => typeof sentence === 'string');
  return typeof text === 'string' ? { text, tab: 'detection' } : undefined;
}

/** How much more change one of two models needs than the other, where the images tell. */
function comparison(report: Report): Answer | undefined {
  const found = meanDistances(report);
  if (!found) return undefined;
  const { names, first, second, low, high, n } = found;
  const [robust, other] = second >= first ? [names[1], names[0]] : names;
  const [less, more] = [Math.min(first, second), Math.max(first, second)];
  const sure = low !== null && high !== null && signOfInterval(low, high) !== 0 && less > 0;
  const text = sure
    ? `${robust} needs ${number(more / less, 2)} × the change that ${other} needs.`
    : `Which of the two needs the larger change, ${count(n, 'image')} do not tell.`;
  return { text, tab: 'overview', figure: 'distance-pairs' };
}

function distancesCompared(report: Report): Answer | undefined {
  const found = meanDistances(report);
  if (!found) return undefined;
  const { names, first, second, difference, low, high } = found;
  const unit = report.analyses.compare?.unit;
  const isKnown = difference !== null && low !== null && high !== null;
  const interval = isKnown ? `; the difference is ${signed(difference)} [${signed(low)}, ${signed(high)}]` : '';
  const text = `Mean distance to the boundary: ${number(first)} for ${names[0]}, ${number(second)} for ${names[1]}${interval}${unit === undefined ? '' : `, in ${unit}`}.`;
  return { text, tab: 'overview', figure: 'differences' };
}

function meanDistances(report: Report) {
  const { differences = [] } = report.analyses.compare ?? {};
  const row = differences.find(({ quantity }) => quantity === 'distance to the boundary');
  const [a, b] = comparedModels(report);
  if (row?.first == null || row.second === null || a === undefined || b === undefined) return undefined;
  const { first, second, difference, low, high, n } = row;
  return { names: [a, b] as const, first, second, difference, low, high, n };
}

function agreement(report: Report): Answer | undefined {
  const rows = (report.analyses.compare?.images ?? []).filter(({ label }) => label[0] != null && label[1] != null);
  if (rows.length === 0) return undefined;
  const same = rows.filter(({ label: [a, b] }) => a === b).length;
  return { text: `The two agree on ${number(same)} of ${count(rows.length, 'image')}.`, tab: 'images' };
}
