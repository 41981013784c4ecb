import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';

import { artefactOptions, systemCache } from '../../../src/analysis/study/cacheFolder';

describe('the folder of artefacts', () => {
  it("lies in the system's cache, and follows BOUNDARY_LENS_CACHE", () => {
    assert.equal(artefactOptions({}).folder, path.join(systemCache({}), 'boundary-lens'));
    assert.equal(artefactOptions({ BOUNDARY_LENS_CACHE: '' }).folder, path.join(systemCache({}), 'boundary-lens'));
    assert.equal(artefactOptions({ BOUNDARY_LENS_CACHE: 'here' }).folder, 'here');
    assert.equal(artefactOptions({ BOUNDARY_LENS_CACHE: 'off' }).folder, null);
  });

  it('takes a variable of the system that is empty or relative as unset', () => {
    const absolute = path.resolve('elsewhere');
    const unset = { linux: path.join(homedir(), '.cache'), win32: path.join(homedir(), 'AppData', 'Local') };
    for (const [platform, name] of [
      ['linux', 'XDG_CACHE_HOME'],
      ['win32', 'LOCALAPPDATA'],
    ] as const) {
      assert.equal(systemCache({ [name]: absolute }, platform), absolute);
      for (const value of ['', '.', 'cache', './cache', undefined]) {
        assert.equal(systemCache({ [name]: value }, platform), unset[platform]);
      }
    }
  });
});
