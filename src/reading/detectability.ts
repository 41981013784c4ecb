import type { Section } from '../protocol/analyses';
import type { ScoreName } from '../protocol/words';
import { isMostlyCaught } from './certainty';
import { capital, number, percent } from './format';
import { reasonName } from './names';

/** Whether perturbed images can be told from clean ones on a model. */
export interface Detectability {
  readonly answer: 'yes' | 'only tiny changes' | 'no' | 'not known';
  /** What the answer rests on, a sentence. */
  readonly because: string;
  /** Both in one sentence. */
  readonly text: string;
}

/** Undefined while the calibration is not complete. */
export function detectability(section: Section<'calibration'>): Detectability | undefined {
  const { worksHere, reason, alpha = [], scores } = section;
  if (worksHere === undefined) return undefined;
  if (!worksHere) {
    const why = typeof reason === 'string' ? reasonName(reason) : 'the score does not work on this model';
    const text = `Whether an image was perturbed cannot be told here: ${why}.`;
    return { answer: reason === 'too-few-images' ? 'not known' : 'no', because: `${capital(why)}.`, text };
  }
  const shares = alpha.map((_, a) => caught(section, 'combined', a));
  const strengths = list(alpha.map((strength) => number(strength)));
  const rates = list(shares.map((share) => (share === null ? '–' : number(Math.round(100 * share)))));
  const alarms = scores
    ? `, and raises a false alarm on ${percent(scores.combined.falsePositiveRate, 0)} of clean ones`
    : '';
  const facts = `the score catches ${rates} % of images perturbed by ${strengths} × the smallest perturbation${alarms}`;
  const told = shares.map((share) => share !== null && isMostlyCaught(share));
  const [answer, words] = told.every(Boolean)
    ? (['yes', 'Perturbed images can be told here'] as const)
    : told[0]
      ? (['only tiny changes', 'Only tiny changes can be told here'] as const)
      : (['no', 'Perturbed images can hardly be told here'] as const);
  return { answer, because: `${capital(facts)}.`, text: `${words}: ${facts}.` };
}

/** `1, 2 and 5`. */
function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** The share of copies at the a-th strength that a score catches at its threshold; null where none were made. */
export function caught({ scores }: Section<'calibration'>, name: ScoreName, a: number): number | null {
  const score = scores?.[name];
  const own = score?.perturbed?.[a];
  if (!score) return null;
  if (own) return own.length === 0 ? null : own.filter((value) => value >= score.threshold).length / own.length;
  const roc = score.roc[a];
  const rates =
    roc?.truePositiveRate.filter((_, i) => (roc.falsePositiveRate[i] ?? 1) <= score.falsePositiveRate) ?? [];
  return rates.length === 0 ? null : Math.max(...rates);
}
