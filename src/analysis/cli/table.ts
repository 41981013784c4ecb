import { significant } from '../../reading/format';

/**
 * Columns padded to one width, to the right where said, or where they hold numbers alone. The first row is the header.
 */
export function table(
  rows: readonly (readonly (string | number)[])[],
  right: readonly boolean[] = (rows[0] ?? []).map((_, i) => rows.slice(1).every((row) => typeof row[i] === 'number')),
): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? significant(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const lines = cells.map((row) => {
    const padded = row.map((cell, column) => {
      const gap = ' '.repeat((widths[column] ?? 0) - width(cell));
      return right[column] ? gap + cell : cell + gap;
    });
    return padded.join('  ').trimEnd();
  });
  lines.splice(1, 0, widths.map((columns) => '─'.repeat(columns)).join('  '));
  return `${lines.join('\n')}\n`;
}

/** Names and what is said of each, a line each. */
export function aligned(rows: readonly (readonly [name: string, text: string])[]): string {
  const longest = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, text]) => `${name.padEnd(longest)}  ${text}\n`).join('');
}

/** Columns that a text takes on a terminal, wide characters aside. */
function width(text: string): number {
  return Array.from(text).length;
}
