import type { BackendHere, BackendsHere } from '../../protocol/backends';
import type { BackendId } from '../../protocol/words';
import { autoInWords, backendInWords } from '../../reading/backends';
import { count, literal } from '../../reading/format';
import type { BackendOptions } from '../backends/backend';
import { checkOperators, type OperatorCheck } from '../backends/check';
import { backendHere } from '../backends/here';
import type { KeptChoice } from '../model/chosenBackend';
import { ArtefactStore } from '../study/artefacts';
import { artefactOptions } from '../study/cacheFolder';
import { table } from './table';

/** A backend on this machine, and how its operators came out against onnxruntime's, where that was asked for. */
export type Checked = BackendHere & { readonly operators?: readonly OperatorCheck[] };

/** So many models are listed, with the last used first. */
const mostModels = 10;

/** What `auto` took for models so far, the last used first, one a model. */
export async function choicesSoFar(): Promise<KeptChoice[]> {
  const all = await new ArtefactStore(artefactOptions()).choices.all<KeptChoice>();
  return all.filter(({ sha256 }, i) => all.findIndex((other) => other.sha256 === sha256) === i);
}

/** What `backends --json` prints: each value of --backend. */
export function backendsJson(
  found: readonly Checked[],
  { tries, reason }: BackendsHere['auto'],
  choices: readonly KeptChoice[],
): string {
  const chosen = choices.map(({ model, sha256, ids: [backend], refused }) => ({ model, sha256, backend, refused }));
  const none = { provider: null, version: null, device: null, threads: null };
  const auto = { id: 'auto', present: reason === null, ...none, reason, tries, chosen };
  return `${JSON.stringify([...found, auto], null, 1)}\n`;
}

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
 * @param choices - what `auto` took for models.
 * @param check - whether operators were to be tried.
 */
export function backendsText(
  found: readonly Checked[],
  auto: BackendsHere['auto'],
  choices: readonly KeptChoice[] = [],
  check = false,
): string {
  const rows = found.flatMap((one) => {
    const [first, ...further] = wrapped(backendInWords(one));
    return [[one.id, one.present ? 'ready' : 'missing', first], ...further.map((line) => ['', '', line])];
  });
  const advice = auto.reason === null ? 'Leave --backend out if in doubt. auto: ' : '';
  const checked = found.flatMap(({ id, operators }) => (operators ? `\n${checkText(id, operators)}` : []));
  return (
    table([['--backend', 'here', 'what it is, or what it takes'], ...rows]) +
    `\n${wrapped(`${advice}${autoInWords(auto)}`, 110).join('\n')}\n` +
    choicesText(choices) +
    checked.join('') +
    (check && checked.length === 0
      ? '\nThere is nothing beside onnxruntime on the processor to try operators on.\n'
      : '')
  );
}

function choicesText(choices: readonly KeptChoice[]): string {
  if (choices.length === 0) return '';
  const names = choices.map(({ model }) => literal(model, 30));
  const isOnly = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  const rows = choices.slice(0, mostModels).flatMap(({ sha256, ids: [taken], refused }, i) => {
    const [first, ...further] = refused.flatMap(({ id, reason }) => wrapped(`${id}: ${reason}`, 66));
    const name = isOnly(names[i]) ? names[i] : `${names[i]} ${sha256.slice(0, 8)}`;
    return [[name, taken, first], ...further.map((line) => ['', '', line])];
  });
  const more = choices.length - mostModels;
  const rest = more > 0 ? `And ${count(more, 'model')} more: --json has all.\n` : '';
  return `\n${table([['model', 'auto took', 'and not'], ...rows])}${rest}`;
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
