import { analyses, type AnalysisName } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';

type Cell = string | number | boolean | null | undefined;

/** Lists of random samples, which are for figures; the JSON report has them. */
const samples = ['tangentCurvatures'];

/** One row an image, joined over the analyses by its name; a column `analysis.field` each, lists spread out. */
export function encodeCsv(report: Report): string {
  const rows = new Map<string, Map<string, Cell>>();
  const columns = new Set<string>();
  for (const name of Object.keys(analyses) as AnalysisName[]) {
    const items = (report.analyses[name] as Record<string, unknown> | undefined)?.['images'];
    if (!Array.isArray(items)) continue;
    for (const item of items as Record<string, unknown>[]) {
      const key = String(item['name']);
      const row = rows.get(key) ?? new Map<string, Cell>();
      rows.set(key, row);
      for (const [field, value] of cells(item)) {
        columns.add(`${name}.${field}`);
        row.set(`${name}.${field}`, value);
      }
    }
  }
  const named = ['label', 'trueLabel', 'target', 'runnerUp', 'highestCurvatureLabel', 'recoveredLabel'];
  const classes = report.manifest.model.classes;
  const header = ['name', ...columns];
  const lines = [...rows].map(([name, row]) => {
    const values = [...columns].map((column) => {
      const value = row.get(column);
      return named.includes(column.split('.')[1] ?? '') && typeof value === 'number'
        ? (classes[value] ?? value)
        : value;
    });
    return [name, ...values];
  });
  return [header, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

function cells(item: Record<string, unknown>): [string, Cell][] {
  return Object.entries(item).flatMap(([field, value]): [string, Cell][] => {
    if (field === 'name' || samples.includes(field)) return [];
    if (Array.isArray(value)) {
      return value.every((entry) => typeof entry !== 'object')
        ? value.map((entry: Cell, i): [string, Cell] => [`${field}.${i}`, entry])
        : [];
    }
    return typeof value === 'object' && value !== null ? [] : [[field, value as Cell]];
  });
}

/** RFC 4180. */
function quoted(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
