import type { BackendHere, BackendsHere } from '../../protocol/backends';
import type { BackendId } from '../../protocol/words';
import { autoInWords, backendInWords } from '../../reading/backends';
import type { BackendOptions } from '../backends/backend';
import { checkOperators, type OperatorCheck } from '../backends/check';
import { backendHere } from '../backends/here';
import { table } from './table';

/** A backend on this machine, and how its operators came out against onnxruntime's, where that was asked for. */
export type Checked = BackendHere & { readonly operators?: readonly OperatorCheck[] };

/** The backends that are here, with every operator of each tried against onnxruntime's on the processor. */
export async function operatorsChecked(found: readonly BackendHere[], options: BackendOptions): Promise<Checked[]> {
  const trusted = await backendHere('onnxruntime', options);
  const checked: Checked[] = [];
  for (const one of found) {
    const isChecked = one.present && one.id !== trusted.id;
    const operators = isChecked && (await checkOperators(await backendHere(one.id, options), trusted));
    checked.push({ ...one, ...(operators && { operators }) });
  }
  return checked;
}

/**
 * What `backends` prints.
 *
 * @param check - whether operators were to be tried.
 */
export function backendsText(found: readonly Checked[], auto: BackendsHere['auto'], check = false): string {
  const rows = found.flatMap((one) => {
    const [first, ...further] = wrapped(backendInWords(one));
    return [[one.id, one.present ? 'ready' : 'missing', first], ...further.map((line) => ['', '', line])];
  });
  const checked = found.flatMap(({ id, operators }) => (operators ? `\n${checkText(id, operators)}` : []));
  return (
    table([['--backend', 'here', 'what it is, or what it takes'], ...rows]) +
    `\n${wrapped(`Leave --backend out if in doubt. auto: ${autoInWords(auto)}`, 110).join('\n')}\n` +
    checked.join('') +
    (check && checked.length === 0
      ? '\nThere is nothing beside onnxruntime on the processor to try operators on.\n'
      : '')
  );
}

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
