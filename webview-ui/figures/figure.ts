import type { Data, Layout, LayoutAxis } from 'plotly.js-cartesian-dist-min';

import type { Palette } from '../parts/theme';

/** What Plotly draws. */
export interface Plot {
  readonly data: Data[];
  readonly layout: Partial<Layout>;
}

export type Cell = string | number | null;

/** The same numbers as text, for those who cannot see the figure or want to copy them. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A plane through the input space: the winning class of each cell, and lines of equal margin. */
export interface RegionMap {
  readonly axes: readonly [string, string];
  /** [left, right, bottom, top]. */
  readonly extent: readonly [number, number, number, number];
  /** Rows from bottom to top. */
  readonly labels: readonly (readonly number[])[];
  /** The classes that occur, the most frequent first. */
  readonly classes: readonly { readonly label: number; readonly name: string; readonly share: number }[];
  /** f_label − f_runnerUp of the winner, at the same points as the labels. */
  readonly margins: readonly (readonly number[])[];
  /** Where two classes meet. */
  readonly boundaries: readonly Segment[];
  readonly contours: readonly { readonly level: number; readonly segments: readonly Segment[] }[];
  /** Named points; those on the path are joined in their order. */
  readonly anchors: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly onPath?: boolean;
  }[];
}

/** [x1, y1, x2, y2]. */
export type Segment = readonly [number, number, number, number];

export type Drawing =
  | { readonly kind: 'plot'; readonly plot: (palette: Palette) => Plot; /** Pixels. */ readonly height?: number }
  | { readonly kind: 'map'; readonly map: RegionMap }
  | { readonly kind: 'tiles'; readonly tiles: readonly { readonly source: string; readonly name: string }[] };

/** Of filters, by their names, what is chosen. */
export type Choices = Readonly<Record<string, string>>;

/** A picture of one quantity, its words and its numbers. Figures are plain data, so they are tested without a browser. */
export interface Figure {
  /** Stable over updates; the name of the file it is saved as. */
  readonly id: string;
  /** What is seen. */
  readonly title: string;
  /** The paper's figure or table of the same kind: 'Compare with …'. */
  readonly paper?: string;
  /** What a reader who cannot see the figure should know; stands in place of the picture. */
  readonly summary: string;
  /** What a reader should know to read it. */
  readonly note?: string;
  readonly table: DataTable;
  /** What a click on a point of a series chooses among the images. */
  readonly picks?: (series: number, point: number) => Choices | undefined;
  readonly drawing: Drawing;
}

/** An axis that says what it shows and in which unit. */
export function axis(quantity: string, unit?: string, more: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  return { title: { text: unit === undefined ? quantity : `${quantity} (${unit})`, standoff: 8 }, ...more };
}

/** Text for Plotly, which reads its own as HTML. */
export function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
