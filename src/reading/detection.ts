import type { Section } from '../protocol/analyses';
import { scoreNames } from '../protocol/words';
import { detectability } from './detectability';
import { count, number } from './format';
import { reasonName, scoreTitles } from './names';
import type { Sentences } from './sentences';

/** Whether the score works on a model, and what curvature adds to it. */
export function calibrationSays(section: Section<'calibration'>): Sentences {
  const { sentence, worksHere, clean, attacks } = section;
  return [
    detectability(section)?.text,
    worksHere === false && 'So no verdicts are given on this model.',
    sentence,
    ...(attacks ?? []).map(({ name, strength, count: copies, auc }) => {
      const areas = scoreNames.map((score) => `${number(auc[score], 2)} ${scoreTitles[score]}`).join(', ');
      return `${name} (${strength}), which nothing was learned from: area under the ROC curve ${areas}, on ${count(copies, 'copy', 'copies')}.`;
    }),
    clean &&
      `Half learned on, half tested on: ${number(clean.used)} of ${count(clean.count, 'clean image')}, h = ${number(clean.step)}, ${count(clean.samples, 'direction')}, estimator ${clean.estimator}${clean.search ? `, search “${clean.search}”` : ''}.`,
  ];
}

/** How many images are called what, and what that is worth. */
export function detectSays({ summary, images = [] }: Section<'detect'>): Sentences {
  if (!summary) return [`${count(images.length, 'image')} so far.`];
  const { n, perturbed, clean, undecided, uncalibrated } = summary;
  if (uncalibrated === n) {
    return ['No verdicts: without a calibration on clean images of this model there are numbers only.'];
  }
  const reason = images.find(({ verdict }) => verdict === 'undecided')?.reason ?? null;
  return [
    undecided < n &&
      `Of ${count(n, 'image')} ${number(perturbed)} ${perturbed === 1 ? 'looks' : 'look'} perturbed, ${number(clean)} ${clean === 1 ? 'is' : 'are'} not flagged${undecided > 0 ? `, ${number(undecided)} ${undecided === 1 ? 'has' : 'have'} no verdict` : ''}.`,
    undecided > 0 &&
      `No verdict${undecided === n ? 's' : ' on some'}${reason === null ? '' : `: ${reasonName(reason)}`}.`,
    undecided < n &&
      '“Not flagged” is no guarantee and “looks perturbed” no proof: the report’s notes say how often each is wrong.',
  ];
}
