import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Choices, LoadedModel } from '../../../src/analysis/formats/format';
import { loadModel, openModelFiles } from '../../../src/analysis/formats/load';
import { type ConstantData, topologicalOrder } from '../../../src/analysis/network/network';
import { analysisError } from '../../support/analysisError';
import { assertAsFramework, type FrameworkCase } from '../../support/frameworkCase';
import { interpret, tensor } from '../../support/interpreter';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';
import { fixture, type ModelJson, written } from '../../support/tensorflowJs';

interface Expected extends FrameworkCase {
  readonly file: string;
}

const { models } = JSON.parse(readFileSync('test/fixtures/keras/expected.json', 'utf8')) as { models: Expected[] };
const shard = 'group1-shard1of1.bin';

/** Every constant of the network. */
function constants({ network }: LoadedModel): readonly ConstantData[] {
  return topologicalOrder(network).flatMap((value) => (value.op === 'Constant' ? value.data : []));
}

describe('a TensorFlow.js model', () => {
  const folder = temporaryFolder();
  const nin = models.find(({ file }) => file === 'nin-patches.h5');

  for (const name of ['nin-graph', 'nin-layers'] as const) {
    it(`has the logits and gradients of the Keras model that it was converted from: ${name}`, async () => {
      assert.ok(nin);
      const model = await loadedModel(`test/fixtures/tensorflowjs/${name}`);
      assertAsFramework(model, nin, 1);
      assert.equal(model.layout, 'nhwc');
    });
  }

  it('says what it is, what wrote it and what it is made of', async () => {
    const layers = await loadedModel('test/fixtures/tensorflowjs/nin-layers/model.json');
    assert.equal(layers.format, 'tfjs-layers');
    assert.equal(layers.producer, 'keras v2.15.0, TensorFlow.js Converter v4.22.0');
    assert.equal(layers.parameters, 26073);
    assert.equal(layers.operators['Conv2D'], 9);
    const graph = await loadedModel('test/fixtures/tensorflowjs/nin-graph/model.json');
    assert.equal(graph.format, 'tfjs-graph');
    assert.equal(graph.producer, 'TensorFlow 2.15.1, TensorFlow.js Converter v4.22.0');
    assert.equal(graph.operators['_FusedConv2D'], 9);
    assert.match(graph.insidePreprocessing ?? '', /itself first subtracts \[.*\], so/);
  });

  for (const [kind, fixed, open] of [
    ['layers', '[null,32,32,3]', '[null,null,null,3]'],
    ['graph', '{"size":"32"},{"size":"32"}', '{"size":"-1"},{"size":"-1"}'],
  ] as const) {
    it(`may leave the size of its images open: ${kind}`, async () => {
      const { json, weights } = fixture(`nin-${kind}`);
      const changed = JSON.stringify(json).replaceAll(fixed, open);
      assert.ok(changed.includes(open));
      const path = written(join(folder(), `open-${kind}`), JSON.parse(changed) as typeof json, { [shard]: weights });
      const load = async (choices: Choices) => {
        const files = await openModelFiles(path);
        try {
          return await loadModel(files, 'now', choices);
        } finally {
          files.dispose();
        }
      };
      await assert.rejects(load({}), analysisError('model-unreadable', /leaves open: height .*--input-size/));
      const model = await load({ inputSize: { size: [32, 32], source: '--input-size' } });
      assert.deepEqual([model.inputShape, model.settled], [[32, 32, 3], { inputSize: [32, 32] }]);
      const before = await loadedModel(`test/fixtures/tensorflowjs/nin-${kind}`);
      const x = tensor(
        [1, 32, 32, 3],
        Float64Array.from({ length: 3072 }, (_, i) => (i % 251) / 251),
      );
      assert.deepEqual(interpret(model.network, { x }), interpret(before.network, { x }));
    });
  }

  it('runs channels first without rearranging between layers', async () => {
    const { network } = await loadedModel('test/fixtures/tensorflowjs/nin-graph');
    assert.equal(topologicalOrder(network).filter(({ op }) => op === 'Transpose').length, 1);
  });

  it('is its folder or the model.json in it, and its hash is that of all of its files', async () => {
    const { json, weights } = fixture('nin-graph');
    const hash = async (path: string): Promise<string> => {
      const files = await openModelFiles(path);
      try {
        await loadModel(files);
        return await files.sha256();
      } finally {
        files.dispose();
      }
    };
    const path = written(join(folder(), 'hashed'), json, { [shard]: weights });
    const before = await hash(path);
    assert.equal(await hash(join(path, 'model.json')), before);
    const changed = Buffer.from(weights);
    changed[weights.length - 1] ^= 1;
    written(path, json, { [shard]: changed });
    assert.notEqual(await hash(path), before);
  });

  it('may be cut into shards anywhere, in folders below and by paths that begin in ./', async () => {
    const { json, weights } = fixture('nin-graph');
    const [group] = json.weightsManifest;
    group.paths = ['./a.bin', 'part/b.bin', 'empty.bin', 'c.bin'];
    const cut = {
      'a.bin': weights.subarray(0, 1001),
      'part/b.bin': weights.subarray(1001, 70003),
      'empty.bin': weights.subarray(0, 0),
      'c.bin': weights.subarray(70003),
    };
    const sharded = await loadedModel(written(join(folder(), 'sharded'), json, cut));
    assert.deepEqual(constants(sharded), constants(await loadedModel('test/fixtures/tensorflowjs/nin-graph')));
  });

  const quantised = {
    uint8: { width: 1, most: 255, write: (to: Buffer, value: number, at: number) => to.writeUInt8(value, at) },
    uint16: { width: 2, most: 65535, write: (to: Buffer, value: number, at: number) => to.writeUInt16LE(value, at) },
  };
  for (const [dtype, { width, most, write }] of Object.entries(quantised)) {
    it(`may hold its weights as ${dtype}: value · scale + min`, async () => {
      const { json, weights } = fixture('nin-graph');
      const [group] = json.weightsManifest;
      const [small, rounded] = [Buffer.alloc((weights.length / 4) * width), Buffer.from(weights)];
      let at = 0;
      for (const weight of group.weights) {
        const count = weight.shape.reduce((product, extent) => product * extent, 1);
        const original = Array.from({ length: count }, (_, i) => weights.readFloatLE(4 * (at + i)));
        const isFloat = weight.dtype === 'float32';
        const values = isFloat ? original : original.map((_, i) => weights.readInt32LE(4 * (at + i)));
        const [min, max] = [Math.min(...values), Math.max(...values)];
        const scale = isFloat ? (max - min) / most || 1 : 1;
        weight.quantization = { dtype, scale, min, original_dtype: weight.dtype };
        values.forEach((value, i) => {
          const step = Math.round((value - min) / scale);
          write(small, step, width * (at + i));
          if (isFloat) rounded.writeFloatLE(step * scale + min, 4 * (at + i));
        });
        at += count;
      }
      const path = written(join(folder(), dtype), json, { [shard]: small });
      const same = written(join(folder(), `${dtype} rounded`), fixture('nin-graph').json, { [shard]: rounded });
      assert.deepEqual(constants(await loadedModel(path)), constants(await loadedModel(same)));
    });
  }

  it('may hold its weights in half precision', async () => {
    const { json, weights } = fixture('nin-layers');
    const [group] = json.weightsManifest;
    const numbers = weights.length / 4;
    // Numbers of few bits are the same in both: ±1.5, 2^-3, a subnormal 2^-24.
    const [bits, values] = [
      [0x3e00, 0xbe00, 0x3000, 0x0001],
      [1.5, -1.5, 0.125, 2 ** -24],
    ];
    const [halves, wholes] = [Buffer.alloc(2 * numbers), Buffer.alloc(4 * numbers)];
    for (let i = 0; i < numbers; i++) {
      halves.writeUInt16LE(bits[i % 4], 2 * i);
      wholes.writeFloatLE(values[i % 4], 4 * i);
    }
    const plain = fixture('nin-layers').json;
    for (const weight of [...group.weights, ...plain.weightsManifest[0].weights]) weight.dtype = 'float32';
    for (const weight of group.weights) weight.quantization = { dtype: 'float16', original_dtype: 'float32' };
    const half = await loadedModel(written(join(folder(), 'half'), json, { [shard]: halves }));
    const whole = await loadedModel(written(join(folder(), 'whole'), plain, { [shard]: wholes }));
    assert.deepEqual(constants(half), constants(whole));
  });

  it('leaves its shards unread where the weights are not asked for', async () => {
    for (const name of ['nin-graph', 'nin-layers'] as const) {
      const { json, weights } = fixture(name);
      const path = written(join(folder(), `deferred ${name}`), json, { [shard]: weights });
      const files = await openModelFiles(path);
      try {
        const { parameters } = await loadModel(files, 'deferred');
        assert.ok(parameters > 20000);
        const read = files.bytesRead - 3 * files.main.size;
        assert.ok(read < weights.length / 4, `${read} bytes beyond model.json`);
        assert.equal(files.identity.size, files.main.size + weights.length);
      } finally {
        files.dispose();
      }
    }
  });

  it('names its classes and its preprocessing where its author did', async () => {
    const { json, weights } = fixture('nin-layers');
    const names = Array.from({ length: 10 }, (_, i) => `class ${i}`);
    json['userDefinedMetadata'] = { labels: names, preprocessing: { scale: 1 } };
    const model = await loadedModel(written(join(folder(), 'named'), json, { [shard]: weights }));
    assert.deepEqual(model.classes, names);
    assert.deepEqual(model.preprocessing?.preprocessing, { scale: 1 });
  });

  it('must be nested at most 200 deep, and have fewer nodes than any classifier', async () => {
    const { json, weights } = fixture('nin-graph');
    const deep = JSON.parse(`${'['.repeat(250)}${']'.repeat(250)}`) as unknown;
    const refused = async (changed: unknown, message: RegExp): Promise<void> => {
      const path = written(join(folder(), 'limits'), changed, { [shard]: weights });
      await assert.rejects(loadedModel(path), analysisError('limit-exceeded', message));
    };
    await refused({ ...json, deep }, /nested at most 200 deep/);
    const extra = Array.from({ length: 2 ** 17 }, (_, i) => ({ name: `n${i}`, op: 'NoOp' }));
    const nodes = json.modelTopology['node'] as object[];
    await refused({ ...json, modelTopology: { node: [...nodes, ...extra] } }, /at most 131072 nodes/);
  });
});

