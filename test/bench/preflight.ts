import { Value } from '@sinclair/typebox/value';

import { preflightOfRequest } from '../../src/analysis/job/preflight';
import { SearchParams } from '../../src/protocol/analyses/boundary';

/** Models of which the look before a run is timed, each with images; the fields of `--preflight MODEL IMAGES` join them. */
const samples = [
  ['samples/relu/lenet-mnist.onnx', 'samples/mnist'],
  ['samples/smooth/lenet-mnist-softplus.keras', 'samples/mnist'],
] as const;

/** ms until four images with their predictions and the accuracy are there, and until the usual preprocessings are ranked. */
export async function looks(
  subjects: readonly (readonly [model: string, images: string])[] = samples,
): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const [model, images] of subjects) {
    // The first round loads what an engine has loaded when it is warm.
    await look(model, images);
    const rounds = [await look(model, images), await look(model, images), await look(model, images)];
    const fastest = (of: keyof (typeof rounds)[number]): number =>
      Math.round(Math.min(...rounds.map((one) => one[of])));
    rows.push([model, rounds[0]?.sampled ?? 0, fastest('first'), fastest('ranked')]);
  }
  return rows;
}

async function look(model: string, images: string): Promise<{ sampled: number; first: number; ranked: number }> {
  const start = performance.now();
  let first = 0;
  const request = { command: 'bench', model, images: [images], preprocessed: false, backend: 'auto', seed: 0 } as const;
  const { sampled } = await preflightOfRequest(
    { ...request, images: [images], search: Value.Create(SearchParams), analyses: {} },
    {
      signal: new AbortController().signal,
      ranks: 'always',
      first: () => {
        first = performance.now() - start;
      },
    },
  );
  return { sampled, first, ranked: performance.now() - start };
}
