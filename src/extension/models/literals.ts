/** A string literal on a line of source: what it says, and where it stands, its quotes included. */
export interface Literal {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

type Language = 'python' | 'script' | 'json' | 'yaml';

const languages: Readonly<Partial<Record<string, Language>>> = {
  python: 'python',
  javascript: 'script',
  javascriptreact: 'script',
  typescript: 'script',
  typescriptreact: 'script',
  json: 'json',
  jsonc: 'json',
  yaml: 'yaml',
};

/** Languages whose literals are understood, by VS Code's ids. */
export const languageIds = Object.keys(languages);

/** More of a line is not searched. */
const longestLine = 2 ** 20;

/*
 * A literal begins with its prefix, so that `b` and `f` are seen; what is escaped inside does not end it. What is left open
 * is passed over to the next quote, so that a line is gone through a few times and not once a quote.
 */
const tokens: Readonly<Record<Language, RegExp>> = {
  python:
    /(?<comment>#.*)|(?<prefix>\b[rbuf]{1,2})?(?<quote>"""|'''|"|')(?<body>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>|(?<open>["'](?:\\.|[^"'\\])*)/gi,
  script:
    /(?<comment>\/\/.*)|(?<prefix>)(?<quote>["'`])(?<body>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>|(?<open>["'`](?:\\.|[^"'`\\])*)/g,
  json: /(?<comment>\/\/.*)|(?<prefix>)(?<quote>")(?<body>(?:\\.|[^"\\])*)"|(?<open>"(?:\\.|[^"\\])*)/g,
  yaml: /^(?<lead>(?=.{0,4096}$)\s*(?:- +)*(?:[^\s"'#][^"'#]*?: +)?)(?<plain>[^\s"'#:[\]{}&*!|>%@`-](?:(?! #|: )[^\r\n])*)(?=$| #)|(?<comment>(?:^|(?<=\s))#.*)|(?<prefix>)(?:(?<quote>")(?<body>(?:\\.|[^"\\])*)"|'(?<single>(?:''|[^'])*)')|(?<open>["'](?:\\.|[^"'\\])*)/g,
};

/** The literal around a place of a line; undefined where there is none, or its value is not there to be read. */
export function literalAt(languageId: string, line: string, column: number): Literal | undefined {
  return literalsIn(languageId, line).find(({ start, end }) => start <= column && column <= end);
}

/** Every literal of a line whose value can be read off it. */
export function literalsIn(languageId: string, line: string): Literal[] {
  const language = languages[languageId];
  if (language === undefined || line.length > longestLine) return [];
  const found: Literal[] = [];
  for (const match of line.matchAll(tokens[language])) {
    const { comment, open, lead = '', prefix = '', quote = '', body = '', single, plain } = match.groups ?? {};
    if (comment !== undefined || open !== undefined) continue;
    const text = single?.replaceAll("''", "'") ?? plain?.trimEnd() ?? valueOf(prefix.toLowerCase(), quote, body);
    const start = match.index + lead.length;
    if (text !== undefined) found.push({ text, start, end: match.index + match[0].length });
  }
  return found;
}

function valueOf(prefix: string, quote: string, body: string): string | undefined {
  if (prefix.includes('b')) return undefined;
  if (prefix.includes('f')) {
    if (/[{}]/.test(body.replaceAll('{{', '').replaceAll('}}', ''))) return undefined;
    return prefix.includes('r') ? braces(body) : unescaped(braces(body));
  }
  if (prefix.includes('r')) return body;
  if (quote === '`' && body.includes('${')) return undefined;
  return unescaped(body);
}

function braces(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}');
}

const control: Readonly<Partial<Record<string, string>>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

function unescaped(text: string): string {
  return text.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\}|U([\da-f]{8})|(.))/gi, (...groups) => {
    const [whole, x, u, braced, long, other] = groups as (string | undefined)[];
    const code = x ?? u ?? braced ?? long;
    if (code !== undefined) {
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : (whole ?? '');
    }
    if (other === undefined) return whole ?? '';
    return control[other] ?? (/[\\"'`/]/.test(other) ? other : `\\${other}`);
  });
}
