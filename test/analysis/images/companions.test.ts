import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { chosenClassNames } from '../../../src/analysis/images/classNames';
import { readCompanions } from '../../../src/analysis/images/companions/companions';
import { decodeImage } from '../../../src/analysis/images/decode';
import { planPreprocessing, preprocess } from '../../../src/analysis/images/preprocess';
import { assertClose } from '../../support/assertClose';
import { temporaryFolder } from '../../support/temporaryFolder';

interface Case {
  readonly file: string;
  readonly config: object;
  readonly inputShape: readonly number[];
  readonly stride: number;
  readonly values: readonly number[];
}

const fixtures = 'test/fixtures/companions';
/** Configurations as transformers and timm save them, with what their own processors make of photo.png; see generate.py. */
const cases = JSON.parse(readFileSync(`${fixtures}/expected.json`, 'utf8')) as Readonly<Record<string, Case>>;
const unknown = { fromModel: null, sideFile: null, insideModel: null, preprocessed: false, layout: 'nchw' as const };

describe('files of other tools beside a model', () => {
  const folder = temporaryFolder();

  /** The path of a model with these files beside it; it need not be there itself. */
  function modelWith(files: Readonly<Record<string, string | object>>, inner = ''): string {
    const place = mkdtempSync(join(folder(), 'model'));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(place, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    mkdirSync(join(place, inner), { recursive: true });
    return join(place, inner, 'model.onnx');
  }

  for (const [name, { file, config, inputShape, stride, values }] of Object.entries(cases)) {
    it(`make of an image what the processor makes of it that wrote them: ${name}`, async () => {
      const {
        preprocessing: besideModel,
        inputSize,
        channels,
        notes,
      } = await readCompanions(modelWith({ [file]: config }));
      assert.deepEqual(notes, []);
      assert.deepEqual(inputSize?.size, inputShape.slice(1));
      if (channels !== null) assert.equal(channels, 3);
      const plan = planPreprocessing({ ...unknown, inputShape, besideModel });
      assert.equal(plan.source, file);
      assert.match(plan.sentence, new RegExp(`\\(${file.replace('.', '\\.')} beside the model\\)`));
      const x = preprocess(plan, await decodeImage(`${fixtures}/photo.png`), 'photo');
      const seen = Array.from(x).filter((_, i) => i % stride === 0);
      // The values were rounded to six digits, after float32 arithmetic in another order.
      assertClose(seen, values, { rtol: 2e-6, atol: 2e-6 });
    });
  }

  it('are those of the folder above, where the model lies in a folder called onnx', async () => {
    const files = { 'preprocessor_config.json': { size: { height: 8, width: 6 } }, 'config.json': { num_channels: 1 } };
    const found = await readCompanions(modelWith(files, 'onnx'));
    assert.deepEqual(found.inputSize, { size: [8, 6], source: 'preprocessor_config.json' });
    assert.equal(found.channels, 1);
    const elsewhere = await readCompanions(modelWith(files, 'weights'));
    assert.equal(elsewhere.inputSize, null);
    assert.equal(elsewhere.preprocessing, null);
  });

  it('are those of Teachable Machine: its labels and size, and pixels from −1 to 1', async () => {
    const metadata = { packageName: '@teachablemachine/image', labels: ['ripe', 'raw'], imageSize: 4 };
    const found = await readCompanions(modelWith({ 'metadata.json': metadata }));
    assert.deepEqual(found.classNames, [{ names: ['ripe', 'raw'], source: 'metadata.json beside the model (labels)' }]);
    assert.deepEqual(found.inputSize, { size: [4, 4], source: 'metadata.json' });
    const plan = planPreprocessing({ ...unknown, inputShape: [3, 4, 4], besideModel: found.preprocessing });
    assert.equal(plan.source, 'metadata.json');
    const photo = await decodeImage(`${fixtures}/photo.png`);
    const x = preprocess(plan, photo, 'photo');
    const pixels = preprocess(
      planPreprocessing({
        ...unknown,
        inputShape: [3, 4, 4],
        besideModel: {
          preprocessing: { scale: 1, resize: { size: [4, 4], fit: 'crop', interpolation: 'bilinear' } },
          source: 'metadata.json',
        },
      }),
      photo,
      'photo',
    );
    assertClose(
      x,
      Array.from(pixels, (pixel) => pixel / 127 - 1),
      { atol: 1e-6 },
    );
    const other = await readCompanions(modelWith({ 'metadata.json': { name: 'a package', labels: 3 } }));
    assert.deepEqual([other.classNames, other.preprocessing], [[], null]);
  });

  it('give way to the side file and the model, and are used only as far as they fit', async () => {
    const config = { image_mean: [1, 2, 3], image_std: [2, 2, 2], do_normalize: true, size: 8 };
    const { preprocessing: besideModel } = await readCompanions(modelWith({ 'preprocessor_config.json': config }));
    const known = { ...unknown, inputShape: [3, 8, 8], besideModel };
    const sideFile = { preprocessing: { scale: 3 }, source: 'boundary-lens.json' } as const;
    assert.equal(planPreprocessing({ ...known, sideFile }).source, 'boundary-lens.json');
    const fromModel = { preprocessing: { scale: 2 }, source: 'its metadata' };
    const model = planPreprocessing({ ...known, fromModel });
    assert.equal(model.source, 'model');
    assert.deepEqual(model.preprocessing.mean, [0, 0, 0]);
    const larger = planPreprocessing({ ...known, inputShape: [3, 16, 16] });
    assert.deepEqual(larger.preprocessing.resize.size, [16, 16]);
    assert.deepEqual(larger.preprocessing.mean, [1, 2, 3]);
    assert.match(larger.sentence, /size in preprocessor_config\.json, 8 × 8, is not used/);
    const grey = planPreprocessing({ ...known, inputShape: [1, 8, 8] });
    assert.equal(grey.source, 'guess');
    assert.match(grey.sentence, /preprocessor_config\.json beside the model is not used: it is for 3 channels/);
  });

  it('say what of them is not followed', async () => {
    const { preprocessing, notes } = await readCompanions(
      modelWith({ 'preprocessor_config.json': { do_pad: true, resample: 4, do_normalize: true, image_mean: [0.5] } }),
    );
    assert.deepEqual(preprocessing?.preprocessing, {});
    assert.match(
      notes.join(),
      /resizes in a way that is not followed.*filter 4 .* bilinear.*without saying by which mean/,
    );
    const border = { pretrained_cfg: { input_size: [3, 8, 8], crop_mode: 'border', mean: 0.5, std: 0.5 } };
    const timm = await readCompanions(modelWith({ 'config.json': border }));
    assert.deepEqual(timm.preprocessing?.preprocessing, { scale: 1 / 255, mean: 0.5, std: 0.5 });
    assert.match(timm.notes.join(), /crop mode "border"/);
  });

  it('name the classes in every form that is common', async () => {
    const names = ['tench', 'great white shark', 'cock, rooster'];
    const forms: Readonly<Record<string, string | object>>[] = [
      { 'labels.txt': `${names.join('\n')}\n\n` },
      { 'classes.txt': names.map((name, i) => `${i} ${name}`).join('\r\n') },
      { 'imagenet_classes.txt': names.map((name, i) => `${i}: ${name}`).join('\n') },
      { 'synset.txt': names.join('\n') },
      { 'classes.json': names },
      { 'classes.json': { 2: names[2], 0: names[0], 1: names[1] } },
      { 'labels.json': { 0: ['n01440764', names[0]], 1: ['n01484850', names[1]], 2: ['n01514668', names[2]] } },
      { 'labels.json': { [names[1]]: 1, [names[0]]: 0, [names[2]]: 2 } },
      { 'config.json': { id2label: { 0: names[0], 1: names[1], 2: names[2] } } },
      { 'config.json': { label_names: names, pretrained_cfg: {} } },
      { 'config.json': { pretrained_cfg: { label_names: names } } },
    ];
    for (const form of forms) {
      const [file] = Object.keys(form);
      const { classNames } = await readCompanions(modelWith(form));
      const { classes, notes } = chosenClassNames(3, [], classNames);
      assert.deepEqual(classes?.names, names, file);
      assert.match(classes.source, new RegExp(`^${file.replace('.', '\\.')} beside the model`));
      assert.deepEqual(notes, []);
    }
  });

  it('name no classes where their number is another, or the names say nothing', async () => {
    const two = await readCompanions(modelWith({ 'labels.txt': 'a\nb', 'classes.json': ['a', 'b', 'c'] }));
    const chosen = chosenClassNames(3, [], two.classNames);
    assert.deepEqual(chosen.classes?.names, ['a', 'b', 'c']);
    assert.match(
      chosen.notes.join(),
      /^labels\.txt beside the model names 2 classes, but the model has 3: it is not used\.$/,
    );
    const own = { names: ['x', 'y', 'z'], source: 'the model' };
    assert.equal(chosenClassNames(3, [own], two.classNames).classes, own);
    const files = { 'config.json': { id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } }, 'labels.json': { 0: 'a', 2: 'c' } };
    assert.deepEqual((await readCompanions(modelWith(files))).classNames, []);
  });

  it('are not read where they are links out of the folder, no ordinary files, too large or damaged', async () => {
    const outside = modelWith({ 'names.txt': 'a\nb' }).replace('model.onnx', 'names.txt');
    const place = (model: string, name: string) => model.replace('model.onnx', name);
    const model = modelWith({ 'inner.txt': 'c\nd', 'config.json': '{"id2label": ', 'classes.json': '['.repeat(300) });
    symlinkSync(outside, place(model, 'labels.txt'));
    symlinkSync(place(model, 'inner.txt'), place(model, 'classes.txt'));
    mkdirSync(place(model, 'synset.txt'));
    linkSync(outside, place(model, 'imagenet_classes.txt'));
    writeFileSync(place(model, 'labels.json'), ' '.repeat(8 * 2 ** 20 + 1));
    const { classNames, notes } = await readCompanions(model);
    assert.deepEqual(classNames, [{ names: ['c', 'd'], source: 'classes.txt beside the model' }]);
    const reasons = [/labels\.txt .*leads out/, /synset\.txt .*ordinary file/, /imagenet_classes\.txt .*hard links/];
    for (const reason of [
      ...reasons,
      /labels\.json .*8 MiB/,
      /config\.json .*must be JSON/,
      /classes\.json .*200 deep/,
    ]) {
      assert.ok(
        notes.some((note) => reason.test(note)),
        `${String(reason)} in ${notes.join('\n')}`,
      );
    }
  });
});
