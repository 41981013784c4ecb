import type { Manifest, Report } from '../src/protocol/report';
import { count, duration, number } from '../src/reading/format';
import { h } from './dom';

const smoothness: Readonly<Record<Manifest['model']['smoothness'], string>> = {
  smooth: 'smooth: curvature is exact',
  'piecewise-linear': 'piecewise linear: curvature exists at a scale h only',
  'piecewise-smooth': 'smooth but for kinks: curvature exists at a scale h only',
};

/** What was analysed, with what, and at which cost. */
export function header({ manifest, analyses }: Report): HTMLElement {
  const { model, preprocessing, backend, cost, images } = manifest;
  const guessed = preprocessing.source === 'guess';
  const step = analyses.curvature?.summary?.step ?? null;
  const ratio = analyses.curvature?.summary?.stepOverDistance ?? null;
  const refused = backend.refused.map(({ id, reason }) => `${id}: ${reason}`).join('; ');
  return h(
    'section',
    { class: 'about', 'aria-label': 'What was analysed' },
    h(
      'dl',
      { class: 'facts' },
      ...fact(
        'Model',
        `${model.format}${model.producer === null ? '' : ` from ${model.producer}`}, ${number(model.parameters)} parameters, input ${model.inputShape.join(' × ')} ${model.layout}, `,
        h('code', { title: `SHA-256 ${model.sha256}` }, model.sha256.slice(0, 12)),
      ),
      ...fact('Classes', `${model.classes.length}: ${shortList(model.classes)} (${model.classesSource})`),
      ...fact(
        'Network',
        smoothness[model.smoothness],
        model.headStripped === null ? '' : `; ${model.headStripped} taken off, logits used`,
      ),
      ...fact(
        'Preprocessing',
        guessed && h('strong', { class: 'badge warning' }, 'Guess'),
        preprocessing.sentence,
        guessed && ' Please check it: every number here depends on it.',
      ),
      ...fact(
        'Images',
        `${number(images.count)}, seed ${manifest.seed}`,
        step === null
          ? ''
          : `, h = ${number(step)}${ratio === null ? '' : ` (${number(ratio)} of the median distance)`}`,
      ),
      ...fact(
        'Computed',
        `${duration(manifest.durationMs)} on ${backend.id}${backend.provider === '' ? '' : ` (${backend.provider})`}, ${backend.device}; ` +
          `${count(cost.forwards, 'forward pass', 'forward passes')}, ${count(cost.gradients, 'gradient')}` +
          (cost.hessianProducts > 0 ? `, ${count(cost.hessianProducts, 'Hessian product')}` : '') +
          (refused === '' ? '' : `. Not used: ${refused}`),
      ),
      ...fact('Repeat it', h('code', { class: 'command' }, manifest.command)),
    ),
    manifest.notes.length > 0 &&
      h('ul', { class: 'notes', 'aria-label': 'Notes' }, ...manifest.notes.map((note) => h('li', {}, note))),
  );
}

const fact = (name: string, ...value: readonly (Node | string | false)[]) => [h('dt', {}, name), h('dd', {}, ...value)];

function shortList(names: readonly string[]): string {
  const most = 10;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')}, …`;
}
