import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { Job } from '../../../src/analysis/job/job';
import { gaussianVector, type Random, seededRandom } from '../../../src/analysis/math/random';
import { encodeNpz } from '../../../src/analysis/reports/npz';
import { ArtefactStore } from '../../../src/analysis/study/artefacts';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import type { Request } from '../../../src/protocol/job';
import type { Report } from '../../../src/protocol/report';
import { deviceFactor, type Fault, machineWith, tanhNetwork } from '../../support/failingDevices';
import { onnxBytes } from '../../support/onnxBytes';
import { assertReport } from '../../support/reportSchema';
import { temporaryFolder } from '../../support/temporaryFolder';

const runs = 1000;
const count = 2;
const both: Request['analyses'] = { evaluate: {}, boundary: {} };
const names = ['onnxruntime', 'webgpu'] as const;

/** A fault of some kind, early or late: the trial takes some twenty runs, the job some eighty. */
function drawn(random: Random): Fault {
  const below = (n: number) => Math.floor(random() * n);
  const at = below(random() < 0.3 ? 25 : 100);
  const forGood = random() < 0.5;
  const foreign = random() < 0.5;
  const missing = [
    'There is no Vulkan driver here.',
    'libcudart.so.13 is not found.',
    'CUDA 13 is needed, here is 12.',
  ];
  switch (below(8)) {
    case 0:
      return { kind: 'missing', reason: missing[below(missing.length)] };
    case 1:
      return { kind: 'memory', at, most: below(2) };
    case 2:
      return { kind: 'lost', at, forGood, foreign };
    case 3:
      return { kind: 'nan', at, forGood };
    case 4:
      return { kind: 'load', at: below(10), foreign };
    case 5:
      return { kind: 'thread', at };
    case 6:
      return { kind: 'plan', at: below(20), forGood };
    default:
      return { kind: 'wrong' };
  }
}

interface Outcome {
  readonly report: Report | undefined;
  readonly error: unknown;
  readonly kept: readonly { readonly key: string; readonly margin: number | undefined; readonly name: string }[];
}

