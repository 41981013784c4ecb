import type { LayoutAxis } from 'plotly.js-cartesian-dist-min';

import type { Palette } from '../../parts/theme';
import type { Plot } from '../figure';

/** Pixels that the title of an upright axis takes in several lines: so much shorter is the other. */
const upright = 60;

/** A figure's plot in the page's type and colours, for a size in pixels; its legend is the page's own. */
export function dressed(
  { data, layout }: Plot,
  colors: Palette,
  { width, height }: Readonly<Record<'width' | 'height', number>>,
): Plot {
  const shared = {
    gridcolor: colors.grid,
    linecolor: colors.muted,
    tickcolor: colors.muted,
    zeroline: false,
    showline: true,
    ticks: 'outside',
    ticklen: 4,
    automargin: true,
    minexponent: 4,
    // Powers as superscripts would be inline styles, which the page's policy forbids.
    exponentformat: 'e',
  };
  const axes = Object.fromEntries(
    Object.entries(layout as Record<string, unknown>).flatMap(([name, axis]): [string, object][] =>
      /^[xy]axis\d*$/.test(name)
        ? [
            [
              name,
              dressedAxis(axis as Partial<LayoutAxis>, shared, colors, name.startsWith('y') ? height : width - upright),
            ],
          ]
        : [],
    ),
  );
  const labelled = (layout.annotations ?? []).length > 0;
  return {
    data,
    layout: {
      font: { family: colors.font, size: colors.fontSize, color: colors.foreground },
      paper_bgcolor: 'rgba(0, 0, 0, 0)',
      plot_bgcolor: 'rgba(0, 0, 0, 0)',
      margin: { l: 56, r: 26, t: labelled ? 26 : 10, b: 44 },
      hoverlabel: {
        bgcolor: colors.background,
        bordercolor: colors.foreground,
        font: { color: colors.foreground, family: colors.font, size: colors.fontSize },
      },
      hovermode: 'closest',
      ...layout,
      showlegend: false,
      ...axes,
    },
  };
}

function dressedAxis(
  axis: Partial<LayoutAxis>,
  shared: object,
  { foreground, fontSize }: Palette,
  length: number,
): object {
  const font = { size: fontSize, color: foreground };
  const given = typeof axis.title === 'object' ? axis.title : {};
  // The axis is shorter by the numbers and the title of the other; letters are about half as wide as they are high.
  const text = given.text !== undefined && inLines(given.text, (length - 60) / (fontSize / 2));
  const title = text !== false && { ...given, text, font };
  return { ...shared, ...axis, ...(title && { title }) };
}

/** Words in lines of at most so many letters. */
function inLines(text: string, most: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= most) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines.join('<br>');
}
