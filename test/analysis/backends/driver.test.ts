import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { installedDrivers } from '../../../src/analysis/backends/driver';
import { adapterHere } from '../../../src/analysis/backends/webgpu/adapter';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the driver of a graphics card', () => {
  const folder = temporaryFolder();
  const file = (name: string) => path.join(folder(), name);
  const variables = ['VK_DRIVER_FILES', 'LD_LIBRARY_PATH'] as const;
  const before = variables.map((name) => process.env[name]);
  afterEach(() => {
    variables.forEach((name, i) => {
      if (before[i] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[i];
    });
  });

  /** Puts another file in a library's place, as packages do. */
  const installed = (name: string, content: string) => {
    writeFileSync(file('new'), content);
    renameSync(file('new'), file(name));
  };
  const named = (library: string) => {
    writeFileSync(file('card.json'), JSON.stringify({ ICD: { library_path: library, api_version: '1.3.1' } }));
    process.env['VK_DRIVER_FILES'] = file('card.json');
  };

  for (const [how, library] of [
    ['beside its manifest', './libvk_swiftshader.so'],
    ['by a name that the loader looks for', 'libvk_swiftshader.so'],
  ]) {
    it(`is another one where Vulkan’s is replaced, ${how}, and is called the same`, function () {
      if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
      process.env['LD_LIBRARY_PATH'] = folder();
      installed('libvk_swiftshader.so.1', 'first');
      symlinkSync(file('libvk_swiftshader.so.1'), file('link'));
      renameSync(file('link'), file('libvk_swiftshader.so'));
      named(library);
      const first = adapterHere();
      assert.match(first.name, /swiftshader \(Vulkan 1\.3\.1\)$/);
      assert.deepEqual(adapterHere(), first);
      installed('libvk_swiftshader.so.1', 'other');
      const second = adapterHere();
      assert.notEqual(second.driver, first.driver);
      assert.deepEqual({ ...second, driver: '' }, { ...first, driver: '' });
    });
  }

  it('is told on Windows by the folders that it keeps of drivers for cards', () => {
    for (const name of [
      'nv_dispi.inf_amd64_1f',
      'u0401.inf_amd64_2a',
      'iigd_dch.inf_amd64_3c',
      'usbport.inf_amd64_4d',
    ]) {
      mkdirSync(file(name));
    }
    const first = installedDrivers([folder(), file('none')]);
    assert.deepEqual(first, ['iigd_dch.inf_amd64_3c', 'nv_dispi.inf_amd64_1f', 'u0401.inf_amd64_2a']);
    mkdirSync(file('nv_dispi.inf_amd64_5e'));
    assert.notDeepEqual(installedDrivers([folder()]), first);
  });
});
