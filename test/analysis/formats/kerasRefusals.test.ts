import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { strToU8, zipSync } from 'fflate';

import { analysisError } from '../../support/analysisError';
import {
  archive,
  denseWeights,
  hdf5File,
  type Hdf5Writer,
  type KerasLayer,
  sequential,
} from '../../support/kerasArchive';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

const dense: KerasLayer = { class_name: 'Dense', config: { units: 2, use_bias: false } };

describe('a Keras file that cannot be analysed', () => {
  const temporary = temporaryFolder();
  const kernel = Float32Array.of(1, 2, 3, 4, 5, 6);

  function saved(bytes: Uint8Array): string {
    const path = join(temporary(), 'model.keras');
    writeFileSync(path, bytes);
    return path;
  }

  async function modelOf(config: object): Promise<string> {
    return saved(archive(config, await denseWeights(kernel, [3, 2])));
  }

  it('is told apart from one that can', async () => {
    const model = await loadedModel(await modelOf(sequential([3], [dense])));
    assert.equal(model.parameters, 6);
  });

  it('holds weights without a model', async () => {
    const weights = await hdf5File((file) => file.create_group('layers'));
    await assert.rejects(
      loadedModel(saved(weights)),
      analysisError('model-unreadable', /holds weights without a model/),
    );
  });

  it('is cut short', async () => {
    const whole = readFileSync('test/fixtures/keras/dense-mini.h5');
    await assert.rejects(
      loadedModel(saved(whole.subarray(0, 100_000))),
      analysisError('model-unreadable', /whole HDF5/),
    );
  });

  it('has a member outside the archive', async () => {
    const bytes = zipSync({ '../config.json': strToU8('{}') });
    await assert.rejects(loadedModel(saved(bytes)), analysisError('model-unreadable', /must lie inside the archive/));
  });

  it('has a member twice', async () => {
    const bytes = zipSync({ 'config.json': strToU8('{}'), 'Config.json': strToU8('{}') });
    const text = Buffer.from(bytes).toString('latin1').replaceAll('Config.json', 'config.json');
    await assert.rejects(
      loadedModel(saved(Buffer.from(text, 'latin1'))),
      analysisError('model-unreadable', /is there twice/),
    );
  });

  it('has a member that grows beyond measure', async () => {
    const bytes = Buffer.from(zipSync({ 'config.json': new Uint8Array(1000) }));
    // The size that the archive's directory declares.
    bytes.writeUInt32LE(300 * 2 ** 20, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 24);
    await assert.rejects(loadedModel(saved(bytes)), analysisError('limit-exceeded', /must grow at most 100-fold/));
  });

  it('is nested too deep', async () => {
    const bytes = zipSync({
      'config.json': strToU8('['.repeat(300)),
      'model.weights.h5': await denseWeights(kernel, [3, 2]),
    });
    await assert.rejects(loadedModel(saved(bytes)), analysisError('limit-exceeded', /nested at most 200 deep/));
  });

  it('reaches for a prototype', async () => {
    const config = strToU8('{"class_name": "Sequential", "__proto__": {}}');
    const bytes = zipSync({ 'config.json': config, 'model.weights.h5': await denseWeights(kernel, [3, 2]) });
    await assert.rejects(loadedModel(saved(bytes)), analysisError('model-unreadable', /no key "__proto__"/));
  });

  it('has code in a Lambda layer, which is never run', async () => {
    const lambda = { class_name: 'Lambda', config: { name: 'code' } };
    await assert.rejects(
      loadedModel(await modelOf(sequential([3], [lambda]))),
      analysisError('unsupported-op', /Lambda "code".*holds code, which is never run/),
    );
  });

  it('has a layer of the user’s own, even under a name of Keras', async () => {
    const own = { ...dense, module: 'my_layers', registered_name: 'Custom>Dense' };
    await assert.rejects(
      loadedModel(await modelOf(sequential([3], [own]))),
      analysisError('unsupported-op', /Dense \(custom\) are not supported/),
    );
  });

  it('has a layer that is registered in a package of the user’s own', async () => {
    const own = { ...dense, module: null, registered_name: 'mine>Dense' };
    await assert.rejects(
      loadedModel(await modelOf(sequential([3], [own]))),
      analysisError('unsupported-op', /Dense \(custom\) are not supported/),
    );
  });

  it('is quantized, whose weights without their scales are other numbers', async () => {
    const policies = [{ class_name: 'QuantizedDTypePolicy', config: { mode: 'int8' } }, 'int8_from_float32'];
    for (const dtype of policies) {
      const quantized = { ...dense, config: { ...dense.config, dtype } };
      await assert.rejects(
        loadedModel(await modelOf(sequential([3], [quantized]))),
        analysisError('unsupported-op', /a quantized layer is not supported; save the model as it is before quantize/),
      );
    }
  });

  it('keeps low-rank updates beside the weights of an .h5 file', async () => {
    const bytes = await hdf5File((file) => {
      file.create_attribute('model_config', JSON.stringify(sequential([3], [dense])));
      const layer = file.create_group('model_weights').create_group('dense_0');
      layer.create_attribute('weight_names', ['dense_0/kernel', 'dense_0/lora_kernel_a', 'dense_0/lora_kernel_b']);
      const values = layer.create_group('dense_0');
      values.create_dataset({ name: 'kernel', data: kernel, shape: [3, 2] });
      values.create_dataset({ name: 'lora_kernel_a', data: kernel.subarray(0, 3), shape: [3, 1] });
      values.create_dataset({ name: 'lora_kernel_b', data: kernel.subarray(0, 2), shape: [1, 2] });
    });
    await assert.rejects(loadedModel(saved(bytes)), analysisError('unsupported-op', /"dense_0".*LoRA.*as \.keras/));
  });

  it('is a subclassed model', async () => {
    await assert.rejects(
      loadedModel(await modelOf({ class_name: 'MyModel', config: {} })),
      analysisError('unsupported-op', /The model is a MyModel/),
    );
  });

  it('has an activation of the user’s own', async () => {
    const own = { class_name: 'Dense', config: { ...dense.config, activation: 'my_activation' } };
    await assert.rejects(
      loadedModel(await modelOf(sequential([3], [own]))),
      analysisError('unsupported-op', /the activation "my_activation"/),
    );
  });

  it('takes images of any size', async () => {
    const layers = [{ class_name: 'Flatten', config: {} }, dense];
    const config = JSON.parse(
      JSON.stringify(sequential([1, 1, 3], layers)).replace('[null,1,1,3]', '[null,null,null,3]'),
    ) as object;
    await assert.rejects(
      loadedModel(await modelOf(config)),
      analysisError('model-unreadable', /leaves open: height \(axis 1\), width \(axis 2\).*--input-size/),
    );
  });

  it('has weights of another shape', async () => {
    await assert.rejects(
      loadedModel(await modelOf(sequential([4], [dense]))),
      analysisError('model-unreadable', /MatMul "Dense "dense_0""/),
    );
  });

  it('lacks weights', async () => {
    const weights = await hdf5File((file) => file.create_group('layers'));
    await assert.rejects(
      loadedModel(saved(archive(sequential([3], [dense]), weights))),
      analysisError('model-unreadable', /layer "dense_0" must have its kernel/),
    );
  });

  it('has weights that are not numbers', async () => {
    const weights = await denseWeights(Float32Array.of(1, 2, NaN, 4, 5, 6), [3, 2]);
    await assert.rejects(
      loadedModel(saved(archive(sequential([3], [dense]), weights))),
      analysisError('model-unreadable', /Dense "dense_0": its kernel holds numbers that are not finite/),
    );
  });

  it('has the weights of another layer', async () => {
    const weights = await hdf5File((file) => {
      const group = file.create_group('layers').create_group('dense').create_group('vars');
      group.create_attribute('name', 'another');
      group.create_dataset({ name: '0', data: kernel, shape: [3, 2] });
    });
    await assert.rejects(
      loadedModel(saved(archive(sequential([3], [dense]), weights))),
      analysisError('model-unreadable', /must be those of layer "dense_0", but are named "another"/),
    );
  });

  const links: Readonly<Record<string, (file: Hdf5Writer) => void>> = {
    'a soft link': (file) => file.create_soft_link('/elsewhere', 'layers/dense'),
    'an external link': (file) => file.create_external_link('/etc/passwd', '/x', 'layers/dense'),
  };
  for (const [kind, link] of Object.entries(links)) {
    it(`has weights behind ${kind}`, async () => {
      const weights = await hdf5File((file) => {
        file.create_group('layers');
        const elsewhere = file.create_group('elsewhere').create_group('vars');
        elsewhere.create_dataset({ name: '0', data: kernel, shape: [3, 2] });
        link(file);
      });
      await assert.rejects(
        loadedModel(saved(archive(sequential([3], [dense]), weights))),
        analysisError('model-unreadable', /must lie in the file itself, but there is a link/),
      );
    });
  }
});
