import { type BackendId, backendIds } from '../../protocol/words';
import { count } from '../../reading/format';
import type { Backend, BackendOptions } from '../backends/backend';
import { checkOperators, type OperatorCheck } from '../backends/check';
import { backends, takesDevice } from '../backends/table';
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
  /** Whether its graphics card is played by the processor. */
  readonly software?: true;
  readonly reason: string | null;
  /** How its operators came out against onnxruntime's, where that was asked for. */
  readonly operators?: readonly OperatorCheck[];
}

/** Every backend that the protocol knows, present or not; with `check`, its operators tried. */
export async function backendsHere(options: BackendOptions, check: boolean): Promise<BackendHere[]> {
  const trusted = check ? await backends.onnxruntime({ ...options, device: undefined }) : undefined;
  const found: BackendHere[] = [];
  for (const id of backendIds) {
    const made = await make(id, options);
    if (typeof made === 'string') {
      found.push({ ...missing, id, reason: made });
      continue;
    }
    const { provider, version, device, threads, isSoftware } = made;
    const software = isSoftware ? ({ software: true } as const) : {};
    const tried = trusted && id !== trusted.id ? { operators: await checkOperators(made, trusted) } : {};
    found.push({ id, present: true, provider, version, device, threads, reason: null, ...software, ...tried });
  }
  return found;
}

const missing = { present: false, provider: null, version: null, device: null, threads: null };

async function make(id: BackendId, options: BackendOptions): Promise<Backend | string> {
  // Which card is asked of those that offer a choice; the others are as they are.
  const { device, ...rest } = options;
  try {
    return await backends[id](takesDevice[id] ? { ...rest, device } : rest);
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return error.message;
  }
}

/**
 * What `backends` prints.
 *
 * @param check - whether operators were to be tried.
 */
export function backendsText(found: readonly BackendHere[], check = false): string {
  const rows = found.flatMap((one) => {
    const [first, ...further] = wrapped(one.present ? sentenceOf(one) : (one.reason ?? ''));
    return [[one.id, one.present ? 'ready' : 'missing', first], ...further.map((line) => ['', '', line])];
  });
  const checked = found.flatMap(({ id, operators }) => (operators ? `\n${checkText(id, operators)}` : []));
  return (
    table([['--backend', 'here', 'what it is, or what it takes'], ...rows]) +
    '\nLeave --backend out if in doubt: the fastest of them that computes right is taken.\n' +
    checked.join('') +
    (check && checked.length === 0
      ? '\nThere is nothing beside onnxruntime on the processor to try operators on.\n'
      : '')
  );
}

function sentenceOf({ id, provider, version, device, threads, software }: BackendHere): string {
  const role = software ? 'No graphics card: the processor plays one, which is slow, and right for tests.' : roles[id];
  const on = onProcessor.includes(id) ? `${device}, ${count(threads ?? 1, 'thread')}` : device;
  return `${role} Version ${version} (${provider}), on ${on}.`;
}

const onProcessor: readonly BackendId[] = ['onnxruntime', 'tensorflow'];

/** What each is for. */
const roles: Readonly<Record<BackendId, string>> = {
  onnxruntime: 'The processor, and the measure for the others.',
  webgpu: 'The graphics card.',
  cuda: 'The graphics card of NVIDIA’s.',
  directml: 'The graphics card, by DirectML.',
  coreml: 'Apple’s processor and graphics, by CoreML.',
  tensorflow: 'TensorFlow on the processor: slower, and made by others, to check results against.',
};

/** Lines of at most so many characters, broken between words. */
function wrapped(text: string, longest = 88): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= longest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function checkText(id: BackendId, operators: readonly OperatorCheck[]): string {
  const rows = operators.map(({ operator, cases, wrong, refused, error }) => [
    operator,
    wrong > 0 ? 'WRONG' : refused > 0 ? 'refused' : 'right',
    cases - wrong - refused,
    cases,
    error === null ? '' : error.toExponential(1),
  ]);
  const of = (part: 'wrong' | 'refused') => operators.filter((one) => one[part] > 0);
  const names = (some: readonly OperatorCheck[]) => some.map(({ operator }) => operator).join(', ');
  const [failed, refused] = [of('wrong'), of('refused')];
  const verdict =
    failed.length === 0
      ? `${id} agrees with onnxruntime in every operator and its gradients${refused.length > 0 ? ' that it runs' : ''}.`
      : `${id} is wrong in ${names(failed)}: do not trust its results for networks with them.`;
  const refusals = refused.length > 0 ? [`It refuses some of ${names(refused)}: ${refused[0].refusal ?? ''}`] : [];
  const said = [verdict, ...refusals].flatMap((sentence) => wrapped(sentence)).join('\n');
  return `${table([['operator', id, 'right', 'of', 'error'], ...rows])}${said}\n`;
}
