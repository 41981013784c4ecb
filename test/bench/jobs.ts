import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { Job } from '../../src/analysis/job/job';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { Network } from '../../src/analysis/network/network';
import { encodeNpz } from '../../src/analysis/reports/npz';
import { ArtefactStore } from '../../src/analysis/study/artefacts';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import type { Request } from '../../src/protocol/job';
import type { Report } from '../../src/protocol/report';
import { onnxBytes } from '../support/onnxBytes';

/** What a job was asked, and what it did. */
export interface JobRun {
  readonly report: Report;
  readonly statistics: NonNullable<ReturnType<Job['statistics']>>;
  /** Wall-clock time by stage, ms, in the order of the stages. */
  readonly stages: ReadonlyMap<string, number>;
}

/** Runs a job that finds nothing among earlier results. */
export async function jobRun(
  asked: Pick<Request, 'model' | 'images' | 'analyses'> & Partial<Request>,
): Promise<JobRun> {
  const stages = new Map<string, number>();
  let [stage, since] = ['Opening', performance.now()];
  const next = (name: string): void => {
    const now = performance.now();
    stages.set(stage, (stages.get(stage) ?? 0) + now - since);
    [stage, since] = [name, now];
  };
  const job = new Job(
    { command: 'bench', preprocessed: false, backend: 'auto', seed: 0, search: Value.Create(SearchParams), ...asked },
    {
      store: new ArtefactStore({ folder: null, memory: 2 ** 28, disk: 0, revision: 0 }),
      signal: new AbortController().signal,
      progress: (progress) => {
        if (progress.stage !== stage) next(progress.stage);
      },
    },
  );
  const report = await job.run();
  next('');
  const statistics = job.statistics();
  if (!statistics) throw new Error('a job that ran has statistics');
  return { report, statistics, stages };
}

/** Gives `work` the paths of the network as a model file and of `n` Gaussian inputs for it, which are preprocessed. */
export async function withModelFiles<T>(
  network: Network,
  n: number,
  work: (model: string, images: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  try {
    const [model, images] = [path.join(folder, 'model.onnx'), path.join(folder, 'images.npz')];
    writeFileSync(model, onnxBytes(network));
    const shape = [n, ...network.inputs['x'].shape.slice(1)];
    const data = gaussianVector(
      shape.reduce((product, extent) => product * extent, 1),
      seededRandom(11),
    );
    writeFileSync(images, encodeNpz(new Map([['x', { type: 'float64', data, shape }]])));
    return await work(model, images);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
