import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { strToU8, zipSync } from 'fflate';

import { quotedForPython, quotedForShell } from '../../../src/analysis/formats/pasting';
import { analysisError } from '../../support/analysisError';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

/** A pickle's opcode for a class, as Python's protocol 2 writes it. */
const names = (...classes: readonly (readonly [module: string, name: string])[]): string =>
  classes.map(([module, name]) => `c${module}\n${name}\n`).join('q\x00');
const tensors = names(
  ['collections', 'OrderedDict'],
  ['torch._utils', '_rebuild_tensor_v2'],
  ['torch', 'FloatStorage'],
);

describe('the lines for a file that is not read', () => {
  const folder = temporaryFolder();

  function written(name: string, content: Uint8Array | string): string {
    const path = join(folder(), name);
    writeFileSync(path, content);
    return path;
  }

  const checkpoint = (pickle: string): Uint8Array =>
    zipSync({ 'm/data.pkl': Buffer.from(`\x80\x02${pickle}`, 'latin1'), 'm/data/0': strToU8('') }, { level: 0 });

  /** The lines to paste in the message of the refusal. */
  async function lines(path: string): Promise<string[]> {
    let message = '';
    await assert.rejects(loadedModel(path), (error) => {
      message = error instanceof Error ? error.message : '';
      return analysisError('model-unreadable', /which is not read here/)(error);
    });
    assert.ok(message.endsWith('\n'));
    return message.trimEnd().split('\n    ').slice(1);
  }

  const exportLine = (name: string, image = '3, 224, 224'): string =>
    `torch.onnx.export(model, (torch.zeros(1, ${image}),), ${quotedForPython(join(folder(), name))}, dynamo=True, ` +
    'dynamic_shapes=({0: torch.export.Dim("batch")},))';

  it('load a state dict into the class that it belongs to', async () => {
    const path = written('my "best" weights.pth', checkpoint(tensors));
    const [, model, load, evaluate, exported] = await lines(path);
    assert.match(model, /^model = \.\.\. {2}# the class/);
    assert.equal(load, `model.load_state_dict(torch.load(${JSON.stringify(path)}, weights_only=True))`);
    assert.equal(evaluate, 'model.eval()');
    assert.ok(exported.startsWith(exportLine('my "best" weights.onnx')));
  });

  it('never write over the file itself, whatever it is called', async () => {
    for (const name of ['model.onnx', 'model.ONNX']) {
      const all = (await lines(written(name, checkpoint(tensors)))).join();
      assert.ok(all.includes(exportLine('model-exported.onnx')), all);
    }
    const tflite = written('lite.onnx', Buffer.from('\x1c\0\0\0TFL3\0\0\0\0', 'latin1'));
    assert.match((await lines(tflite)).join(), /--output .*lite-exported\.onnx/);
  });

  it('are the same for one of before PyTorch 1.6, which is no zip', async () => {
    const path = written('old.pth', Buffer.from(`\x80\x02${tensors}`, 'latin1'));
    assert.match((await lines(path))[2] ?? '', /load_state_dict\(torch\.load\(.*weights_only=True\)\)$/);
  });

  it('take the weights out of a training checkpoint, and out of one of Lightning', async () => {
    for (const [key, more] of [
      ['state_dict', ''],
      ['state_dict', 'pytorch-lightning_version'],
      ['model_state_dict', names(['argparse', 'Namespace'])],
      ['model', ''],
    ] as const) {
      const entry = `X${String.fromCharCode(key.length)}\0\0\0${key}q\x01${tensors}`;
      const path = written('last.ckpt', checkpoint(`}q\0(${entry}${more}`));
      assert.ok((await lines(path))[2]?.endsWith(`weights_only=True)["${key}"])`));
    }
  });

  it('name the class of a whole module', async () => {
    const path = written('whole.pt', checkpoint(names(['nets.lenet', 'LeNet'], ['torch.nn.modules.conv', 'Conv2d'])));
    await assert.rejects(loadedModel(path), analysisError('model-unreadable', /a whole module, nets\.lenet\.LeNet/));
    assert.equal((await lines(path))[1], `model = torch.load(${JSON.stringify(path)}, weights_only=False).eval()`);
  });

  it('load TorchScript as such', async () => {
    const path = written(
      'script.pt',
      zipSync({ 'm/data.pkl': strToU8(''), 'm/constants.pkl': strToU8(''), 'm/code/a.py': strToU8('') }),
    );
    const [, load, exported] = await lines(path);
    assert.equal(load, `model = torch.jit.load(${JSON.stringify(path)}).eval()`);
    assert.match(exported, /dynamo=False, input_names=\["input"\], dynamic_axes=\{"input": \{0: "batch"\}\}\)/);
  });

  const safetensors = Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, ...strToU8('{"a":[0]}')]);

  it('load safetensors into the class that they belong to', async () => {
    const path = written('alone.safetensors', safetensors);
    assert.equal((await lines(path))[2], `model.load_state_dict(safetensors.torch.load_file(${JSON.stringify(path)}))`);
  });

  it('make the model that the config.json of Hugging Face names, of the file and of its folder', async () => {
    const model = join(folder(), 'vit');
    mkdirSync(model);
    const file = written('vit/model.safetensors', safetensors);
    const config = { architectures: ['ViTForImageClassification'], model_type: 'vit', image_size: 32 };
    written('vit/config.json', JSON.stringify(config));
    for (const path of [file, model]) {
      const [, made, exported] = await lines(path);
      assert.equal(
        made,
        `model = transformers.AutoModelForImageClassification.from_pretrained(${JSON.stringify(model)}).eval()`,
      );
      assert.equal(exported, exportLine('vit/model.onnx', '3, 32, 32'));
    }
    written('vit/config.json', JSON.stringify({ ...config, architectures: ['BertModel'] }));
    await assert.rejects(
      loadedModel(file),
      analysisError('model-unreadable', /a BertModel \(vit\).*no image classifier/),
    );
    written('vit/config.json', JSON.stringify({ architecture: 'resnet10t', num_classes: 7 }));
    assert.equal(
      (await lines(file))[1],
      `model = timm.create_model("resnet10t", num_classes=7, checkpoint_path=${JSON.stringify(file)}).eval()`,
    );
  });

  it('quote paths for the shell', () => {
    assert.equal(quotedForShell('a/b-c.tflite', 'linux'), 'a/b-c.tflite');
    assert.equal(quotedForShell("it's $HOME", 'linux'), "'it'\\''s $HOME'");
    assert.equal(quotedForShell('C:\\my models\\a.tflite', 'win32'), '"C:\\my models\\a.tflite"');
  });
});
