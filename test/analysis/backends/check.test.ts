import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { checkOperators } from '../../../src/analysis/backends/check';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { operatorCases } from '../../../src/analysis/backends/operatorCases';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { type Network, topologicalOrder } from '../../../src/analysis/network/network';

const has = (network: Network, op: string): boolean => topologicalOrder(network).some((value) => value.op === op);

describe('the check of operators', () => {
  let trusted: Backend;
  before(async () => {
    trusted = await onnxruntimeBackend({ threads: 1 });
  });

  it('finds the operator whose results are a thousandth off, that of another no numbers, and what a third refuses', async () => {
    const faulty: Backend = {
      ...trusted,
      load: async (network) => {
        if (has(network, 'Erf')) throw new AnalysisError('unsupported-op', 'no Erf here');
        const executable = await trusted.load(network);
        const factor = has(network, 'Softsign') ? 1.001 : has(network, 'Floor') ? NaN : 1;
        if (factor === 1) return executable;
        return {
          ...executable,
          run: async (feeds) => {
            const { logits, ...rest } = await executable.run(feeds);
            return { ...rest, logits: logits.map((entry) => entry * factor) };
          },
        };
      },
    };
    const checks = await checkOperators(faulty, trusted);
    assert.deepEqual(
      checks.map(({ operator }) => operator),
      Object.keys(operatorCases),
    );
    const notRight = checks.filter(({ wrong, refused }) => wrong + refused > 0);
    assert.deepEqual(
      notRight.map(({ operator, wrong, refused, refusal }) => [operator, wrong, refused, refusal]),
      [
        ['Erf', 0, 1, 'no Erf here'],
        ['Softsign', 1, 0, null],
        ['Floor', 1, 0, null],
      ],
    );
    assert.deepEqual([notRight[0].error, notRight[2].error], [null, null]);
    assert.ok(Math.abs((notRight[1].error ?? 0) - 1e-3) < 1e-5);
  });
});
