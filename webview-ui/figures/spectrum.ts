import type { Section } from '../../src/protocol/analyses';
import { number } from '../../src/reading/format';
import { axis, type DataTable, type Figure } from './figure';
import { band, decimated, line, rule } from './marks';

const curvatureAxis = (more = {}) => axis('Principal curvature κ', '1 / unit of the input', more);
const closeUp = 20;

type Spectrum = NonNullable<Section<'curvature'>['spectrum']>;

/** All D − 1 principal curvatures, sorted and averaged index by index; smooth networks only. */
export function spectrum({ spectrum: found }: Section<'curvature'>): Figure | undefined {
  if (!found || !isWhole(found)) return undefined;
  const { index, mean, lower, upper, n } = found;
  return {
    id: 'spectrum',
    title: 'Curvature spectrum: a few strongly curved directions, most nearly flat',
    paper: 'the paper’s figure of principal curvatures',
    summary:
      `${index.length} principal curvatures averaged over ${n} images, falling from ${number(mean[0])} to ${number(mean.at(-1))}; ` +
      `the middle one is ${number(mean[Math.floor(mean.length / 2)])}.`,
    note: 'The line is the mean over images at each rank, the band holds 10–90 % of the images. Above 0: convex; below: concave.',
    table: spectrumTable(found),
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          band(palette, 0, '10–90 % of images', index, lower, upper),
          line(palette, 0, { name: 'mean over images', x: index, y: mean }, false),
        ],
        layout: {
          showlegend: false,
          xaxis: axis('Rank, from the most convex to the most concave direction'),
          yaxis: curvatureAxis(),
          shapes: [rule(palette, 'y', 0, undefined, { dash: 'solid' }).shape],
        },
      }),
    },
  };
}

/** Both ends of the spectrum: all that is measured where the network has kinks, a close-up where it is smooth. */
export function spectrumEnds({ spectrum: found, images = [] }: Section<'curvature'>): Figure | undefined {
  if (!found || found.index.length === 0) return undefined;
  const whole = isWhole(found);
  const rows = found.index.map((index, i) => ({
    index,
    mean: found.mean[i] ?? 0,
    lower: found.lower[i] ?? 0,
    upper: found.upper[i] ?? 0,
  }));
  const size = rows.length;
  const top = whole ? rows.slice(0, closeUp) : rows.filter(({ index }) => index > 0);
  const bottom = whole
    ? rows.slice(-closeUp).map((row) => ({ ...row, index: row.index - size - 1 }))
    : rows.filter(({ index }) => index < 0).sort((a, b) => a.index - b.index);
  const scale = images.find(({ step }) => step !== null)?.step;
  const most = (values: readonly number[], pick: (...list: number[]) => number) =>
    values.length === 0 ? null : pick(...values);
  return {
    id: 'spectrum-ends',
    title: whole ? 'Close-up of both ends of the spectrum' : 'The most convex and the most concave directions',
    ...(whole ? {} : { paper: 'the ends of the paper’s figure of principal curvatures' }),
    summary:
      `The ${top.length} largest and the ${bottom.length} smallest principal curvatures averaged over ${found.n} images: ` +
      `largest ${number(
        most(
          top.map(({ mean }) => mean),
          Math.max,
        ),
      )}, smallest ${number(
        most(
          bottom.map(({ mean }) => mean),
          Math.min,
        ),
      )}.`,
    note:
      'Points are means over images, the band holds 10–90 % of the images.' +
      (whole || typeof scale !== 'number'
        ? ''
        : ` The network has kinks, so its curvature exists at a scale only: measured over steps of h = ${number(scale)}. What lies between the ends is not drawn: it would be measured at another scale.`),
    table: spectrumTable(found),
    drawing: {
      kind: 'plot',
      plot: (palette) => {
        const half = (part: typeof rows, second: boolean) => {
          const x = part.map(({ index }) => index);
          const on = second ? ({ xaxis: 'x2', yaxis: 'y' } as const) : {};
          return [
            {
              ...band(
                palette,
                0,
                '10–90 %',
                x,
                part.map(({ lower }) => lower),
                part.map(({ upper }) => upper),
              ),
              ...on,
            },
            { ...line(palette, 0, { name: 'mean over images', x, y: part.map(({ mean }) => mean) }), ...on },
          ];
        };
        return {
          data: [...half(top, false), ...half(bottom, true)],
          layout: {
            showlegend: false,
            xaxis: axis('Rank from the most convex', undefined, { ...ticks(top), domain: [0, 0.48] }),
            xaxis2: axis('Rank from the most concave', undefined, { ...ticks(bottom), domain: [0.52, 1], anchor: 'y' }),
            yaxis: curvatureAxis(),
            shapes: [rule(palette, 'y', 0, undefined, { dash: 'solid' }).shape],
          },
        };
      },
    },
  };
}

/** Whole ranks only, with a true minus sign. */
function ticks(part: readonly { readonly index: number }[]): {
  tickmode: 'array';
  tickvals: number[];
  ticktext: string[];
} {
  const every = Math.max(1, Math.ceil(part.length / 10));
  const values = part.map(({ index }) => index).filter((index) => (Math.abs(index) - 1) % every === 0);
  return { tickmode: 'array', tickvals: values, ticktext: values.map((value) => number(Math.abs(value))) };
}

const isWhole = ({ index }: Spectrum): boolean => index.length > 2 * closeUp && index.every((rank) => rank > 0);

function spectrumTable({ index, mean, median, lower, upper }: Spectrum): DataTable {
  const rows = decimated(index.length, 500);
  return {
    columns: ['Rank', 'Mean κ', ...(median ? ['Median κ'] : []), '10 % of images below', '90 % of images below'],
    rows: rows.map((i) => [
      index[i] ?? null,
      mean[i] ?? null,
      ...(median ? [median[i] ?? null] : []),
      lower[i] ?? null,
      upper[i] ?? null,
    ]),
  };
}
