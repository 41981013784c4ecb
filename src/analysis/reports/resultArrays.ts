import { analyses } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';
import type { ResultArray } from '../base/resultArray';
import type { OutputArray } from './npz';

/** Arrays that count or name classes. */
const integers = new Set(['label', 'runnerUp', 'target']);

/** What a `.npz` holds: the arrays of the items, and the names of the images that they are of. */
export function npzArrays(report: Report, arrays: ReadonlyMap<string, ResultArray>): Map<string, OutputArray> {
  const output = new Map<string, OutputArray>();
  for (const [name, { items }] of Object.entries(analyses)) {
    const section = report.analyses[name as keyof typeof analyses] as Record<string, unknown> | undefined;
    const listed = section?.[items];
    if (!Array.isArray(listed) || items !== 'images') continue;
    output.set('name', { type: 'string', data: listed.map((item: { name: string }) => item.name) });
    break;
  }
  for (const [name, { data, shape }] of arrays) {
    output.set(name, { type: integers.has(name) ? 'int64' : 'float64', data, shape });
  }
  return output;
}
