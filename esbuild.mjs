import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';

import { context } from 'esbuild';

import { writeSchemas } from './scripts/schemas.mjs';

const watch = process.argv.includes('--watch');
const shared = {
  ...{ bundle: true, sourcemap: watch, minify: !watch, metafile: true },
  ...{ logLevel: 'info', legalComments: 'linked' },
};
const node = { ...shared, platform: 'node', format: 'cjs', target: 'node20' };
const engine = { ...node, external: ['onnxruntime-node', 'sharp', 'h5wasm'] };
const page = { ...shared, platform: 'browser', format: 'iife', target: 'es2022' };

const bundles = [
  { ...node, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.js', external: ['vscode'] },
  { ...engine, entryPoints: ['src/analysis/process/main.ts'], outfile: 'dist/engine.js' },
  {
    ...engine,
    entryPoints: ['src/analysis/cli/main.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
  { ...node, entryPoints: ['src/analysis/math/eigenWorker.ts'], outfile: 'dist/eigenWorker.js' },
  {
    ...engine,
    entryPoints: ['src/analysis/backends/threads/sessionWorker.ts'],
    outfile: 'dist/sessionWorker.js',
  },
  { ...page, entryPoints: ['webview-ui/panel/main.ts'], outfile: 'dist/webview.js' },
  { ...page, entryPoints: ['webview-ui/model/main.ts'], outfile: 'dist/model.js' },
  { ...page, entryPoints: ['webview-ui/series/main.ts'], outfile: 'dist/watch.js' },
  { ...page, entryPoints: ['webview-ui/preflight/main.ts'], outfile: 'dist/preflight.js' },
  { ...shared, entryPoints: ['webview-ui/webview.css'], outfile: 'dist/webview.css' },
];

/**
 * The rules that plotly would insert into a style element of its own, which the panel's policy forbids; linked as a file
 * instead. They stand in its bundle as one object from selector (X: a plot, Y: a notifier) to declarations.
 */
async function writePlotlyStyles() {
  const source = await readFile('node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js', 'utf8');
  const literal = /\{"X,X div":.*?"\}(?=;for\()/s.exec(source)?.[0];
  if (!literal) throw new Error('plotly-cartesian.min.js must hold its style rules as {"X,X div": …}');
  const rules = Object.entries(new Function(`return ${literal}`)());
  const selector = (short) => short.replaceAll('X', '.js-plotly-plot .plotly').replaceAll('Y', '.plotly-notifier');
  await mkdir('dist', { recursive: true });
  await writeFile('dist/plotly.css', rules.map(([short, css]) => `${selector(short)}{${css}}\n`).join(''));
}

const present = bundles.filter(({ entryPoints: [entry] }) => {
  if (existsSync(entry)) return true;
  if (process.env.CI === 'true') throw new Error(`${entry} must exist`);
  console.warn(`skipped ${entry}: it does not exist`);
  return false;
});

await writePlotlyStyles();
await writeSchemas();
const contexts = await Promise.all(present.map((options) => context(options)));
if (watch) {
  await Promise.all(contexts.map((bundle) => bundle.watch()));
} else {
  // Every bundle that can be built is; a broken one fails the build at its end.
  const built = await Promise.allSettled(contexts.map((bundle) => bundle.rebuild()));
  await Promise.all(contexts.map((bundle) => bundle.dispose()));
  if (built.some(({ status }) => status === 'rejected')) process.exitCode = 1;
  const metafiles = built.flatMap(({ value }) => value?.metafile ?? []);
  const merged = (key) => Object.assign({}, ...metafiles.map((metafile) => metafile[key]));
  await writeFile('dist/meta.json', JSON.stringify({ inputs: merged('inputs'), outputs: merged('outputs') }));
}
