import { commandLine } from '../protocol/commandLine';
import type { Request } from '../protocol/job';
import type { Candidate, Doubt, Preflight } from '../protocol/preflight';
import { capital, count, literal, number, percent } from './format';

/* What a preflight says, in the terminal and in the editor. Names from files are literal. */

/** How well a candidate does: the accuracy where labels are known, else how sure and how varied predictions are. */
export function resultInWords({ labelled, sampled }: Preflight, { right, confidence, variety }: Candidate): string {
  if (right !== null) return `${number(right)} of ${number(labelled)} right`;
  return `${percent(confidence, 0)} sure on average, ${count(variety, 'class', 'classes')} among ${count(sampled, 'image')}`;
}

/** The most frequent predictions: `cat (12), dog (3)`. */
function spread({ predictions }: Preflight): string {
  const counts = new Map<string, number>();
  for (const { predicted } of predictions) counts.set(predicted, (counts.get(predicted) ?? 0) + 1);
  const common = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
  return common.map(([name, n]) => `${name} (${n})`).join(', ');
}

/**
 * What the model makes of the images as they would be prepared, so that what is wrong is seen at once; empty where there are
 * none.
 */
export function predictionsInWords(preflight: Preflight): string {
  const { sampled, labelled, current } = preflight;
  if (sampled === 0) return '';
  if (current.right === null) return `${count(sampled, 'image is', 'images are')} predicted as: ${spread(preflight)}.`;
  return `${current.right} of ${count(labelled, 'labelled image is', 'labelled images are')} classified correctly.`;
}

/** Why a person is asked, in a sentence; `images` is the misfit's own. */
export function doubtInWords(doubt: Doubt, preflight: Preflight): string {
  const { current, labelled, chance, misfit } = preflight;
  switch (doubt) {
    case 'chance':
      return (
        `Only ${number(current.right)} of ${count(labelled, 'labelled image')} ${current.right === 1 ? 'is' : 'are'} predicted right, ` +
        `which is at or near chance (${percent(chance)}): ` +
        'the network does not see what it was trained on, or these are not its classes.'
      );
    case 'better': {
      const [best] = preflight.candidates;
      const facts = best
        ? `: with “${best.name}” ${resultInWords(preflight, best)}, with that ${number(current.right)}`
        : '';
      return `Another preprocessing does clearly better than the one in use${facts}.`;
    }
    case 'outputs':
      return (
        'The model has two outputs that do not move against each other as the scores of two classes do, no softmax and no class ' +
        'names: it may be a regression, which has no decision boundary. If they are classes, name them with "classes" in ' +
        'boundary-lens.json.'
      );
    case 'images':
      return `${literal(misfit ?? 'The images can hardly be the model’s', 600)}.`;
    case 'unstated':
      return `Nothing says how images are to be prepared; taken is a guess: ${current.formula}.`;
  }
}

/** Which candidate is right, as far as the images tell, and by how much. */
export function proposalInWords({ candidates, proposal, sampled, labelled }: Preflight): string {
  const [best, second] = candidates;
  if (!best) return '';
  if (!proposal) {
    const others = second ? ` “${best.name}” and “${second.name}” come first` : '';
    const images = labelled > 0 ? count(labelled, 'labelled image') : `${count(sampled, 'image')} without labels`;
    return `Which of the usual preprocessings is right, ${images} cannot tell${second ? `:${others}, too close to each other or to chance` : ''}.`;
  }
  const { over, lead, p, twins } = proposal;
  const twin =
    twins.length > 0 ? ` (Images cannot tell it from “${twins.join('” or “')}”, which is the same within 1 %.)` : '';
  const next = over === null ? '' : ` over “${over}”, the next`;
  if (lead === null || p === null) {
    return (
      `Best is “${best.name}”: its predictions are the surest and most varied, clearly so${next}. ` +
      `Without labels that is a hint and no proof.${twin}`
    );
  }
  return `Best is “${best.name}”: it leads by ${count(lead, 'image')}${next} (McNemar’s exact test: p = ${number(p, 2)}).${twin}`;
}

/** Everything that gives reason to ask, and what would be better: a sentence each. */
export function doubtsInWords(preflight: Preflight): string[] {
  return [...preflight.doubts.map((doubt) => doubtInWords(doubt, preflight)), proposalInWords(preflight)].filter(
    (text) => text !== '',
  );
}

/** Why a command stops, and what to type next. */
export function stopped(preflight: Preflight, { model, images, signature, inputSize, output }: Request): string {
  const [best] = preflight.candidates;
  const choices = [
    ...(signature === undefined ? [] : ['--signature', signature]),
    ...(inputSize ? ['--input-size', inputSize.join('x')] : []),
    ...(output === undefined ? [] : ['--output', output]),
  ];
  const look = commandLine(['inspect', model, '--images', ...images, ...choices]);
  const use = best ? `--preprocessing '${JSON.stringify(best.preprocessing)}'` : '';
  const next = [
    ...(preflight.proposal
      ? [`${look} --save`, `or once: ${use}`]
      : [look, ...(best ? [`or the first, once: ${use}`] : [])]),
    'or as it is: --yes',
  ];
  return `${capital(doubtsInWords(preflight).join(' '))} Next: ${next.join('; ')}`;
}
