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

  it('finds the operator whose results are a thousandth off, and what another refuses', async () => {
    const faulty: Backend = {
      ...trusted,
      load: async (network) => {
        if (has(network, 'Erf')) throw new AnalysisError('unsupported-op', 'no Erf here');
        const executable = await trusted.load(network);
        if (!has(network, 'Softsign')) return executable;
        return {
          ...executable,
          run: async (feeds) => {
            const { logits, ...rest } = await executable.run(feeds);
            return { ...rest, logits: logits.map((entry) => entry * 1.001) };
          },
        };
      },
    };
    const checks = await checkOperators(faulty, trusted);
    assert.deepEqual(
      checks.map(({ operator }) => operator),
      Object.keys(operatorCases),
    );
    const wrong = checks.filter((check) => check.wrong > 0);
    assert.deepEqual(
      wrong.map(({ operator, refusal }) => [operator, refusal]),
      [
        ['Erf', 'no Erf here'],
        ['Softsign', null],
      ],
    );
    assert.ok(Math.abs((wrong[1].error ?? 0) - 1e-3) < 1e-5);
  });
});
