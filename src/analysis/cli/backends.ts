import { type BackendId, backendIds } from '../../protocol/words';
import type { Backend, BackendOptions } from '../backends/backend';
import { checkOperators, type OperatorCheck } from '../backends/check';
import { backends } from '../backends/table';
import { AnalysisError } from '../base/errors';
import { table } from './table';

/** A backend on this machine: what it is, or why it is missing and what mends that. */
export interface BackendHere {
  readonly id: BackendId;
  readonly present: boolean;
  readonly provider: string | null;
  readonly version: string | null;
  readonly device: string | null;
  readonly threads: number | null;
  readonly reason: string | null;
  /** How its operators came out against onnxruntime's, where that was asked for. */
  readonly operators?: readonly OperatorCheck[];
}

/** Every backend that the protocol knows, present or not; with `check`, its operators tried. */
export async function backendsHere(options: BackendOptions, check: boolean): Promise<BackendHere[]> {
  const trusted = check ? await backends.onnxruntime?.(options) : undefined;
  const found: BackendHere[] = [];
  for (const id of backendIds) {
    const made = await make(id, options);
    if (typeof made === 'string') {
      found.push({ ...missing, id, reason: made });
      continue;
    }
    const { provider, version, device, threads } = made;
    const tried = trusted && id !== trusted.id ? { operators: await checkOperators(made, trusted) } : {};
    found.push({ id, present: true, provider, version, device, threads, reason: null, ...tried });
  }
  return found;
}

const missing = { present: false, provider: null, version: null, device: null, threads: null };

async function make(id: BackendId, options: BackendOptions): Promise<Backend | string> {
  const create = backends[id];
  if (!create) return 'not part of this version';
  try {
    return await create(options);
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return error.message;
  }
}

/** What `backends` prints. */
export function backendsText(found: readonly BackendHere[]): string {
  const rows = found.map(({ id, present, provider, version, device, threads, reason }) => {
    const name = [version, provider && `(${provider})`].filter(Boolean).join(' ');
    const what = [name, device, `${threads ?? 1} threads`].filter(Boolean).join(', ');
    return [id, present ? 'present' : 'missing', present ? what : (reason ?? '')];
  });
  const checked = found.flatMap(({ id, operators }) => (operators ? `\n${checkText(id, operators)}` : []));
  return table([['backend', '', 'what it is, or why it is missing'], ...rows]) + checked.join('');
}

function checkText(id: BackendId, operators: readonly OperatorCheck[]): string {
  const rows = operators.map(({ operator, cases, wrong, error, refusal }) => [
    operator,
    wrong === 0 ? 'right' : 'WRONG',
    cases - wrong,
    cases,
    error === null ? '' : error.toExponential(1),
    refusal ?? '',
  ]);
  const failed = operators.filter(({ wrong }) => wrong > 0).map(({ operator }) => operator);
  const verdict =
    failed.length === 0
      ? `${id} agrees with onnxruntime in every operator and its gradients.`
      : `${id} is wrong in ${failed.join(', ')}: do not trust its results for networks with them.`;
  return `${table([[id, '', 'right', 'of', 'error', ''], ...rows])}${verdict}\n`;
}
