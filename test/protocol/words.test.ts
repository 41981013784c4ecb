import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { backendChoices } from '../../src/protocol/words';

interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>> };
  };
}

describe('the words of the protocol', () => {
  it('are those that the settings offer as backends', () => {
    const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    assert.deepEqual(contributes.configuration.properties['boundaryLens.backend'].enum, [...backendChoices]);
  });
});
