import type { Inspection } from '../../protocol/job';

/** What `inspect` prints. */
export function inspectionText(inspection: Inspection): string {
  const { operators, classNames, operatorsWithoutGradient: missing } = inspection;
  const counts = Object.entries(operators).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  const rows: [string, string][] = [
    ['File', inspection.path],
    ['Format', inspection.format + (inspection.producer ? `, by ${inspection.producer}` : '')],
    ...(inspection.sha256 === null ? [] : [['SHA-256', inspection.sha256] satisfies [string, string]]),
    ['Input', `${inspection.inputShape.join('×')} (${inspection.layout})`],
    ['Classes', `${inspection.classes}${classNames ? `: ${shortened(classNames)}` : ''}`],
    ['Parameters', inspection.parameters.toLocaleString('en')],
    ['Smoothness', inspection.smoothness],
    ['Head', inspection.headStripped ? `${inspection.headStripped} stripped: analyses see logits` : 'logits'],
    ['Preprocessing', inspection.preprocessing.sentence],
    ['Operators', counts.map(([op, count]) => `${op} ${count}`).join(', ')],
    ['Without gradient', missing.length > 0 ? missing.join(', ') : 'none'],
    ...inspection.notes.map((sentence): [string, string] => ['Note', sentence]),
  ];
  return rows.map(([name, text]) => `${name.padEnd(17)} ${text}\n`).join('');
}

function shortened(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
}
