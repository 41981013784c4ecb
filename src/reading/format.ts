const superscript = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number in prose: three significant digits without trailing zeros, a true minus sign, powers of ten where needed. */
export function number(value: number | null | undefined, digits = 3): string {
  return significant(value, digits)
    .replace(/(\.\d*?)0+(?=$| )/, '$1')
    .replace(/\.(?=$| )/, '');
}

/** A number in a column: all its significant digits, so that numbers align; a dash where there is none. */
export function significant(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return minus(value.toLocaleString('en'));
  if (size >= 1e-3 && size < 1e5) return minus(trimmed(value, digits));
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const power = String(Math.abs(Number(exponent)))
    .split('')
    .map((digit) => superscript[Number(digit)])
    .join('');
  return `${minus(mantissa)} × 10${Number(exponent) < 0 ? '⁻' : ''}${power}`;
}

/** A number with its sign, for quantities whose sign is the news. */
export function signed(value: number | null | undefined, digits = 3, format = number): string {
  return `${typeof value === 'number' && value > 0 ? '+' : ''}${format(value, digits)}`;
}

/** A share as a percentage; one that is not 0 keeps a digit that is not. */
export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return '–';
  const isSmall = share !== 0 && Math.abs(100 * share) < 0.5 * 10 ** -digits;
  if (isSmall) return `${number(100 * share, 1)} %`;
  return `${minus((100 * share).toFixed(digits).replace(/\.0+$/, ''))} %`;
}

/** A duration as people say it. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A duration of which only the size is known: '40 seconds', '12 minutes', '2 hours'. */
export function roughDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds / 10)) * 10} seconds`;
  const minutes = seconds / 60;
  if (minutes < 90) return `${Math.round(minutes)} minutes`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}

/** A size of files as people say it, in powers of ten. */
export function fileSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${number(bytes / 1000 ** step)} ${units[step] ?? ''}`;
}

/** How long ago something was. */
export function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${count(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${count(hours, 'hour')} ago` : `${count(Math.floor(hours / 24), 'day')} ago`;
}

/** When something was, on this computer's clock: `today 14:02`, `yesterday 09:30`, `3 Nov 14:02`, `3 Nov 2025`. */
export function moment(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (then.toDateString() === today.toDateString()) return `today ${time}`;
  if (then.toDateString() === yesterday.toDateString()) return `yesterday ${time}`;
  const date = { day: 'numeric', month: 'short' } as const;
  if (then.getFullYear() === today.getFullYear()) return `${then.toLocaleDateString('en-GB', date)} ${time}`;
  return then.toLocaleDateString('en-GB', { ...date, year: 'numeric' });
}

/** A number of things: '1 image', '12,000 images'. */
export function count(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? noun : nouns}`;
}

/** The beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The last part of a path, whichever separator it uses. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/**
 * Text from a file as it is read letter by letter: what would not show, or change how its neighbours stand, is spelled out.
 *
 * @param most - characters; what is over is left out.
 */
export function literal(text: string, most = 200): string {
  const shown = text.replace(/[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
  const letters = Array.from(shown);
  return letters.length <= most ? shown : `${letters.slice(0, most - 1).join('')}…`;
}

const minus = (text: string): string => text.replace('-', '−');

function trimmed(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return text.includes('e') ? String(Number(text)) : text;
}
