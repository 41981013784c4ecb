import type { Inspection } from '../../protocol/job';
import { inspectionFacts } from '../../reading/model';
import { factRows } from './summary';
import { aligned } from './table';

/** What `inspect` prints. */
export function inspectionText(inspection: Inspection): string {
  const { path, sha256, inputShape, layout, notes } = inspection;
  return aligned([
    ['File', path],
    ...(sha256 === null ? [] : [['SHA-256', sha256] satisfies [string, string]]),
    ['Shape', `${inputShape.join('×')} (${layout})`],
    ...factRows(inspectionFacts(inspection)),
    ...notes.map((sentence): [string, string] => ['Note', sentence]),
  ]);
}
