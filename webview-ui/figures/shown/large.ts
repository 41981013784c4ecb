import { button, group } from '../../parts/controls';
import { h } from '../../parts/dom';
import type { Saving } from '../../parts/host';
import { palette } from '../../parts/theme';
import type { Figure } from '../figure';
import { draw } from './drawn';
import { figureFormats, isSavedAs, saveFigure } from './saving';

/** Shows a figure as large as the page allows, with what it can be saved as. Escape closes it. */
export function enlarge(figure: Figure, model: string, host: Saving): void {
  const { drawing, title, summary, note } = figure;
  const picture = h('div', { class: `picture ${drawing.kind}`, role: 'img', 'aria-label': summary });
  const save = figureFormats
    .filter((format) => isSavedAs(figure, format))
    .map((format) => {
      const click = (): void => {
        void saveFigure(figure, format, model, host);
      };
      return button(format.toUpperCase(), `save ${format}`, click, 'secondary');
    });
  const close = button('Close', 'close', () => {
    dialog.close();
  });
  const dialog = h(
    'dialog',
    { class: 'large', 'aria-label': title },
    h('h2', {}, title),
    picture,
    note !== undefined && h('p', { class: 'note' }, note),
    h('div', { class: 'line' }, group('saving', 'Save this figure', h('span', {}, 'Save as'), ...save), close),
  );
  const sheet = drawing.kind === 'plot' ? { kind: drawing.kind, plot: drawing.plot } : drawing;
  const redraw = (): void => {
    draw(picture, sheet, palette());
  };
  const observer = new ResizeObserver(redraw);
  dialog.addEventListener('close', () => {
    observer.disconnect();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  observer.observe(picture);
}
