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
  if (Number.isInteger(value) && size < 1e12) return grouped(value);
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

/** A share as a percentage. */
export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return '–';
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

/** 'one image', '3 images'. */
export function count(n: number, noun: string, nouns = `${noun}s`): string {
  return n === 1 ? `one ${noun}` : `${number(n)} ${nouns}`;
}

/** The last part of a path, whichever separator it uses. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

const minus = (text: string): string => text.replace('-', '−');

function trimmed(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return text.includes('e') ? String(Number(text)) : text;
}

/** Thin spaces between thousands, from 10 000 on. */
function grouped(value: number): string {
  const text = minus(String(value));
  return Math.abs(value) < 10000 ? text : text.replace(/\B(?=(\d{3})+$)/g, ' ');
}
