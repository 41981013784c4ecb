import type { Verdict } from '../protocol/words';

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** What it holds, where the title is terse. */
  readonly hint?: string;
  /** 'image': names of images; 'share': texts with a share of 1 to draw. */
  readonly kind: 'image' | 'text' | 'number' | 'share';
}

/** One cell: how it is read, and by what it is sorted. */
export interface Cell {
  readonly text: string;
  /** Null sorts last, and stands for what does not exist. */
  readonly value: number | string | null;
  /** What a reader should not overlook. */
  readonly bad?: boolean;
  /** A word that stands out at the beginning of the text. */
  readonly badge?: { readonly verdict: Verdict; readonly text: string };
}

/** Plain data for whoever shows it: a terminal, a page, a tool. */
export interface Table {
  readonly caption: string;
  /** Title of the column that the rows are sorted by, ascending. */
  readonly sortedBy: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A column and how its cells are got. */
export interface Field<Row> extends Column {
  readonly cell: (row: Row) => Cell;
}

/** The table of what there is, in the order of its column; fields that are left out are false. */
export function table<Row>(
  caption: string,
  sortedBy: string,
  all: readonly (Field<Row> | false)[],
  data: readonly Row[],
): Table {
  const fields = all.filter((field) => field !== false);
  const rows = data.map((row) => fields.map(({ cell }) => cell(row)));
  const columns = fields.map(({ title, hint, kind }) => ({ title, kind, ...(hint !== undefined && { hint }) }));
  return { caption, sortedBy, columns, rows: sorted(columns, rows, sortedBy) };
}

/** Rows by the value of one column; those without a value last, either way. */
export function sorted(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  by: string,
  descending = false,
): readonly (readonly Cell[])[] {
  const column = columns.findIndex(({ title }) => title === by);
  if (column < 0) return rows;
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column]?.value ?? null, b[column]?.value ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return direction * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}

/** A cell of words, a dash where there are none. */
export function words(text: string | null | undefined): Cell {
  return { text: text ?? '–', value: text ?? null };
}

/** A cell of a number in its format. */
export function numeric(value: number | null | undefined, format: (value: number | null) => string): Cell {
  return { text: format(value ?? null), value: value ?? null };
}
