import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Preflight } from '../../src/protocol/preflight';
import { cli, cliReport } from '../support/cli';
import { floats, node, onnxFile } from '../support/onnxFile';
import { pngUri } from '../support/png';
import { section } from '../support/section';
import { temporaryFolder } from '../support/temporaryFolder';

const digits = ['--images', 'samples/mnist'];
/** Ink where paper is: what the network was never shown. */
const inverted = '{"scale":-0.00392156862745098,"mean":-1}';
const lenet = 'samples/relu/lenet-mnist.onnx';

describe('what the command line does before it runs', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);

  /** A copy of a sample in a folder of its own, without what stands beside it. */
  const alone = (name: string, model: string): string => {
    mkdirSync(file(name), { recursive: true });
    copyFileSync(model, path.join(file(name), path.basename(model)));
    return path.join(file(name), path.basename(model));
  };

  /** Two outputs of a linear network on 8 × 8 grey images: W x, or, opposed, W x and −W x. */
  const twoOutputs = (name: string, opposed: boolean): string => {
    const weight = Array.from({ length: 128 }, (_, i) => {
      const [row, column] = [Math.floor(i / 2), i % 2];
      return opposed ? Math.sin(row) * (column === 0 ? 1 : -1) : Math.sin(row * (1 + 2 * column) + column);
    });
    const nodes = [node('Flatten', ['x'], ['f']), node('MatMul', ['f', 'w'], ['y'])];
    const parts = { nodes, weights: [floats('w', [64, 2], weight)], shape: ['n', 1, 8, 8], result: ['n', 2] };
    writeFileSync(file(name), onnxFile(parts));
    return file(name);
  };

  it('stops at chance with 2, and names the best preprocessing and what to type next', async () => {
    const { code, stdout, stderr } = await cli(['boundary', lenet, ...digits, '--preprocessing', inverted]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /of 50 labelled images are predicted right, which is at or near chance/);
    assert.match(stderr, /boundary-lens inspect samples\/relu\/lenet-mnist\.onnx --images samples\/mnist/);
    assert.match(stderr, /--preprocessing '\{.*\}'/);
    assert.match(stderr, /--yes \[invalid-input\]/);
  });

  it('goes on with --yes, and stops neither evaluate nor who names no labels', async () => {
    const some = ['--limit', '20', '--preprocessing', inverted];
    const report = await cliReport(['boundary', lenet, ...digits, ...some, '--yes', '--search', 'quick']);
    assert.equal(section(report, 'boundary').images.length, 20);
    const evaluated = await cliReport(['evaluate', lenet, ...digits, ...some]);
    assert.ok((section(evaluated, 'evaluate').summary.accuracy ?? 1) < 0.5);
    await cliReport([
      'boundary',
      lenet,
      '--images',
      'samples/mnist/7',
      '--preprocessing',
      inverted,
      '--search',
      'quick',
    ]);
  });

  it('goes on without a person where a guess does well, warns, and says so in the report', async () => {
    const model = alone('guess', lenet);
    const { code, stdout, stderr } = await cli([
      'boundary',
      model,
      ...digits,
      '--limit',
      '30',
      '--search',
      'quick',
      '--json',
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Warning: Nothing says how images are to be prepared; taken is a guess: pixel \/ 255/);
    const { manifest } = JSON.parse(stdout) as { manifest: { preprocessing: { source: string; sentence: string } } };
    assert.equal(manifest.preprocessing.source, 'guess');
    assert.match(manifest.preprocessing.sentence, /With it \d+ of 30 labelled images are classified correctly/);
  });

  it('asks before it takes two quantities for two classes, and not where a softmax could have trained them', async () => {
    const images = file('patches.npy');
    const bytes = Buffer.from(Array.from({ length: 3 * 64 }, (_, i) => (i * 37) % 251));
    const head = `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 8, 8), }`.padEnd(117) + '\n';
    writeFileSync(
      images,
      Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(head), bytes]),
    );
    const regression = twoOutputs('regression.onnx', false);
    const refused = await cli(['boundary', regression, '--images', images]);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /it may be a regression/);
    const named = ['--preprocessing', '{"classes": ["a", "b"]}'];
    assert.equal((await cli(['boundary', regression, '--images', images, ...named])).code, 0);
    assert.equal((await cli(['boundary', twoOutputs('classes.onnx', true), '--images', images])).code, 0);
  });

  describe('inspect --images', () => {
    const looked = async (...args: string[]): Promise<Preflight> => {
      const { code, stdout, stderr } = await cli(['inspect', ...args, '--json']);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as Preflight;
    };

    it('ranks the usual preprocessings; proposes what leads, with its lead', async () => {
      const { candidates, proposal, predictions, labelled } = await looked(
        ...['samples/smooth/lenet-mnist-softplus.keras', ...digits],
      );
      assert.equal(predictions.length, 50);
      assert.equal(labelled, 50);
      assert.equal(candidates[0].name, '0 to 255');
      // The others are at most all wrong.
      assert.ok(proposal && proposal.lead !== null && proposal.lead > 25 && (proposal.p ?? 1) < 0.001);
    });

    it('says that it cannot tell where several do as well', async () => {
      const { proposal, candidates } = await looked(alone('guess', lenet), ...digits);
      assert.equal(proposal, null);
      assert.ok((candidates[1].right ?? 0) > 40);
    });

    it('prints predictions by name, and why a photograph can hardly be a digit net’s', async () => {
      const picture = pngUri(640, 480, (x, y) => [200 - y / 4, (x * 7) % 200, 30]);
      writeFileSync(file('photograph.png'), Buffer.from(picture.split(',')[1], 'base64'));
      const { code, stdout } = await cli(['inspect', lenet, '--images', file('photograph.png')]);
      assert.equal(code, 0);
      assert.match(stdout, /photograph\.png is 640 × 480, and the network sees 28 × 28 in grey/);
    });

    it('keeps what is proposed beside the model, and never over another without showing the difference', async () => {
      const model = alone('save', 'samples/smooth/lenet-mnist-softplus.keras');
      const side = path.join(path.dirname(model), 'boundary-lens.json');
      const wrong = `{\n  "classes": ["0","1","2","3","4","5","6","7","8","9"],\n  "preprocessing": ${inverted}\n}\n`;
      writeFileSync(side, wrong);
      const refused = await cli(['inspect', model, ...digits, '--save']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^- .*"preprocessing"/m);
      assert.match(refused.stderr, /^\+ .*"scale": 1/m);
      assert.equal(readFileSync(side, 'utf8'), wrong);
      const saved = await cli(['inspect', model, ...digits, '--save', '--yes']);
      assert.equal(saved.code, 0, saved.stderr);
      const kept = JSON.parse(readFileSync(side, 'utf8')) as { classes: string[]; preprocessing: object };
      assert.deepEqual(kept.preprocessing, { scale: 1 });
      assert.equal(kept.classes.length, 10);
      assert.match((await cli(['inspect', model, ...digits, '--save'])).stdout, /Nothing to save/);
    });

    it('keeps what is given, and gives the JSON to copy where it cannot be written', async () => {
      const model = alone('given', lenet);
      const side = path.join(path.dirname(model), 'boundary-lens.json');
      const given = ['--preprocessing', '{"mean":0.1307,"std":0.3081,"scale":0.00392156862745098}'];
      // A folder of that name cannot be written over, not even by the superuser.
      mkdirSync(side);
      const refused = await cli(['inspect', model, ...digits, ...given, '--save']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /cannot be written/);
      assert.match(refused.stderr, /"mean": 0\.1307/);
      const other = alone('writable', lenet);
      assert.equal((await cli(['inspect', other, ...digits, ...given, '--save'])).code, 0);
      const kept = readFileSync(path.join(path.dirname(other), 'boundary-lens.json'), 'utf8');
      assert.deepEqual(JSON.parse(kept), { preprocessing: { scale: 0.00392156862745098, mean: 0.1307, std: 0.3081 } });
    });

    it('saves nothing where it cannot tell', async () => {
      const model = alone('undecided', lenet);
      const { code, stderr } = await cli(['inspect', model, ...digits, '--save']);
      assert.equal(code, 2);
      assert.match(stderr, /nothing was saved: .* cannot tell/);
    });
  });
});
