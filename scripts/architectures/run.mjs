// Which architectures a version reads rightly, in which formats:
//
//   npm run architectures -- --python torch_models=PYTHON --python keras_models=PYTHON
//     [--all] [--only REGEX] [--format REGEX] [--again] [--keep DIR]
//
// One or two of each family, with --all all that there are. Every model is made by its framework with random weights, together
// with logits and gradients of F = f_j − f_k, read here and compared, one architecture at a time in a temporary folder. What was
// found stands in out/architectures.jsonl; a rerun goes on from there (--again: measures again what --only and --format name)
// and writes the tables into docs/architectures.md. With --keep the files stay in DIR, and are taken from there.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { writeTable } from './table.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', multiple: true, default: ['torch_models=python3'] },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    format: { type: 'string', default: '' },
    again: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});
/** Milliseconds, for what is made of an architecture in all formats, and for reading one of them. */
const LONGEST = 1_800_000;
const results = 'out/architectures.jsonl';
const environment = { ...process.env, BOUNDARY_LENS_CACHE: 'off' };
const script = path.join('scripts', 'architectures', 'make.py');

function run(command, args) {
  return spawnSync(command, args, { encoding: 'utf8', env: environment, maxBuffer: 2 ** 28, timeout: LONGEST });
}

/** The last line a program printed, as JSON; what it said on stderr where there is none. */
function answer({ stdout, stderr, signal }) {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1));
  } catch {
    return { failed: signal ?? stderr.trimEnd().split('\n').at(-1) };
  }
}

/** The newest result of each architecture in each format. */
function known() {
  if (!existsSync(results)) return [];
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n').filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line)).map((entry) => [`${entry.name}\n${entry.format}`, entry]);
  return [...new Map(entries).values()];
}

function measure(python, framework, { name, formats }) {
  const folder = values.keep
    ? path.resolve(values.keep, name.replaceAll(/\W/g, '-'))
    : mkdtempSync(path.join(tmpdir(), 'architecture-'));
  mkdirSync(folder, { recursive: true });
  try {
    const file = path.join(folder, 'made.json');
    const making = existsSync(file) ? { stderr: '' } : run(python, [script, framework, name, folder, ...formats]);
    const failure = making.signal ?? making.stderr.trimEnd().split('\n').at(-1);
    const made = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    for (const format of formats) {
      const written = made ? made.files[format] : { error: failure };
      const compared = written.error
        ? { notMade: written.error }
        : answer(run(process.execPath, ['out/architecture.js', written.file, folder, String(made.arrays.x[0])]));
      appendFileSync(results, `${JSON.stringify({ name, format, ...compared })}\n`);
      console.log(name, '|', format, '|', JSON.stringify(compared));
    }
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
}

mkdirSync('out', { recursive: true });
const frameworks = values.python.map((entry) => {
  const [framework, python] = entry.split('=');
  return { framework, python, ...answer(run(python, [script, framework, '--list'])) };
});
for (const { framework, python, makers, failed } of frameworks) {
  if (failed) throw new Error(`${framework}: ${failed}`);
  for (const maker of makers.filter(({ name, more }) => (values.all || !more) && new RegExp(values.only).test(name))) {
    const done = values.again ? [] : known().filter(({ name }) => name === maker.name);
    const formats = maker.formats.filter(
      (format) => new RegExp(values.format).test(format) && !done.some((entry) => entry.format === format),
    );
    if (formats.length > 0) measure(python, framework, { ...maker, formats });
  }
}
writeFileSync('docs/architectures.md', await writeTable(known(), frameworks));
