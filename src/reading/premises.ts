import type { Report } from '../protocol/report';
import { guessInWords } from './about';
import { isChance } from './certainty';
import { number, percent } from './format';

/** What the numbers of a report rest on and does not hold, or is not known: the reader must not overlook it. */
export function brokenPremises({ manifest, analyses: { evaluate } }: Report): string[] {
  const { preprocessing, model } = manifest;
  const { accuracy = null, labelled = 0 } = evaluate?.summary ?? {};
  const chance = accuracy !== null && isChance(accuracy, labelled, model.classes.length);
  return [
    ...(chance
      ? [
          `Only ${percent(accuracy, 0)} of ${number(labelled)} images are right, no more than chance: the preprocessing, the order of the classes or the images are not this model’s. Every number here depends on them.`,
        ]
      : []),
    ...(preprocessing.source === 'guess'
      ? [`The preprocessing is a guess: ${guessInWords(preprocessing.sentence)}`]
      : []),
  ];
}
