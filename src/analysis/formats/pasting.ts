import { extname } from 'node:path';

/** A text as a string literal of Python, as `repr` would not break it either. */
export function quotedForPython(text: string): string {
  return JSON.stringify(text);
}

/** A text as one word of a POSIX shell; on Windows, of its own. */
export function quotedForShell(text: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `"${text}"`;
  return /^[\w./@%+=:,-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same path with another ending; where it has that already, in capitals too, with another name before it. */
export function renamed(path: string, extension: string): string {
  const ending = extname(path);
  const stem = path.slice(0, path.length - ending.length);
  // What reads the file writes over it otherwise.
  return stem + (ending.toLowerCase() === extension ? '-exported' : '') + extension;
}

/** Lines to paste, apart from the words around them. */
export function pasted(lines: readonly string[]): string {
  return `${['', ...lines].join('\n    ')}\n`;
}
