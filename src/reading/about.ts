import type { Manifest, Report } from '../protocol/report';
import { count, duration, literal, number } from './format';
import { smoothnessNames, steppedNetwork } from './names';

/** One fact of what was analysed, with what, and at which cost. */
export interface Fact {
  readonly name: string;
  readonly text: string;
  /** A word that warns before the text. */
  readonly warning?: string;
  /** What is to be read letter by letter, after the text: a hash, a command. */
  readonly code?: string;
}

/** What a model is, and how it sees images. */
export function modelFacts({ model, preprocessing }: Pick<Manifest, 'model' | 'preprocessing'>): Fact[] {
  const producer = model.producer === null ? '' : ` from ${model.producer}`;
  return [
    {
      name: 'Model',
      text: `${model.format}${producer}, ${number(model.parameters)} parameters, input ${model.inputShape.join(' × ')} ${model.layout}, SHA-256`,
      code: model.sha256.slice(0, 12),
    },
    { name: 'Classes', text: `${model.classes.length}: ${shortList(model.classes)} (${model.classesSource})` },
    { name: 'Network', text: networkInWords(model) },
    preprocessingFact(preprocessing),
  ];
}

/** What the network's kind means for its curvature, and what was taken off its end. */
export function networkInWords({
  smoothness,
  stepped,
  headStripped,
}: Pick<Manifest['model'], 'smoothness' | 'headStripped'> & { readonly stepped?: boolean }): string {
  const head = headStripped === null ? '' : `; ${literal(headStripped)} taken off, logits used`;
  return `${smoothnessNames[smoothness]}${stepped ? `; ${steppedNetwork}` : ''}${head}`;
}

/** A preprocessing that nobody stated, and what hangs on it. */
export function guessInWords(sentence: string): string {
  return `${sentence} Please check it: every number here depends on it.`;
}

/** How images become what the network sees. */
export function preprocessingFact({ source, sentence }: { readonly source: string; readonly sentence: string }): Fact {
  return source === 'guess'
    ? { name: 'Preprocessing', warning: 'Unconfirmed', text: guessInWords(sentence) }
    : { name: 'Preprocessing', text: sentence };
}

/** What ran the network. */
export function ranOn({ id, version, provider, device, threads }: Ran): string {
  return `${id} ${version}${provider === '' ? '' : ` (${provider})`}, ${device}, ${count(threads, 'thread')}`;
}

type Ran = Pick<Manifest['backend'], 'id' | 'version' | 'provider' | 'device' | 'threads'>;

/** What was analysed, with what, and at which cost. */
export function facts({ manifest, analyses, failures }: Report): Fact[] {
  const { backend, cost, images } = manifest;
  const { step = null, stepOverDistance = null } = analyses.curvature?.summary ?? {};
  const { boundary, curvature, calibration, detect } = analyses;
  const search =
    boundary?.summary?.search ?? curvature?.summary?.search ?? calibration?.clean?.search ?? detect?.summary?.search;
  const ratio = stepOverDistance === null ? '' : ` (${number(stepOverDistance)} of the median distance)`;
  const hessians = cost.hessianProducts > 0 ? `, ${count(cost.hessianProducts, 'Hessian product')}` : '';
  const [, ...moved] = backend.stages ?? [];
  const failed = [...new Set(failures.flatMap(({ name }) => name ?? []))];
  const refused = backend.refused.map(({ id, reason }) => `${id}: ${reason}`).join('; ');
  return [
    ...modelFacts(manifest),
    {
      name: 'Images',
      text: `${number(images.count)}, seed ${manifest.seed}${step === null ? '' : `, h = ${number(step)}${ratio}`}${search ? `, search “${search}”` : ''}${failed.length > 0 ? `. Failed: ${shortList(failed)}` : ''}`,
    },
    {
      name: 'Computed',
      text:
        `${duration(manifest.durationMs)} on ${ranOn(backend)}; ` +
        `${count(cost.forwards, 'forward pass', 'forward passes')}, ${count(cost.gradients, 'gradient')}${hessians}` +
        (refused === '' ? '' : `. Not used: ${refused}`) +
        moved.map(({ id, device, reason }) => `. Then on ${id}, ${device}, since ${reason ?? ''}`).join(''),
    },
    { name: 'Repeat it', text: '', code: manifest.command },
  ];
}

/** Names as far as they fit a line. */
export function shortList(names: readonly string[]): string {
  const most = 10;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')}, …`;
}
