import { execFileSync } from 'node:child_process';

/** Answers everything that is asked of VS Code with itself, and takes no time for it. */
const script = `
const Module = require('node:module');
const everything = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : everything),
  set: () => true,
  apply: () => everything,
  construct: () => everything,
  // Bundles read what a module has from an object whose prototype is the module's.
  getPrototypeOf: () => everything,
});
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? everything : load(name, ...rest));
const start = performance.now();
const { activate } = require(require('node:path').resolve('dist/extension.js'));
const loaded = performance.now();
activate(everything);
process.stdout.write(JSON.stringify([loaded - start, performance.now() - loaded]));
`;

/** The extension's own part of its activation, each time in a process of its own: what, the best ms, the worst of nine. */
export function activation(): (string | number)[][] {
  const times = Array.from({ length: 9 }, () => {
    const [loading = 0, activating = 0] = JSON.parse(
      execFileSync(process.execPath, ['-e', script]).toString(),
    ) as number[];
    return { loading, activating, both: loading + activating };
  });
  return (['loading', 'activating', 'both'] as const).map((part) => {
    const sorted = times.map((time) => time[part]).sort((a, b) => a - b);
    return [part, (sorted[0] ?? 0).toFixed(1), (sorted.at(-1) ?? 0).toFixed(1)];
  });
}
