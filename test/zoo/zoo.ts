import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { AnalysisError } from '../../src/analysis/base/errors';
import { table } from '../../src/analysis/cli/table';
import { backendChoices } from '../../src/protocol/words';
import { agreement } from './agreement';
import { readExpected } from './expected';

/** Files that hold a whole model, and of those the formats that this version reads. */
const modelFile = /\.(onnx|keras|h5|pt2|pt|pth)$|^(saved_model\.pb|model\.json)$/;
const readable = /(?<!\.weights)\.(onnx|keras|h5|pt2)$|(^|\/)(saved_model\.pb|model\.json)$/;

const kink = 'a unit is at its kink within float32 rounding';

interface Found {
  readonly file: string;
  readonly expected: string;
}

/** Every model file below a folder, with the nearest `expected.json` above it. */
function* modelsBelow(folder: string, above?: string): Generator<Found> {
  const names = readdirSync(folder).sort();
  const expected = names.includes('expected.json') ? path.join(folder, 'expected.json') : above;
  for (const name of names) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* modelsBelow(file, expected);
    else if (expected && modelFile.test(name)) yield { file, expected };
  }
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { backend: { type: 'string', default: 'auto' } },
  });
  const [folder] = positionals;
  const backend = backendChoices.find((choice) => choice === values.backend);
  if (positionals.length !== 1 || backend === undefined) {
    console.error('Usage: npm run zoo -- DIR [--backend ID] (a folder with model folders that have an expected.json)');
    process.exitCode = 2;
    return;
  }
  const rows: (string | number)[][] = [];
  let [passed, failed, refused] = [0, 0, 0];
  for (const { file, expected } of modelsBelow(folder)) {
    const name = path.relative(folder, file);
    try {
      const { logits, gradient, atKink, right } = await agreement(file, await readExpected(expected, file), {
        backend,
        tensorflow: backend === 'tensorflow' ? '.tensorflow' : undefined,
      });
      if (right) passed++;
      else failed++;
      rows.push([
        name,
        right ? 'right' : 'WRONG',
        logits.toExponential(1),
        gradient?.toExponential(1) ?? '',
        atKink ? kink : '',
      ]);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      // A refusal is right only where the format is one that this version does not read, and says so.
      const right = error.code === 'model-unreadable' && !readable.test(name);
      if (right) refused++;
      else failed++;
      rows.push([name, right ? 'refused' : 'WRONG', '', '', `${error.message.slice(0, 60)} [${error.code}]`]);
    }
  }
  console.log(table([['model', '', 'logits', 'gradient', 'message'], ...rows]));
  console.log(`${refused} refused as formats that this version does not read`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

void main();
