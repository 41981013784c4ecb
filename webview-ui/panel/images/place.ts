import type { Report } from '../../../src/protocol/report';
import { number, percent } from '../../../src/reading/format';
import { h } from '../../parts/dom';

/** Where an image's score lies among those of clean images that nothing was learned from; nothing where there are none. */
export function place(report: Report, name: string): HTMLElement | null {
  const checked = report.analyses.detect?.images?.find((one) => one.name === name);
  const combined = report.analyses.calibration?.scores?.combined;
  const clean = combined?.clean ?? [];
  const score = checked?.score ?? null;
  if (!combined || score === null || clean.length === 0) return null;
  const [low, high] = [Math.min(score, ...clean), Math.max(score, combined.threshold, ...clean)];
  const at = (value: number): string => `${(100 * (value - low)) / (high - low || 1)}%`;
  const mark = (kind: string, value: number): HTMLElement => {
    const element = h('span', { class: kind });
    element.style.left = at(value);
    return element;
  };
  const below = clean.filter((value) => value < score).length / clean.length;
  const words = `Score ${number(score)}, above ${percent(below, 0)} of ${clean.length} clean images; threshold ${number(combined.threshold)}.`;
  return h(
    'div',
    { class: 'among' },
    h('h4', {}, 'Score among clean images'),
    h(
      'div',
      { class: 'strip', role: 'img', 'aria-label': words },
      ...clean.map((value) => mark('one', value)),
      mark('threshold', combined.threshold),
      mark('this', score),
    ),
    h('p', { class: 'muted key' }, 'Thin: clean images; dashed: the threshold; thick: this image.'),
  );
}
