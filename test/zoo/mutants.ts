import path from 'node:path';
import { parseArgs } from 'node:util';

import { table } from '../../src/analysis/cli/table';
import { judged } from '../support/mutants/judgement';
import { mutant, mutantFormats, writtenMutant } from '../support/mutants/mutant';
import { faredMutants, waysOf } from '../support/mutants/run';

// Reads damaged models of all formats:
//
//   npm run mutants -- [--count 100000] [--format REGEX] [--seed 0] [--from 0]     all formats together
//   npm run mutants -- --only FORMAT:N [--seed 0] [--keep DIR]                     one again; its files stay in DIR

async function again(only: string, seed: number, keep: string): Promise<void> {
  const [format, number] = only.split(':');
  const n = Number(number);
  const folder = path.resolve(keep, `${format}-${n}`);
  const again = mutant(format, n, seed);
  console.log(again.name, writtenMutant(folder, again));
  console.log(await judged(folder, again, waysOf(n, true)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      format: { type: 'string', default: '' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string', default: '0' },
      only: { type: 'string' },
      keep: { type: 'string', default: 'out/mutants' },
    },
  });
  const seed = Number(values.seed);
  if (values.only !== undefined) {
    await again(values.only, seed, values.keep);
    return;
  }
  const formats = mutantFormats.filter((name) => new RegExp(values.format).test(name));
  const count = Math.ceil(Number(values.count) / formats.length);
  const rows: (readonly (string | number)[])[] = [];
  let faults = 0;
  for (const format of formats) {
    const asked = { format, from: Number(values.from), count, seed, thoroughly: true };
    const fared = await faredMutants(asked, (fault) => {
      console.log(fault);
    });
    faults += fared.faults.length;
    const slowest = `${(fared.slowest[0] / 1000).toFixed(1)} s (${fared.slowest[1]})`;
    const largest = `${Math.round(fared.largest[0] / 2 ** 20)} MiB (${fared.largest[1]})`;
    rows.push([format, count, fared.read, fared.refused, fared.faults.length, slowest, largest]);
    console.log(rows.at(-1)?.join(' | '));
  }
  console.log(table([['format', 'mutants', 'read', 'refused', 'faults', 'slowest', 'most memory'], ...rows]));
  process.exitCode = faults > 0 ? 1 : 0;
}

void main();
