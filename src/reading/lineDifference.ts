/** What becomes of a text, line by line: `- ` for what goes, `+ ` for what comes, two spaces for what stays. */
export function lineDifference(before: string, after: string): string[] {
  const [a, b] = [before, after].map((text) => text.trimEnd().split('\n')) as [string[], string[]];
  // Lengths of the longest common subsequences of what is left of both.
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++] ?? ''}`);
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${a[i++] ?? ''}`);
    } else {
      lines.push(`+ ${b[j++] ?? ''}`);
    }
  }
  return lines;
}
