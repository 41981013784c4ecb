import type { Section } from '../protocol/analyses';
import { scoreNames } from '../protocol/words';
import { count, number } from './format';
import { reasonName, scoreTitles } from './names';
import type { Sentences } from './sentences';

/** Whether the score works on a model, and what curvature adds to it. */
export function calibrationSays({ sentence, worksHere, reason, clean, attacks }: Section<'calibration'>): Sentences {
  return [
    worksHere === undefined
      ? undefined
      : worksHere
        ? 'The score works on this model: it tells perturbed images from clean ones and adds to the trivial scores.'
        : `No verdicts are given on this model${typeof reason === 'string' ? `: ${reasonName(reason)}` : ''}.`,
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
      `Of ${count(n, 'image')}: ${number(perturbed)} called perturbed, ${number(clean)} clean${undecided > 0 ? `, ${number(undecided)} undecided` : ''}.`,
    undecided > 0 &&
      `No verdict${undecided === n ? 's' : ' on some'}${reason === null ? '' : `: ${reasonName(reason)}`}.`,
    undecided < n &&
      '“Clean” is no guarantee and “perturbed” no proof: the report’s notes say how often each is wrong.',
  ];
}