describe('a TensorFlow.js model is refused', () => {
  const folder = temporaryFolder();
  const refusal = async (
    change: (json: ModelJson, path: string) => void,
    code: Parameters<typeof analysisError>[0],
    message: RegExp,
    name: 'nin-graph' | 'nin-layers' = 'nin-graph',
    bytes?: (weights: Buffer) => Uint8Array,
  ): Promise<void> => {
    const { json, weights } = fixture(name);
    const path = join(folder(), 'refused');
    mkdirSync(path, { recursive: true });
    change(json, path);
    written(path, json, { [shard]: bytes?.(weights) ?? weights });
    await assert.rejects(loadedModel(path), analysisError(code, message));
  };

  for (const [what, location, message] of [
    ['is missing', 'gone.bin', /Shard "gone\.bin" of the weights manifest.*is missing/],
    ['lies above the folder', '../other.bin', /must be a path inside the model's folder/],
    ['has an absolute path', '/etc/hostname', /must be a path inside the model's folder/],
    ['is an address', 'https://example.org/a.bin', /must be a path inside the model's folder/],
  ] as const) {
    it(`where a shard ${what}`, () =>
      refusal(({ weightsManifest: [group] }) => (group.paths = [location]), 'model-unreadable', message));
  }

  it('where a shard is a link that leads out of the folder, or is one file with another', async () => {
    const outside = join(folder(), 'outside.bin');
    writeFileSync(outside, fixture('nin-graph').weights);
    const linked = (link: (from: string, to: string) => void, name: string) => (json: ModelJson, path: string) => {
      link(outside, join(path, name));
      json.weightsManifest[0].paths = [name];
    };
    await refusal(linked(symlinkSync, 'soft.bin'), 'model-unreadable', /link that leads out/);
    await refusal(linked(linkSync, 'hard.bin'), 'model-unreadable', /without further hard links/);
  });

  it('where a shard is there twice, or a weight', async () => {
    await refusal(({ weightsManifest: [{ paths }] }) => paths.push(shard), 'model-unreadable', /is named twice/);
    await refusal(
      ({ weightsManifest: [{ weights }] }) => (weights[1].name = weights[0].name),
      'model-unreadable',
      /is there twice/,
    );
  });

  it('where the shards hold more bytes than the weights take, or fewer', async () => {
    const longer = (weights: Buffer) => Buffer.concat([weights, Buffer.alloc(4)]);
    await refusal(() => undefined, 'model-unreadable', /take 101416 bytes.*hold 101420/, 'nin-graph', longer);
    const shorter = (weights: Buffer) => weights.subarray(0, -4);
    await refusal(
      () => undefined,
      'model-unreadable',
      /hold 101412; download/,
      'nin-layers',
      (weights) => {
        return shorter(weights).subarray(0, 101412);
      },
    );
    await refusal(
      ({ weightsManifest: [{ weights }] }) => (weights[3].shape = [1e9, 1e9]),
      'model-unreadable',
      /claims 1000000000000000000 numbers|takes the bytes/,
    );
  });

  it('where numbers are of a type, or quantised in a way, that is not known', async () => {
    await refusal(
      ({ weightsManifest: [{ weights }] }) => (weights[0].dtype = 'complex64'),
      'unsupported-op',
      /"complex64" are not known; expected one of float32/,
    );
    await refusal(
      ({ weightsManifest: [{ weights }] }) => (weights[0].quantization = { dtype: 'int4', scale: 1, min: 0 }),
      'model-unreadable',
      /quantisation must be float16, or uint8/,
    );
  });

  it('where a layer has no weights', () =>
    refusal(
      ({ weightsManifest: [{ weights }] }) => (weights[0].name = 'other/name'),
      'model-unreadable',
      /must have its .* in the weights manifest as/,
      'nin-layers',
    ));

  const nodes = ({ modelTopology }: ModelJson): { name: string; op: string; input?: string[]; attr: object }[] =>
    modelTopology['node'] as { name: string; op: string; input?: string[]; attr: object }[];
  const last = (json: ModelJson) => {
    const node = nodes(json).find(({ name }) => name === 'Identity');
    assert.ok(node);
    return node;
  };

  it('where it ends in the number of the best class', () =>
    refusal(
      (json) => (last(json).op = 'ArgMax'),
      'unsupported-op',
      /ArgMax "Identity": it keeps the number of the best class only.*returns the scores/,
    ));

  it('where an operator is not known, by its name and what to do', () =>
    refusal(
      (json) => (last(json).op = 'Bucketize'),
      'unsupported-op',
      /Bucketize "Identity": there is no translation of this operator.*tf2onnx/,
    ));

  it('where it draws random numbers, which no other operators stand for', () =>
    refusal(
      (json) => (last(json).op = 'StatelessRandomUniformV2'),
      'unsupported-op',
      /StatelessRandomUniformV2 "Identity": it draws random numbers.*without layers of augmentation/,
    ));

  it('where it takes a second input', () =>
    refusal(
      (json) => {
        nodes(json).push({ name: 'more', op: 'Placeholder', attr: {} });
        last(json).op = 'AddV2';
        last(json).input?.push('more');
      },
      'model-unreadable',
      /must have one input, this graph has 2/,
    ));

  it('where a node depends on itself', () =>
    refusal((json) => (last(json).input = ['Identity']), 'model-unreadable', /depends on its own result/));
});
