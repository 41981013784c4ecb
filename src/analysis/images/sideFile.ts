import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type Static, type TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

import { Preprocessing, SideFile } from '../../protocol/sideFile';
import { AnalysisError } from '../base/errors';

const fileName = 'boundary-lens.json';
const maxBytes = 64 * 2 ** 20;
const maxDepth = 200;

/** What the side file and the option say about a model. */
export interface FoundSideFile extends SideFile {
  /** Which of them gives the preprocessing; the file's where neither does. */
  readonly source: 'option' | 'boundary-lens.json';
}

/** The value of a JSON text that anybody may have written. */
function parseJson(text: string, name: string): unknown {
  let depth = 0;
  for (const [bracket] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (bracket === '[' || bracket === '{') depth++;
    else if (bracket === ']' || bracket === '}') depth--;
    if (depth > maxDepth) {
      throw new AnalysisError('limit-exceeded', `${name}: JSON must be nested at most ${maxDepth} deep`);
    }
  }
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key !== '__proto__' && key !== 'constructor') return value;
      throw new AnalysisError('invalid-input', `${name}: JSON must have no key "${key}"`);
    });
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('invalid-input', `${name} must be JSON: ${String(error)}`, { cause: error });
  }
}

/** What a field allows, in words, from its schema. */
function expected(schema: TSchema): string {
  const { anyOf, type, items, minItems } = schema as {
    anyOf?: readonly TSchema[];
    type?: string;
    items?: TSchema | readonly TSchema[];
    minItems?: number;
  };
  if (anyOf !== undefined) return anyOf.map(expected).join(' or ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  switch (type) {
    case 'integer':
      return 'a whole number from 1';
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    case 'array':
      if (Array.isArray(items)) return `a list of ${items.length} whole numbers from 1`;
      return `a list of at least ${minItems ?? 0} ${String((items as TSchema)['type'])}s`;
    default:
      return `a ${String(type)}`;
  }
}

/** The value as the schema's type. @throws AnalysisError 'invalid-input' naming the field, what is expected and what is there. */
function checked<S extends TSchema>(schema: S, value: unknown, name: string): Static<S> {
  const error = Value.Errors(schema, value).First();
  if (error === undefined) return value;
  const field = error.path.slice(1).replaceAll('/', '.') || 'the content';
  if (error.message === 'Unexpected property') {
    const known = Object.keys((error.schema as { properties?: object }).properties ?? {}).join(', ');
    throw new AnalysisError('invalid-input', `${name}: "${field}" is not a known field; known are ${known}`);
  }
  throw new AnalysisError(
    'invalid-input',
    `${name}: ${field} must be ${expected(error.schema)}, got ${JSON.stringify(error.value)}`,
  );
}

/** The file's text, or null where there is no such file. */
async function textOf(path: string): Promise<string | null> {
  const kind = await stat(path).catch(() => null);
  if (kind?.isFile() !== true) return null;
  if (kind.size > maxBytes) {
    throw new AnalysisError('limit-exceeded', `${path}: JSON must have at most 64 MiB, got ${kind.size} bytes`);
  }
  try {
    return (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  } catch (error) {
    throw new AnalysisError('invalid-input', `${path}: the file cannot be read: ${String(error)}`, { cause: error });
  }
}

/** A side file's content, or the content of its `preprocessing` alone. */
function optionOf(value: unknown, name: string): SideFile {
  const fields = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const isSideFile = fields.length === 0 || fields.some((field) => field in SideFile.properties);
  return !isSideFile || fields.some((field) => field in Preprocessing.properties)
    ? { preprocessing: checked(Preprocessing, value, name) }
    : checked(SideFile, value, name);
}

async function fromOption(option: Preprocessing | string): Promise<SideFile> {
  if (typeof option !== 'string') return optionOf(option, '--preprocessing');
  if (option.trimStart().startsWith('{')) return optionOf(parseJson(option, '--preprocessing'), '--preprocessing');
  const text = await textOf(option);
  if (text !== null) return optionOf(parseJson(text, option), option);
  throw new AnalysisError('invalid-input', `--preprocessing must be JSON or a file that exists, got ${option}`);
}

/** Where the side file of a model is, beside it or inside its folder, and what stands there; null where there is none. */
export async function sideFileOf(model: string): Promise<{ readonly path: string; readonly text: string | null }> {
  const folder = (await stat(model).catch(() => null))?.isDirectory() === true ? model : dirname(model);
  const path = join(folder, fileName);
  return { path, text: await textOf(path) };
}

/** A side file's text with this preprocessing in place of its own; all else that it says stays. */
export function withPreprocessing(text: string | null, preprocessing: Preprocessing): string {
  const before = text === null ? {} : checked(SideFile, parseJson(text, fileName), fileName);
  return `${JSON.stringify({ ...before, preprocessing }, null, 2)}\n`;
}

/**
 * What `boundary-lens.json` beside the model says (inside it, where the model is a folder), overridden field by field by
 * the option, which is JSON, a file's path or an object: a side file's content or that of its `preprocessing`. Null where
 * there is neither.
 *
 * @throws AnalysisError 'invalid-input' or 'limit-exceeded', naming the file, the field, what is expected and what is there.
 */
export async function readSideFile(
  model: string,
  option: Preprocessing | string | undefined,
): Promise<FoundSideFile | null> {
  const { path, text } = await sideFileOf(model);
  const beside = text === null ? null : checked(SideFile, parseJson(text, path), path);
  if (option === undefined) return beside === null ? null : { ...beside, source: fileName };
  const given = await fromOption(option);
  return { ...beside, ...given, source: given.preprocessing === undefined ? fileName : 'option' };
}
