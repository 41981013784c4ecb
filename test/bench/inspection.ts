import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { loadModel, openModelFiles } from '../../src/analysis/formats/load';
import { inspect } from '../../src/analysis/model/inspect';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import { Engine } from '../../src/extension/engine/engine';
import { archive, denseWeights, hdf5File, sequential } from '../support/kerasArchive';
import { onnxBytes } from '../support/onnxBytes';

const side = 224;
const inputs = 3 * side * side;
/** So that the weights take 500 MB. */
const width = Math.round(500e6 / 4 / inputs);

function onnxFile(weights: Float32Array): Uint8Array {
  const builder = new NetworkBuilder();
  const x = builder.input('x', [-1, 3, side, side]);
  const logits = builder.matMul(builder.reshape(x, [-1, inputs]), builder.constant(weights, [inputs, width]));
  return onnxBytes({ inputs: { x }, outputs: { logits } });
}

const flat = { class_name: 'Flatten', config: {} };
const config = sequential([side, side, 3], [flat, { class_name: 'Dense', config: { units: width, use_bias: false } }]);

function legacyFile(weights: Float32Array): Promise<Uint8Array> {
  return hdf5File((file) => {
    file.create_attribute('model_config', JSON.stringify(config));
    const layer = file.create_group('model_weights').create_group('dense_1');
    layer.create_attribute('weight_names', ['dense_1/kernel']);
    layer.create_group('dense_1').create_dataset({ name: 'kernel', data: weights, shape: [inputs, width] });
  });
}

/** Time and bytes read of an inspection as an editor asks for it, of files of 500 MB: format, MB, ms, KB read. */
export async function inspections(): Promise<(string | number)[][]> {
  const weights = new Float32Array(inputs * width).fill(1 / inputs);
  const files: readonly (readonly [name: string, content: () => Promise<Uint8Array> | Uint8Array])[] = [
    ['model.onnx', () => onnxFile(weights)],
    ['model.keras', async () => archive(config, await denseWeights(weights, [inputs, width]), undefined, 0)],
    ['model.h5', () => legacyFile(weights)],
  ];
  const rows: (string | number)[][] = [];
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  try {
    for (const [name, content] of files) {
      const file = path.join(folder, name);
      writeFileSync(file, await content());
      await inspect(file, 'deferred');
      const start = performance.now();
      const { identity } = await inspect(file, 'deferred');
      const time = performance.now() - start;
      const opened = await openModelFiles(file);
      await loadModel(opened, 'deferred');
      rows.push([name, (identity.size / 1e6).toFixed(0), time.toFixed(1), (opened.bytesRead / 1e3).toFixed(0)]);
      opened.dispose();
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

/** Time from request to answer of an engine process asked for the sample, as the page asks: its first, its best after. */
export async function answers(): Promise<(string | number)[][]> {
  const engine = new Engine({ modulePath: path.resolve('dist/engine.js'), log: () => undefined });
  const timed = async (): Promise<number> => {
    const start = performance.now();
    await engine.inspect(path.resolve('samples/relu/lenet-mnist.onnx'));
    return performance.now() - start;
  };
  try {
    const cold = await timed();
    let warm = Infinity;
    for (let i = 0; i < 5; i++) warm = Math.min(warm, await timed());
    return [
      ['cold: the engine starts', cold.toFixed(0)],
      ['warm', warm.toFixed(1)],
    ];
  } finally {
    engine.dispose();
  }
}
