/** Columns padded to one width; numbers to the right. The first row is the header. */
export function table(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? significant(cell) : (cell ?? '–'))));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const right = widths.map((_, column) => rows.slice(1).every((row) => typeof (row[column] ?? 0) === 'number'));
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

/** Columns that a text takes on a terminal, wide characters aside. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Four significant digits, without an exponent where it reads well. */
export function significant(x: number): string {
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x);
  const size = Math.abs(x);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? x.toExponential(3) : String(Number(x.toPrecision(4)));
}
