import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { decodeNpz } from '../../src/analysis/images/npy';
import type { Vector } from '../../src/analysis/math/vector';
import type { Network } from '../../src/analysis/network/network';
import { onnxModel } from '../../src/analysis/onnx/onnxModel';
import { encodeNpz } from '../../src/analysis/reports/npz';

/** What another tool's attack made of the images. */
export interface Attacked {
  readonly name: string;
  /** The perturbed images, which need not have another label. */
  readonly points: readonly Vector[];
  /** That one image took. */
  readonly gradients: number;
}

/** The attacks that are installed beside the given Python, on a network; see scripts/attacks/attacks.py. */
export function attacked(python: string, network: Network, images: readonly Vector[]): Attacked[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  try {
    const [model, given, found] = ['model.onnx', 'images.npz', 'found.npz'].map((name) => path.join(folder, name));
    writeFileSync(model, onnxModel(network));
    const shape = [images.length, ...network.inputs['x'].shape.slice(1)];
    const data = Float64Array.from(images.flatMap((image) => [...image]));
    writeFileSync(given, encodeNpz(new Map([['x', { type: 'float64', data, shape }]])));
    const { status, stdout } = spawnSync(python, ['scripts/attacks/attacks.py', model, given, found], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) return [];
    const gradients = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Readonly<Record<string, number>>;
    return Array.from(decodeNpz(readFileSync(found), found), ([name, { data: all }]) => {
      const d = all.length / images.length;
      const points = images.map((_, i) => Float64Array.from(all.subarray(i * d, (i + 1) * d)));
      return { name, points, gradients: gradients[name] };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
