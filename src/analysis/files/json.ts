import { AnalysisError } from '../base/errors';

/** A JSON value of which nothing is known yet. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object of which nothing is known yet. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const LARGEST_TEXT = 64 * 2 ** 20;
const DEEPEST_NESTING = 200;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/**
 * The value of a JSON text from a file that nobody vouches for.
 *
 * @param name the file, for messages
 * @throws AnalysisError 'model-unreadable' where it is no JSON or has keys that reach for a prototype, 'limit-exceeded'
 *   where it is over 64 MiB or nested over 200 deep
 */
export function parseJson(text: string, name: string): Json {
  if (text.length > LARGEST_TEXT) {
    throw new AnalysisError('limit-exceeded', `${name}: JSON must be at most 64 MiB, got ${text.length} characters.`);
  }
  checkNesting(text, name);
  try {
    return JSON.parse(text, (key, value: Json) => {
      if (FORBIDDEN_KEYS.has(key)) {
        throw new AnalysisError('model-unreadable', `${name}: JSON must have no key "${key}".`);
      }
      return value;
    }) as Json;
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('model-unreadable', `${name} must be JSON: ${String(error)}.`, { cause: error });
  }
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a list. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Before parsing, because the parser itself recurses. */
function checkNesting(text: string, name: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    // Of the code: a text of one character each is slow to compare.
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === BACKSLASH) i++;
      else if (character === QUOTE) inString = false;
    } else if (character === QUOTE) {
      inString = true;
    } else if (character === OPENING_BRACKET || character === OPENING_BRACE) {
      depth++;
      if (depth > DEEPEST_NESTING) {
        throw new AnalysisError('limit-exceeded', `${name}: JSON must be nested at most ${DEEPEST_NESTING} deep.`);
      }
    } else if (character === CLOSING_BRACKET || character === CLOSING_BRACE) {
      depth--;
    }
  }
}
