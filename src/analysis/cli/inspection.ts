import type { Inspection } from '../../protocol/job';
import { shortList } from '../../reading/about';
import { number } from '../../reading/format';
import { smoothnessNames, steppedNetwork } from '../../reading/names';
import { aligned } from './table';

/** What `inspect` prints. */
export function inspectionText(inspection: Inspection): string {
  const { operators, classNames, classesSource, operatorsWithoutGradient: missing } = inspection;
  const counts = Object.entries(operators).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  const rows: [string, string][] = [
    ['File', inspection.path],
    ['Format', inspection.format + (inspection.producer ? `, by ${inspection.producer}` : '')],
    ...(inspection.sha256 === null ? [] : [['SHA-256', inspection.sha256] satisfies [string, string]]),
    ['Input', `${inspection.inputShape.join('×')} (${inspection.layout})`],
    ['Classes', `${inspection.classes}${classNames ? `: ${shortList(classNames)} (${classesSource ?? ''})` : ''}`],
    ['Parameters', number(inspection.parameters)],
    ['Smoothness', smoothnessNames[inspection.smoothness] + (inspection.stepped ? `; ${steppedNetwork}` : '')],
    ['Head', inspection.headStripped ? `${inspection.headStripped} stripped: analyses see logits` : 'logits'],
    ['Preprocessing', inspection.preprocessing.sentence],
    ['Operators', counts.map(([op, count]) => `${op} ${count}`).join(', ')],
    ['Without gradient', missing.length > 0 ? missing.join(', ') : 'none'],
    ...inspection.notes.map((sentence): [string, string] => ['Note', sentence]),
  ];
  return aligned(rows);
}
