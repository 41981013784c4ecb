import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { type Bytes, bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import type { LoadedModel, WeightReading } from '../../../src/analysis/formats/format';
import { loadModel } from '../../../src/analysis/formats/load';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { torchArchive, torchCases, type TorchMembers } from '../../support/torchArchive';

const PROGRAM = 'models/model.json';
const WEIGHTS = 'data/weights/model_weights_config.json';

describe('a file of torch.export', () => {
  const cases = new Map(torchCases().map((one) => [one.name, one]));

  function members(name: string, program: 'dynamic' | 'decomposed' = 'dynamic'): TorchMembers {
    const found = cases.get(name);
    assert.ok(found);
    return found.programs[program];
  }

  /** The members of a case with some text of one replaced. */
  function edited(name: string, member: string, from: string | RegExp, to: string): TorchMembers {
    const all = members(name);
    const text = all[member];
    assert.ok(
      typeof text === 'string' && (typeof from === 'string' ? text.includes(from) : from.test(text)),
      `${String(from)} must stand in ${member}`,
    );
    return { ...all, [member]: text.replace(from, to) };
  }

  function loaded(content: TorchMembers, weights: WeightReading = 'now', level: 0 | 6 = 0): Promise<LoadedModel> {
    return loadModel(new ModelFiles('model.pt2', bytesInMemory(torchArchive(content, level))), weights);
  }

  it('is refused with what to do where decomposing for one image has lost the batch', async () => {
    const single = cases.get('einsum of images')?.programs.single;
    assert.ok(single);
    await assert.rejects(loaded(single), analysisError('unsupported-op', /Export the model with a dynamic batch/));
  });

  it('says what it is', async () => {
    const model = await loaded(members('conv2d'));
    assert.equal(model.format, 'torch-export');
    assert.match(model.producer ?? '', /^PyTorch 2\.15\.0/);
    assert.deepEqual(model.inputShape, [4, 6, 6]);
    assert.equal(model.layout, 'nchw');
    assert.deepEqual(model.operators, { conv2d: 1, flatten: 1 });
    assert.deepEqual(model.notes, []);
  });

  it('may be packed, as torch never does', async () => {
    assert.equal((await loaded(members('conv2d'), 'now', 6)).format, 'torch-export');
  });

  it('runs any batch where it was exported for two images, for each of which it holds a class token and places', async () => {
    const bytes = readFileSync('test/fixtures/torch/two-images.pt2');
    const { network, notes } = await loadModel(new ModelFiles('model.pt2', bytesInMemory(bytes)));
    assert.match(notes.join(), /fixes the batch at 2/);
    const x = Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, i) => Math.sin(i));
    const first = [0.32575222849845886, 0.39166706800460815, 0.4563705325126648];
    const second = [0.23756259679794312, 0.332605242729187, 0.5207335948944092];
    const run = (images: number, from = 0) =>
      interpret(network, { x: tensor([images, 3, 8, 8], x.subarray(192 * from, 192 * (from + images))) })['logits']
        .data;
    assertClose(run(2), [...first, ...second], { rtol: 1e-5, atol: 1e-6 });
    assertClose(run(1, 1), second, { rtol: 1e-5, atol: 1e-6 });
  });

  it('runs any batch where it was exported for one image', async () => {
    const { network, notes } = await loaded(members('windows', 'decomposed'));
    assert.match(notes.join(), /fixes the batch at 1/);
    const x = cases.get('windows')?.x ?? [];
    const three = tensor([3, 4, 6, 6], [...x, ...x.slice(0, 144)]);
    const { data } = interpret(network, { x: three })['logits'];
    assert.deepEqual([...data.slice(288)], [...data.slice(0, 144)]);
  });

  it('gives the first of its outputs that holds class scores', async () => {
    const { network, notes } = await loaded(members('returns a pair'));
    assert.deepEqual(network.outputs['logits'].shape, [-1, 4]);
    assert.match(notes.join(), /Of the outputs .*, "mean" is taken/);
  });

  it('gives the output that is asked for, and keeps its size', async () => {
    const files = () => new ModelFiles('model.pt2', bytesInMemory(torchArchive(members('returns a pair'))));
    const { settled, notes } = await loadModel(files(), 'now', { output: 'mean' });
    assert.deepEqual(settled, { output: 'mean' });
    assert.match(notes.join(), /"mean" is taken as the logits, as asked for/);
    await assert.rejects(
      loadModel(files(), 'now', { output: 'other' }),
      analysisError('invalid-input', /"other" must be an output .*"mean" \[n, 4\]/),
    );
    await assert.rejects(
      loadModel(files(), 'now', { inputSize: { size: [99, 99], source: '--input-size' } }),
      analysisError('invalid-input', /says 99 × 99, but torch\.export: /),
    );
  });

  it('says that half-precision weights are read as float32', async () => {
    assert.match((await loaded(members('bfloat16'))).notes.join(), /Half-precision numbers/);
  });

  it('is inspected without its weights', async () => {
    const bytes = torchArchive(members('linear of a large weight'));
    const read: [number, number][] = [];
    const memory = bytesInMemory(bytes);
    const main: Bytes = {
      size: memory.size,
      read: (offset, length) => {
        read.push([offset, length]);
        return memory.read(offset, length);
      },
      readInSteps: (offset, length) => {
        read.push([offset, length]);
        return memory.readInSteps(offset, length);
      },
    };
    const weight = Buffer.from(
      (members('linear of a large weight')['data/weights/weight_0'] as { base64: string }).base64,
      'base64',
    );
    const at = Buffer.from(bytes).indexOf(weight);
    const isRead = (): boolean =>
      read.some(([offset, length]) => offset <= at && offset + length > at && length === weight.length);
    await loadModel(new ModelFiles('model.pt2', main), 'now');
    const before = isRead();
    read.length = 0;
    const { network } = await loadModel(new ModelFiles('model.pt2', main), 'deferred');
    assert.deepEqual([before, isRead(), network.outputs['logits'].shape], [true, false, [-1, 8]]);
  });

  const refusals: readonly (readonly [string, () => TorchMembers, Parameters<typeof analysisError>[0], RegExp])[] = [
    [
      'in training mode',
      () => edited('batch_norm', PROGRAM, /("name": "training", "arg": \{"as_bool": )false/, '$1true'),
      'model-unreadable',
      /training mode; call model\.eval\(\) and export it again/,
    ],
    [
      'with dropout switched on',
      () => edited('dropout', PROGRAM, /("name": "train", "arg": \{"as_bool": )false/, '$1true'),
      'model-unreadable',
      /model\.eval\(\)/,
    ],
    [
      'with a pickled weight',
      () => edited('conv2d', WEIGHTS, '"use_pickle": false', '"use_pickle": true'),
      'model-unreadable',
      /the weight "w0" is a pickle.*never unpickled/,
    ],
    [
      'of an older PyTorch, with its weights in a pickle',
      () => ({ [PROGRAM]: members('conv2d')[PROGRAM], 'data/weights/model.pt': 'pickle' }),
      'model-unreadable',
      /older PyTorch[^]*torch\.export\.save\(torch\.export\.load\("model\.pt2"\), "model\.new\.pt2"\)/,
    ],
    [
      'of the oldest layout',
      () => ({ 'serialized_exported_program.json': '{}', 'serialized_state_dict.pt': 'pickle' }),
      'model-unreadable',
      /older PyTorch[^]*torch\.export\.load/,
    ],
    [
      'of another schema',
      () => edited('conv2d', PROGRAM, '"major": 8', '"major": 9'),
      'model-unreadable',
      /schema version must be 8, got 9/,
    ],
    [
      'without one of its weights',
      () => edited('conv2d', WEIGHTS, '"w0"', '"other"'),
      'model-unreadable',
      /the weight "w0" is not in the file/,
    ],
    [
      'whose weight lies beyond its memory',
      () => edited('conv2d', WEIGHTS, '"sizes": [{"as_int": 3}', '"sizes": [{"as_int": 3000000000}'),
      'model-unreadable',
      /float32 of shape \[3000000000, 4, 3, 3\] must lie within the 108 elements/,
    ],
    [
      'whose weight repeats itself without end',
      () =>
        edited(
          'a part of a weight',
          WEIGHTS,
          /"sizes": .*?, "requires_grad"(.*?)"strides": \[.*?\]/,
          '"sizes": [{"as_int": 900000000}], "requires_grad"$1"strides": [{"as_int": 0}]',
        ),
      'model-unreadable',
      /must lie within/,
    ],
    [
      'whose image size is left open',
      () =>
        edited(
          'conv2d',
          PROGRAM,
          /("x": \{"dtype": 7, "sizes": \[.*?\}\}, \{"as_int": 4\}, )\{"as_int": 6\}/,
          '$1{"as_expr": {"expr_str": "s5"}}',
        ),
      'model-unreadable',
      /dimension 2 \(s5\).*left open/,
    ],
    [
      'with an operator that is not known',
      () => edited('sin', PROGRAM, 'torch.ops.aten.sin.default', 'torch.ops.aten.bessel_j0.default'),
      'unsupported-op',
      /bessel_j0 "sin": there is no translation/,
    ],
    [
      'with an operator that is not of PyTorch itself',
      () => edited('sin', PROGRAM, 'torch.ops.aten.sin.default', 'torch.ops.torchvision.nms.default'),
      'unsupported-op',
      /standard operators only/,
    ],
    [
      'whose shapes are not what its operators make',
      () =>
        edited('select', PROGRAM, /("select": \{"dtype": 7, "sizes": \[.*?\}\}, )\{"as_int": 6\}/, '$1{"as_int": 5}'),
      'unsupported-op',
      /select: its result is/,
    ],
  ];
  for (const [what, content, code, message] of refusals) {
    it(`is refused ${what}`, async () => {
      await assert.rejects(loaded(content()), analysisError(code, message));
    });
  }

  it('is refused where it takes two tensors', async () => {
    const text = members('prelu')[PROGRAM] as string;
    const program = JSON.parse(text) as {
      graph_module: { signature: { input_specs: Record<string, { arg: object }>[] } };
    };
    const { signature } = program.graph_module;
    signature.input_specs = signature.input_specs.map((spec) =>
      'buffer' in spec ? { user_input: { arg: { as_tensor: spec['buffer'].arg } } } : spec,
    );
    const content = { ...members('prelu'), [PROGRAM]: JSON.stringify(program) };
    await assert.rejects(loaded(content), analysisError('model-unreadable', /must have one input, this model has 2/));
  });

  it('is refused where a weight is not finite', async () => {
    const content = {
      ...members('conv2d'),
      'data/weights/weight_0': { base64: Buffer.alloc(432, 0xff).toString('base64') },
    };
    await assert.rejects(
      loaded(content),
      analysisError('model-unreadable', /"w0": every weight must be a finite number/),
    );
  });
});
