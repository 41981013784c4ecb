import type { AnalysisName } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';
import { type Fact, facts } from '../../reading/about';
import { answers } from '../../reading/answers';
import { comparisonTable } from '../../reading/comparison';
import { chapters } from '../../reading/findings';
import { count } from '../../reading/format';
import { imageTable } from '../../reading/images';
import type { Table } from '../../reading/table';
import { verdictTable } from '../../reading/verdicts';
import { aligned, table } from './table';

/** Rows of a table that fit a terminal. */
const mostRows = 40;

/** What has a row of its own for every image, and is read one by one. */
const tables: Readonly<Partial<Record<AnalysisName, (report: Report) => Table>>> = {
  detect: verdictTable,
  compare: comparisonTable,
};

/** The report as text: what a colleague would say, what was analysed, one row an image, what each analysis says, and the notes if wanted. */
export function summaryText(report: Report, withNotes = true): string {
  const { notes } = report.manifest;
  const parts = [
    answers(report)
      .map(({ text }) => `${text}\n`)
      .join(''),
    aligned(factRows(facts(report))),
    shortened(imageTable(report)),
    ...chapters(report).map(({ analysis, title, findings }) => {
      const rows = tables[analysis]?.(report);
      const drawn = analysis === 'slice' ? ['Drawn in the HTML page (--out report.html).'] : [];
      const sentences = [...findings.map(({ text }) => text), ...drawn].map((text) => `  ${text}\n`);
      return `${title}\n${sentences.join('')}${rows ? `\n${shortened(rows)}` : ''}`;
    }),
    withNotes ? notes.map((sentence) => `Note: ${sentence}\n`).join('') : '',
  ];
  return parts.filter((text) => text !== '').join('\n');
}

/** Facts, or those of some names, as rows of two columns. */
export function factRows(all: readonly Fact[], names?: readonly string[]): [name: string, text: string][] {
  const wanted = names ? all.filter(({ name }) => names.includes(name)) : all;
  return wanted.map(({ name, warning, text, code }) => [
    name,
    [warning && `${warning}:`, text, code].filter(Boolean).join(' '),
  ]);
}

/** A table as far as it fits, under its caption; nothing where it has no rows. */
function shortened({ caption, columns, rows }: Table): string {
  if (rows.length === 0) return '';
  const more = rows.length > mostRows ? `… and ${count(rows.length - mostRows, 'more image')}\n` : '';
  const right = columns.map(({ kind }) => kind === 'number');
  const texts = rows.slice(0, mostRows).map((row) => row.map(({ text }) => text));
  return `${caption}\n\n${table([columns.map(({ title }) => title), ...texts], right)}${more}`;
}
