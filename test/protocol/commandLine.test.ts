import assert from 'node:assert/strict';

import { commandLine } from '../../src/protocol/commandLine';

describe('a command line', () => {
  it('is quoted where a shell would split or change it', () => {
    const words = ['detect', 'my models/ä.onnx', '--scale', '0.5', '--preprocessing', '{"mean":0.5}'];
    const expected = `boundary-lens detect "my models/ä.onnx" --scale 0.5 --preprocessing '{"mean":0.5}'`;
    assert.equal(commandLine(words), expected);
  });
});
