import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { cli, cliReport } from '../support/cli';
import { floats, node, onnxFile } from '../support/onnxFile';
import { section } from '../support/section';
import { temporaryFolder } from '../support/temporaryFolder';

const onnx = 'samples/relu/lenet-mnist.onnx';
const keras = 'samples/smooth/lenet-mnist-softplus.keras';

describe('what the command line makes of its inputs', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);
  const some = ['--images', 'samples/mnist/7'];

  /** Runs `boundary`, which must refuse; returns the message. */
  const refused = async (model: string, images: readonly string[] = some): Promise<string> => {
    const { code, stdout, stderr } = await cli(['boundary', model, ...images]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /fault of Boundary Lens|\n\s+at /, 'no stack: it is not a fault');
    return stderr;
  };

  it('says in the report that an image may carry several labels where each output has a sigmoid of its own', async () => {
    const weight = Array.from({ length: 784 * 3 }, (_, i) => Math.sin(i) / 28);
    const nodes = [node('Flatten', ['x'], ['f']), node('MatMul', ['f', 'w'], ['l']), node('Sigmoid', ['l'], ['y'])];
    const parts = { nodes, weights: [floats('w', [784, 3], weight)], shape: ['n', 1, 28, 28], result: ['n', 3] };
    writeFileSync(file('labels.onnx'), onnxFile(parts));
    const { manifest } = await cliReport(['boundary', file('labels.onnx'), ...some, '--limit', '1']);
    assert.match(manifest.notes.join(), /an image may carry several labels, or none/);
  });

  it('asks a SavedModel by the signature that --signature names', async () => {
    const model = 'test/fixtures/savedModel/unnamed';
    const { code, stdout, stderr } = await cli(['inspect', model, '--signature', 'second']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /TensorFlow SavedModel/);
    const other = await cli(['inspect', model, '--signature', 'third']);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /no signature "third"; it has "first", "second"/);
    assert.equal((await cli(['inspect', model])).code, 2);
  });

  it('says of an ensemble that its outputs are averages of probabilities: ONNX', async () => {
    const weights = ['v', 'w'].map((name, k) =>
      floats(
        name,
        [784, 3],
        Array.from({ length: 784 * 3 }, (_, i) => Math.sin(i + k) / 28),
      ),
    );
    const nodes = [
      node('Flatten', ['x'], ['f']),
      ...['v', 'w'].flatMap((name) => [
        node('MatMul', ['f', name], [`l${name}`]),
        node('Softmax', [`l${name}`], [`p${name}`], { axis: 1 }),
      ]),
      node('Mean', ['pv', 'pw'], ['y']),
    ];
    writeFileSync(file('ensemble.onnx'), onnxFile({ nodes, weights, shape: ['n', 1, 28, 28], result: ['n', 3] }));
    const { manifest } = await cliReport(['boundary', file('ensemble.onnx'), ...some, '--limit', '1']);
    assert.match(manifest.notes.join(), /The outputs are averages of probabilities/);
  });

  it('says the same of Keras models: several sigmoids, and an average of softmaxes', async () => {
    const named: [string, RegExp][] = [
      ['sigmoids', /an image may carry several labels, or none/],
      ['ensemble', /The outputs are averages of probabilities/],
    ];
    for (const [name, warning] of named) {
      const { code, stdout, stderr } = await cli(['inspect', `test/fixtures/keras/${name}.keras`]);
      assert.equal(code, 0, stderr);
      assert.match(stdout.replace(/\s+/g, ' '), warning);
    }
  });

  const damaged: [string, (file: string) => void][] = [
    [
      'empty',
      (to) => {
        writeFileSync(to, '');
      },
    ],
    [
      'plain text',
      (to) => {
        writeFileSync(to, 'This is no model.\n'.repeat(50));
      },
    ],
    [
      'random bytes',
      (to) => {
        writeFileSync(to, Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + 7) % 251)));
      },
    ],
  ];
  for (const [title, make] of damaged) {
    for (const name of ['model.onnx', 'model.keras', 'model.h5']) {
      it(`refuses a ${path.extname(name)} file that is ${title}, naming it`, async () => {
        make(file(name));
        assert.match(await refused(file(name)), new RegExp(name));
      });
    }
  }

  for (const [model, name] of [
    [onnx, 'cut.onnx'],
    [keras, 'cut.keras'],
  ]) {
    for (const share of [0.05, 0.5, 0.99]) {
      it(`refuses a ${path.extname(name)} file that is cut off at ${100 * share} %, naming it`, async () => {
        copyFileSync(model, file(name));
        truncateSync(file(name), Math.floor(share * readFileSync(model).length));
        assert.match(await refused(file(name)), new RegExp(name));
      });
    }
  }

  it('names a misspelt option, also where it was meant for one that must be given, and else the one that is missing', async () => {
    const misspelt = await cli(['boundary', onnx, '--imagse', 'samples/mnist']);
    assert.equal(misspelt.code, 2);
    assert.match(misspelt.stderr, /unknown option '--imagse'\n.*--images/);
    const missing = await cli(['boundary', onnx]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /required option '--images <path\.\.\.>'/);
  });

  it('says the code of an error before the lines that follow it', async () => {
    writeFileSync(file('net.pth'), Buffer.from('80027d71002e', 'hex'));
    assert.match(await refused(file('net.pth')), /run: \[model-unreadable\]\n +import torch\n/);
  });

  it('refuses a model that is not there, or is a folder', async () => {
    assert.match(await refused(file('nowhere.onnx')), /nowhere\.onnx/);
    mkdirSync(file('folder.onnx'));
    assert.match(await refused(file('folder.onnx')), /folder\.onnx/);
  });

  it('goes by a file’s content, not by its extension', async () => {
    copyFileSync(onnx, file('renamed.h5'));
    copyFileSync(keras, file('renamed.bin'));
    const side = ['--preprocessing', 'samples/relu/boundary-lens.json'];
    const same = async (model: string, renamed: string, more: string[] = []): Promise<void> => {
      const [expected, report] = [
        await cliReport(['evaluate', model, ...some]),
        await cliReport(['evaluate', renamed, ...some, ...more]),
      ];
      assert.deepEqual(report.analyses, expected.analyses);
      assert.equal(report.manifest.model.format, expected.manifest.model.format);
    };
    await same(onnx, file('renamed.h5'), side);
    await same(keras, file('renamed.bin'));
  });

  it('reads models and images from paths with spaces and letters beyond ASCII', async () => {
    mkdirSync(file('mes images — 图像/sept 7'), { recursive: true });
    copyFileSync('samples/mnist/7/test0004.png', file('mes images — 图像/sept 7/größe 1.png'));
    copyFileSync(keras, file('modèle lissé.keras'));
    const report = await cliReport(['evaluate', file('modèle lissé.keras'), '--images', file('mes images — 图像')]);
    assert.equal(section(report, 'evaluate').images[0].name, 'sept 7/größe 1.png');
    assert.equal(section(report, 'evaluate').images[0].label, 7);
  });

  it('analyses the good images among bad ones, names each bad one with its error, and ends with 3', async () => {
    const images = file('mixed');
    mkdirSync(images);
    copyFileSync('samples/mnist/7/test0004.png', path.join(images, 'good.png'));
    writeFileSync(path.join(images, 'empty.png'), '');
    writeFileSync(path.join(images, 'text.jpg'), 'not a picture');
    const bytes = readFileSync('samples/mnist/7/test0004.png');
    writeFileSync(path.join(images, 'cut.png'), bytes.subarray(0, Math.floor(0.6 * bytes.length)));
    const report = await cliReport(['boundary', onnx, '--images', images], { code: 3 });
    assert.deepEqual(
      section(report, 'boundary').images.map(({ name }) => name),
      ['good.png'],
    );
    assert.deepEqual(report.failures.map(({ name }) => name).sort(), ['cut.png', 'empty.png', 'text.jpg']);
    for (const { name, message } of report.failures) assert.ok(message.includes(name!), message);
    const { code, stderr } = await cli(['boundary', onnx, '--images', images, '--quiet']);
    assert.equal(code, 3);
    for (const name of ['cut.png', 'empty.png', 'text.jpg']) assert.ok(stderr.includes(name));
  });

  it('ends with 2 where no image can be read, and says why not', async () => {
    const images = file('all bad');
    mkdirSync(images);
    for (const name of ['a.png', 'b.png']) writeFileSync(path.join(images, name), 'no');
    assert.match(await refused(onnx, ['--images', images]), /got none: a\.png: .* must be PNG, .*, and 1 more/);
  });

  it('refuses folders without images and paths that lead nowhere, naming them', async () => {
    mkdirSync(file('empty folder'));
    assert.match(await refused(onnx, ['--images', file('empty folder')]), /empty folder/);
    assert.match(await refused(onnx, ['--images', file('nowhere')]), /nowhere/);
  });

  it('refuses a side file that is not JSON or has a wrong field, naming both', async () => {
    mkdirSync(file('side'));
    copyFileSync(onnx, file('side/model.onnx'));
    writeFileSync(file('side/boundary-lens.json'), '{"preprocessing": {');
    assert.match(await refused(file('side/model.onnx')), /boundary-lens\.json/);
    writeFileSync(file('side/boundary-lens.json'), '{"preprocessing": {"scale": "one"}}');
    assert.match(await refused(file('side/model.onnx')), /boundary-lens\.json.*scale/s);
    const misspelt = await refused(onnx, [...some, '--preprocessing', '{"scael": 1}']);
    assert.match(misspelt, /"scael" is not a known field; known are scale, mean/);
  });

  it('refuses what it may not read, naming it', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) {
      // Modes do not bind the superuser; a broken link is unreadable for everybody.
      const { symlinkSync } = await import('node:fs');
      symlinkSync(file('gone'), file('locked.onnx'));
    } else {
      copyFileSync(onnx, file('locked.onnx'));
      chmodSync(file('locked.onnx'), 0);
    }
    assert.match(await refused(file('locked.onnx')), /locked\.onnx/);
  });
});
