import { mismatch } from './check';
import { Report, schemaVersion } from './report';

/** The report that a file's text holds, or why it is none: what follows the file's name in a sentence. */
export function reportIn(text: string): { readonly report: Report } | { readonly refusal: string } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's message quotes the file, which may be anything.
    return { refusal: 'is not a Boundary Lens report: it is no JSON' };
  }
  const head = content as { schema?: unknown; schemaVersion?: unknown } | null;
  if (head?.schema !== 'boundary-lens/report') {
    return { refusal: 'is not a Boundary Lens report: its "schema" is not "boundary-lens/report"' };
  }
  const { schemaVersion: version } = head;
  if (typeof version === 'number' && version > schemaVersion) {
    const known = `newer than the ${schemaVersion} that this version reads; update Boundary Lens`;
    return { refusal: `has schemaVersion ${version}, ${known}` };
  }
  const reason = mismatch(Report, content);
  return reason === undefined ? { report: content as Report } : { refusal: `is damaged: ${reason}` };
}
