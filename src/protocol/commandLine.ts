/** The command line of these words, as a shell takes it: what a report says to repeat. */
export function commandLine(words: readonly string[]): string {
  return ['boundary-lens', ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w./\\:@%+=,-]+$/.test(word)) return word;
  return word.includes('"') ? `'${word}'` : `"${word}"`;
}
