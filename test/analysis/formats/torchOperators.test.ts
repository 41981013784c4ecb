import assert from 'node:assert/strict';

import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import { loadModel } from '../../../src/analysis/formats/load';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { torchArchive, torchCases } from '../../support/torchArchive';

describe('the operators of torch.export', () => {
  for (const { name, shape, x, logits, gradient, programs } of torchCases()) {
    for (const program of ['dynamic', 'decomposed'] as const) {
      it(`give PyTorch's logits and gradient: ${name}, ${program}`, async () => {
        const files = new ModelFiles('model.pt2', bytesInMemory(torchArchive(programs[program])));
        const { network, format, inputShape } = await loadModel(files);
        assert.equal(format, 'torch-export');
        assert.deepEqual(inputShape, shape.slice(1));
        const classes = logits.length / shape[0];
        const cotangent = Array.from({ length: logits.length }, (_, i) => Math.cos((i % classes) + 1));
        const result = interpret(gradientNetwork(network, 1), {
          x: tensor(shape, x),
          cotangent: tensor([shape[0], 1, classes], cotangent),
        });
        // PyTorch computes in float32, the interpreter in float64.
        assertClose(result['logits'].data, logits, { rtol: 1e-4, atol: 1e-5 });
        assertClose(result['gradient'].data, gradient, { rtol: 1e-4, atol: 2e-5 });
      });
    }
  }
});
