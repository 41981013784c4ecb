import type { LayoutAxis } from 'plotly.js-cartesian-dist-min';

import type { Palette } from '../../parts/theme';
import type { Plot } from '../figure';

/** A figure's plot in the page's type and colours; its legend is the page's own. */
export function dressed({ data, layout }: Plot, colors: Palette): Plot {
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
      /^[xy]axis\d*$/.test(name) ? [[name, dressedAxis(axis as Partial<LayoutAxis>, shared, colors)]] : [],
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

function dressedAxis(axis: Partial<LayoutAxis>, shared: object, { foreground, fontSize }: Palette): object {
  const title =
    typeof axis.title === 'object' ? { ...axis.title, font: { size: fontSize, color: foreground } } : undefined;
  return { ...shared, ...axis, ...(title && { title }) };
}
