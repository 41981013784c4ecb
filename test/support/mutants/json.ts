import type { Draws } from './draws';

/** Stand for what JSON.stringify cannot write. */
const [BEYOND_FLOAT, DEEP] = ['<beyond float64>', '<deep>'];

/** What stands in the place of a number, a word or a branch. */
const LIES: readonly unknown[] = [
  ...[-1, 0, 1, 2, 3, 7, 255, 4096, 65_536, 1e6, 2 ** 28, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -0.5, 0.5, 1e308, -1e12],
  ...[null, true, false, '', 'x', '0', 's77', 'same', 'Identity', 'float16', 'é', BEYOND_FLOAT, DEEP],
  ...['..', '../x', '../../../../etc/passwd', '/etc/passwd', '/dev/zero', 'C:\\x', '.', 'model.json', '__proto__'],
  ...[[], {}, [-1], [0], [1e9, 1e9], [65_536, 65_536], [null], [[1, 2], [3]], { size: '-1' }, { __proto__: null, a: 1 }],
  { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '99999999999' }] } } },
]; // prettier-ignore
const MOST_COPIED = 4096;

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every field and element within a JSON value. */
function places(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...places(holder[key])]);
}

/** A JSON text with one to three of its branches replaced, left out, repeated, or put in another's place. */
export function damagedJson(text: string, draws: Draws): string {
  const root = JSON.parse(text) as unknown;
  for (let change = 0; change <= draws.below(3); change++) {
    const all = places(root);
    if (all.length === 0) break;
    const { holder, key } = draws.pick(preferred(all, draws));
    const other = draws.pick(all);
    const copied = JSON.stringify(other.holder[other.key]);
    switch (draws.below(8)) {
      case 0:
        if (!Array.isArray(holder)) Reflect.deleteProperty(holder, key);
        else holder.splice(Number(key), 1);
        break;
      case 1:
        if (copied.length < MOST_COPIED) holder[key] = JSON.parse(copied);
        break;
      case 2:
        if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
        else holder[draws.pick(Object.keys(holder))] = structuredClone(holder[key]);
        break;
      default:
        // A copy, because the next change may be inside it.
        holder[key] = structuredClone(draws.pick(LIES));
    }
  }
  return JSON.stringify(root)
    .replaceAll(`"${BEYOND_FLOAT}"`, draws.pick(['1e400', '-1e400', '9'.repeat(400)]))
    .replaceAll(`"${DEEP}"`, nested(draws.pick([150, 250, 100_000])));
}

/** Half of the time numbers and lists of numbers: there stand the sizes. */
function preferred(all: readonly Place[], draws: Draws): readonly Place[] {
  const isNumber = (value: unknown): boolean => typeof value === 'number';
  const sizes = all.filter(({ holder, key }) => {
    const value = holder[key];
    return isNumber(value) || (Array.isArray(value) && value.length > 0 && value.every(isNumber));
  });
  return sizes.length > 0 && draws.chance(0.5) ? sizes : all;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
