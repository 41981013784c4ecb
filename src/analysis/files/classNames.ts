import { AnalysisError } from '../base/errors';
import { isJsonList, isJsonObject, type Json, parseJson } from './json';

/**
 * The class names in a text that nobody vouches for, as the many tools write them: a JSON list, a dictionary from index to
 * name or from name to index (JSON, or as Python prints it), or names by line or comma. Null where it holds none.
 */
export function classNamesInText(text: string): readonly string[] | null {
  const value = json(text);
  if (value !== undefined) return classNamesInJson(value);
  const entries = [...text.matchAll(/(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
  if (text.trimStart().startsWith('{') && entries.length > 0) {
    return inOrder(
      entries.map(([, index, ...quoted]) => [Number(index), (quoted.find(Boolean) ?? '').replace(/\\(.)/g, '$1')]),
    );
  }
  const lines = classNamesInLines(text);
  return lines !== null && lines.length > 1 ? lines : notEmpty(parts(text, ','));
}

/** The class names in a JSON value: a list, or a dictionary between index and name. */
export function classNamesInJson(value: Json): readonly string[] | null {
  if (isJsonList(value)) return notEmpty(value.map(nameOf));
  if (!isJsonObject(value)) return null;
  const entries = Object.entries(value);
  const byName = entries.every(([, index]) => typeof index === 'number');
  return inOrder(entries.map(([key, entry = null]) => (byName ? [Number(entry), key] : [indexOf(key), nameOf(entry)])));
}

/** One name a line; numbers before the names are left out where they count the lines. */
export function classNamesInLines(text: string): readonly string[] | null {
  const lines = parts(text, /\r?\n/);
  const counted = lines.map((line) => /^(\d+)(?:\s*[:,;\t]\s*|\s+)(\S.*)$/.exec(line));
  const isCounted = counted.every((match, i) => match !== null && Number(match[1]) === i);
  return notEmpty(isCounted ? counted.map((match) => match?.[2] ?? '') : lines);
}

function json(text: string): Json | undefined {
  try {
    return parseJson(text, 'class names');
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}

function parts(text: string, separator: string | RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Of a list such as ["n01440764", "tench"] the last, which is for people. */
function nameOf(value: Json): string {
  const last = isJsonList(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : JSON.stringify(last ?? null);
}

const indexOf = (key: string): number => (/^\d+$/.test(key) ? Number(key) : -1);

/** The names of indices 0 … K − 1; null where an index is missing or there twice. */
function inOrder(entries: readonly (readonly [number, string])[]): readonly string[] | null {
  const sorted = [...entries].sort(([a], [b]) => a - b);
  return sorted.every(([index], i) => index === i) ? notEmpty(sorted.map(([, name]) => name)) : null;
}

function notEmpty(names: readonly string[]): readonly string[] | null {
  return names.length > 0 ? names : null;
}
