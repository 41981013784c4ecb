import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { encodeNpz } from '../../src/analysis/reports/npz';
import { writeVgg19 } from './vgg';

/** What a fresh process of the command line holds at most, bytes. */
function peakMemory(folder: string, args: readonly string[]): number {
  const [meter, figure] = [path.join(folder, 'meter.cjs'), path.join(folder, 'figure')];
  const record = `require('node:fs').writeFileSync(${JSON.stringify(figure)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(meter, `process.on('exit', () => ${record});`);
  const env = { ...process.env, BOUNDARY_LENS_CACHE: 'off' };
  const { status, stderr } = spawnSync(process.execPath, ['--require', meter, 'dist/cli.js', ...args], { env });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${String(stderr)}`);
  return 1024 * Number(readFileSync(figure, 'utf8'));
}

function writeImages(file: string, count: number): void {
  const shape = [count, 3, 224, 224];
  const data = gaussianVector(
    shape.reduce((product, extent) => product * extent, 1),
    seededRandom(23),
  );
  writeFileSync(file, encodeNpz(new Map([['x', { type: 'float64', data, shape }]])));
}

/** Peak memory of what is done with a network of the size of VGG-19: what, MB, times the size of its file. */
export function memoryOfWeights(): (string | number)[][] {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  try {
    const file = (name: string): string => path.join(folder, name);
    const model = file('model.onnx');
    writeVgg19(model);
    writeImages(file('one.npz'), 1);
    writeImages(file('two.npz'), 2);
    const size = statSync(model).size;
    const boundary = ['boundary', model, '--images', file('one.npz'), '--preprocessed'];
    const work: readonly (readonly [what: string, args: readonly string[]])[] = [
      ['inspect, all weights read', ['inspect', model]],
      [
        'logits and a gradient of two images',
        ['evaluate', model, '--images', file('two.npz'), '--preprocessed', '--out', file('gradients.npz')],
      ],
      ['a boundary point, quick', [...boundary, '--search', 'quick']],
      ['a boundary point, standard', boundary],
    ];
    return work.map(([what, args]) => {
      const start = performance.now();
      const peak = peakMemory(folder, args);
      const seconds = (performance.now() - start) / 1000;
      return [what, (peak / 1e6).toFixed(0), `${(peak / size).toFixed(2)} ×`, seconds.toFixed(1)];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