describe('a job whose device fails', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const file = (name: string) => path.join(folder(), name);

  before(() => {
    writeFileSync(file('model.onnx'), onnxBytes(tanhNetwork()));
    const data = gaussianVector(count * 4, seededRandom('failing devices', 'images'));
    writeFileSync(file('images.npz'), encodeNpz(new Map([['x', { type: 'float64', data, shape: [count, 4] }]])));
  });

  async function outcome(
    backend: Request['backend'],
    fault: Fault | null,
    analyses: Request['analyses'] = both,
  ): Promise<Outcome> {
    const store = new ArtefactStore({ folder: null, memory: 2 ** 24, disk: 0, revision: 0 });
    const kept: Outcome['kept'][number][] = [];
    const keep = store.keep.bind(store);
    store.keep = (key, value) => {
      const { item } = (value as { value?: { item?: { name: string; margin?: number } } }).value ?? {};
      if (item) kept.push({ key: JSON.stringify(key), margin: item.margin, name: item.name });
      return keep(key, value);
    };
    const search = { ...Value.Create(SearchParams), level: 'quick' as const };
    const job = new Job(
      {
        ...{ command: 'test', model: file('model.onnx'), images: [file('images.npz')], preprocessed: true },
        ...{ backend, seed: 0, batch: 2, search, analyses },
      },
      { store, signal: new AbortController().signal, progress: () => undefined, catalogue: machineWith(fault) },
    );
    try {
      return { report: await job.run(), error: undefined, kept };
    } catch (error) {
      return { report: job.report('failed'), error, kept };
    }
  }

  /** Every number is one of the processor's or the card's, and of the one that its item names. */
  function checkNumbers({ report, kept }: Outcome, right: Report): void {
    const margins = new Map(right.analyses.evaluate?.images?.map(({ name, margin }) => [name, margin]));
    const madeBy = (name: string, margin: number) => {
      const ratio = margin / (margins.get(name) ?? NaN);
      const i = [1, deviceFactor].findIndex((factor) => Math.abs(ratio / factor - 1) < 1e-6);
      assert.notEqual(i, -1, `the margin of ${name} is ${ratio} of what it is`);
      return names[i];
    };
    const id = report?.manifest.backend.id;
    const stages = report?.manifest.backend.stages;
    for (const { name, margin, backend = id } of report?.analyses.evaluate?.images ?? []) {
      assert.equal(madeBy(name, margin), backend);
    }
    const expected = new Map(right.analyses.boundary?.images?.map((item) => [item.name, item]));
    for (const { name, distance, target, status, backend } of report?.analyses.boundary?.images ?? []) {
      const other = expected.get(name);
      assert.deepEqual([target, status], [other?.target, other?.status]);
      assert.ok(Math.abs((distance ?? NaN) / (other?.distance ?? NaN) - 1) < 1e-4, `${name} at ${distance}`);
      if (stages) assert.ok(stages.some((stage) => stage.id === backend));
    }
    for (const { key, margin, name } of kept) {
      if (margin === undefined) continue;
      const made = madeBy(name, margin);
      assert.ok(key.includes(`"${made} device","${made} driver"`), key);
    }
  }

  const isWhole = ({ report }: Outcome) =>
    report?.manifest.state === 'done' &&
    report.failures.length === 0 &&
    Object.values(report.analyses).every((section) => 'images' in section && section.images.length === count);

  /** What is left of a failure: a fault of a kind that a named backend comes back from. */
  const isPassing = (fault: Fault) =>
    // The trial makes one plan for each of its four questions.
    (fault.kind === 'plan' && !fault.forGood && fault.at >= 4) ||
    fault.kind === 'thread' ||
    (fault.kind === 'lost' && !fault.forGood) ||
    (fault.kind === 'memory' && fault.most > 0);

  it('goes on there or on another, and says so, or ends with the reason; never with a wrong number', async () => {
    const { report: right } = await outcome('onnxruntime', null);
    assert.ok(right);
    let [moved, ended, remade, halved] = [0, 0, 0, 0];
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom('failing devices', seed);
      const fault = drawn(random);
      const backend = random() < 0.6 ? 'auto' : 'webgpu';
      const told = `run ${seed}: ${backend} with ${JSON.stringify(fault)}`;
      // Half of them without the search, which takes most of the time.
      const found = await outcome(backend, fault, random() < 0.5 ? both : { evaluate: {} });
      const { report, error } = found;
      try {
        checkNumbers(found, right);
        if (report) assertReport(report);
        assert.ok(error === undefined || error instanceof AnalysisError, 'it ended otherwise');
        assert.ok(report?.failures.every(({ code }) => code !== 'internal') ?? true);
        const { id, stages, refused } = report?.manifest.backend ?? {};
        if (backend === 'auto') {
          assert.ok(isWhole(found), error?.message ?? report?.failures[0]?.message);
          if (id === 'onnxruntime') assert.equal(refused?.length, 1);
          if (stages) {
            moved++;
            assert.deepEqual(
              stages.map((stage) => stage.id),
              ['webgpu', 'onnxruntime'],
            );
            assert.match(report?.manifest.notes.join('\n') ?? '', /webgpu device\) was given up during the run: ./);
          }
        } else {
          assert.equal(stages, undefined);
          assert.ok(id === undefined || id === 'webgpu');
          if (isPassing(fault)) {
            remade++;
            assert.ok(isWhole(found), error?.message ?? report?.failures[0]?.message);
            if (
              /The backend webgpu had no memory for \d+ images at once/.test(report?.manifest.notes.join('\n') ?? '')
            ) {
              halved++;
            }
          } else if (!isWhole(found)) {
            ended++;
            assert.ok(error !== undefined || (report?.failures.length ?? 0) > 0);
          }
        }
      } catch (cause) {
        throw new Error(`${told}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
    // Each of the ways out was taken often.
    assert.ok(Math.min(moved, ended, remade) > 50, `${moved} moved, ${ended} ended, ${remade} were made anew`);
    assert.ok(halved > 0, 'none said that it got half a batch');
  });
});
