import { createRequire } from 'node:module';

import { type Rule, RuleTester } from 'eslint';
import { parser } from 'typescript-eslint';

const rule = createRequire(__filename)(`${process.cwd()}/lint/throws.cjs`) as Rule.RuleModule;

/** A function of this body under this docstring. */
const documented = (doc: string, body: string): string => `/** ${doc} */\nexport function f(x) { ${body} }`;
const bad = `throw new AnalysisError('bad', 'no');`;
const missing = (...codes: string[]) => codes.map((code) => ({ messageId: 'missing', data: { code } }));

new RuleTester({ languageOptions: { parser } }).run('throws', rule, {
  valid: [
    documented(`@throws AnalysisError 'bad' where x is.`, bad),
    documented(`A thing.\n * @throws AnalysisError 'worse' at times;\n *   'bad' else\n * @see 'good'`, bad),
    documented(`@throws AnalysisError 'worse'\n * @throws AnalysisError 'bad'`, bad),
    // What nobody can know from here.
    `export function f() { throw new AnalysisError(code, 'no'); }`,
    `export function f() { throw elsewhere('bad'); }`,
    `export function f() { throw new RangeError('bad'); }`,
    // What is not exported.
    `function f() { ${bad} }`,
    `class A { f() { ${bad} } }`,
    `export class A { private f() { ${bad} } #g() { ${bad} } }`,
    // What does not leave the function, or leaves another.
    `export function f() { try { ${bad} } catch { return 0; } }`,
    `export function f() { return () => { ${bad} }; }`,
    `export function f() { const g = () => { ${bad} }; return { g }; }`,
    `export function f() { return class { g() { ${bad} } }; }`,
    // A constructor is documented with its class.
    `/** A thing. @see b\n * @throws AnalysisError 'bad' */\nexport class A { constructor() { ${bad} } }`,
    `export class A {\n /** @throws AnalysisError 'bad' */\n constructor() { ${bad} } }`,
    // Other errors have no codes.
    documented('@throws RangeError where x is.', ''),
    documented(`@throws Error of 'any' kind.`, ''),
    `// @throws AnalysisError\nexport function f() {}`,
  ].map((code) => ({ code, options: [{ codes: ['bad', 'worse'] }] })),
  invalid: [
    { code: `export function f() { ${bad} }`, errors: missing('bad') },
    { code: `export default function f() { ${bad} }`, errors: missing('bad') },
    { code: `export const f = () => { ${bad} };`, errors: missing('bad') },
    { code: `export async function* f() { if (x) { ${bad} } else { ${bad} } }`, errors: missing('bad') },
    { code: documented('@throws where x is bad', bad), errors: missing('bad') },
    { code: documented(`@throws AnalysisError 'worse'`, bad), errors: missing('bad') },
    {
      code: documented(`The 'bad' thing.\n * @throws AnalysisError 'worse'\n * @see 'bad'`, bad),
      errors: missing('bad'),
    },
    { code: `/* @throws AnalysisError 'bad' */\nexport function f() { ${bad} }`, errors: missing('bad') },
    {
      code: `export class A { constructor() { ${bad} } f() { ${bad} } get g() { ${bad} } protected static h() { ${bad} } }`,
      errors: missing('bad', 'bad', 'bad', 'bad'),
    },
    {
      // The docstring of a class is about its constructor alone.
      code: `/** @throws AnalysisError 'bad' */\nexport class A { f() { ${bad} } }`,
      errors: missing('bad'),
    },
    {
      code: `export function f(x) { throw new AnalysisError(x ? 'bad' : 'worse', 'no'); }`,
      errors: missing('bad', 'worse'),
    },
    { code: `export function f(xs) { return xs.map((x) => { ${bad} }); }`, errors: missing('bad') },
    { code: `export function f() { const g = () => { ${bad} }; return g(); }`, errors: missing('bad') },
    { code: `export function f(xs) { return xs.map(g); function g() { ${bad} } }`, errors: missing('bad') },
    { code: `export function f() { try { g(); } catch { ${bad} } }`, errors: missing('bad') },
    { code: `export function f() { try { ${bad} } finally { g(); } }`, errors: missing('bad') },
    {
      // Errors made elsewhere in the file.
      code: `export function f() { throw made(); }\nfunction made() { return new AnalysisError('bad', 'no'); }`,
      errors: missing('bad'),
    },
    {
      code: `export function f() { const made = (why) => new AnalysisError('bad', why); throw made('no'); }`,
      errors: missing('bad'),
    },
    {
      code: `export class A { f() { throw this.made(); } private made() { return new AnalysisError('bad', 'no'); } }`,
      errors: missing('bad'),
    },
    { code: documented(`@throws AnalysisError where x is.`, ''), errors: [{ messageId: 'codeless' }] },
    { code: documented(`A thing. @throws AnalysisError where x is.`, ''), errors: [{ messageId: 'codeless' }] },
    { code: `interface A {\n /** @throws AnalysisError */\n f(): void; }`, errors: [{ messageId: 'codeless' }] },
    {
      code: documented(`@throws AnalysisError 'bed' where x is.`, bad),
      errors: [{ messageId: 'unknown', data: { code: 'bed', codes: 'bad, worse' } }, ...missing('bad')],
    },
  ].map((one) => ({ ...one, options: [{ codes: ['bad', 'worse'] }] })),
});
