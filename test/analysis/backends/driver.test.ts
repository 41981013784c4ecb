import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { installedDrivers, loadedLibraries, windowsCards } from '../../../src/analysis/backends/driver';
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

  it('is told on Windows by what its registry has of cards, with their names', () => {
    const key = String.raw`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}`;
    const printed = (name: string, values: readonly (readonly [string, string])[]) => {
      const entries = values.map(([sub, value]) => `\r\n${key}\\${sub}\r\n    ${name}    REG_SZ    ${value}\r\n`);
      return `${entries.join('')}\r\nEnd of search: ${values.length} match(es) found.\r\n`;
    };
    const values: Record<string, string> = {
      DriverDesc: printed('DriverDesc', [
        ['0000', 'NVIDIA GeForce RTX 3080'],
        ['0001', 'Intel(R) UHD Graphics 770'],
      ]),
      DriverVersion: printed('DriverVersion', [['0000', '31.0.15.3623']]),
    };
    assert.deepEqual(
      windowsCards((name) => values[name]),
      [
        { name: 'NVIDIA GeForce RTX 3080', version: '31.0.15.3623' },
        { name: 'Intel(R) UHD Graphics 770', version: 'unknown' },
      ],
    );
    assert.deepEqual(
      windowsCards(() => ''),
      [],
    );
  });

  it('is another one where a library that computes is', function () {
    if (process.platform !== 'linux') this.skip();
    writeFileSync(file('libcudnn.so.9'), 'first');
    const maps = [
      '55d0-55d1 r--p 00000000 fd:00 131 /usr/bin/node',
      `7f00-7f01 r-xp 00000000 fd:00 132                        ${file('libcudnn.so.9')}`,
      `7f02-7f03 r--p 00000000 fd:00 132                        ${file('libcudnn.so.9')}`,
      `7f04-7f05 r--p 00000000 fd:00 133                        ${file('libcublas.so.13')} (deleted)`,
      '7f06-7f07 rw-p 00000000 00:00 0',
    ];
    writeFileSync(file('maps'), maps.join('\n'));
    const found = () => loadedLibraries(/^libcu/, file('maps'));
    const first = found();
    assert.ok(first.startsWith(file('libcudnn.so.9')) && !first.includes('libcublas'), first);
    assert.equal(found(), first);
    installed('libcudnn.so.9', 'other');
    assert.notEqual(found(), first);
    assert.equal(loadedLibraries(/./, file('none')), '');
    // This process’s own.
    assert.match(loadedLibraries(/^libc\.so/), /libc\.so/);
  });

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
