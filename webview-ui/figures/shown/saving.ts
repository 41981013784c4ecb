import Plotly from 'plotly.js-cartesian-dist-min';

import type { Saving } from '../../parts/host';
import { palette, paper } from '../../parts/theme';
import type { Cell, Figure } from '../figure';
import { dressed } from './dressed';
import { mapSheet } from './mapSheet';

/** What a figure is saved as. */
export const figureFormats = ['png', 'svg', 'csv', 'json'] as const;
export type FigureFormat = (typeof figureFormats)[number];

const size = { width: 900, height: 520 };

/** Whether a figure can be saved so: what is no plot has no lines to scale. */
export function isSavedAs({ drawing }: Figure, format: FigureFormat): boolean {
  if (format === 'svg') return drawing.kind === 'plot';
  return format !== 'png' || drawing.kind !== 'tiles';
}

/** Saves a figure on white under the name of its model: a picture, or its numbers. */
export async function saveFigure(figure: Figure, format: FigureFormat, model: string, host: Saving): Promise<void> {
  const name = `${fileName(model)}-${figure.id}.${format}`;
  switch (format) {
    case 'csv':
      host.save(name, dataUri('text/csv', csv(figure)));
      return;
    case 'json':
      host.save(name, dataUri('application/json', json(figure, model)));
      return;
    case 'png':
    case 'svg':
      host.save(name, await picture(figure, format));
  }
}

async function picture({ drawing, title }: Figure, format: 'png' | 'svg'): Promise<string> {
  const colors = paper(palette());
  if (drawing.kind === 'map') {
    return mapSheet(title, drawing.map, colors, size.width);
  }
  if (drawing.kind !== 'plot') return '';
  const plot = drawing.plot(colors);
  const { data, layout } = dressed(plot, colors, size);
  const sheet = {
    ...layout,
    title: { text: title, x: 0.02, xanchor: 'left' as const, font: { size: 16 } },
    margin: { ...layout.margin, t: 84 },
    paper_bgcolor: colors.background,
    showlegend: plot.layout.showlegend ?? data.length > 1,
    legend: { orientation: 'h' as const, x: 0, y: 1.04, yanchor: 'bottom' as const, bgcolor: 'rgba(0, 0, 0, 0)' },
  };
  return Plotly.toImage({ data, layout: sheet }, { format, ...size, scale: 2 });
}

function csv({ table: { columns, rows } }: Figure): string {
  return [columns, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

/** RFC 4180. */
function quoted(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function json({ id, title, summary, note, table }: Figure, model: string): string {
  return JSON.stringify({ figure: id, model, title, summary, ...(note !== undefined && { note }), ...table }, null, 1);
}

function dataUri(type: string, text: string): string {
  return `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
}

/** A name that every file system takes. */
function fileName(model: string): string {
  return model.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'model';
}
