import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Value } from '@sinclair/typebox/value';

import { analyses } from '../../src/analysis/analyses';
import { type PhaseResults, type Rows, run } from '../../src/analysis/analyses/analysis';
import type { ResultArray } from '../../src/analysis/base/resultArray';
import type { NetworkImage } from '../../src/analysis/images/networkImages';
import { defaultParams } from '../../src/analysis/job/presets';
import type { Classifier } from '../../src/analysis/model/classifier';
import { ArtefactStore } from '../../src/analysis/study/artefacts';
import { type Matter, type StudiedModel, Study, type Tools } from '../../src/analysis/study/study';
import {
  analyses as protocol,
  type AnalysisName,
  type Closing,
  type Item,
  type Params,
} from '../../src/protocol/analyses';
import type { Failure } from '../../src/protocol/failure';

/** What an analysis left behind. */
export interface AnalysisRun<K extends AnalysisName> {
  readonly items: readonly Item<K>[];
  readonly closing: Closing<K>;
}

/** What may be said of the runs besides classifier and points. */
type Changes = Partial<Omit<Matter, 'model'> & Pick<Tools, 'memory'>> & {
  readonly model?: Partial<StudiedModel>;
  readonly given?: Partial<PhaseResults>;
};

/** Analyses of some points, in memory; what they note, keep and record can be read. */
export class AnalysisRuns {
  readonly notes: string[] = [];
  readonly failures: Failure[] = [];
  readonly arrays = new Map<string, ResultArray>();
  readonly study: Study;
  /** The results of phases so far, which further analyses are given. */
  results: Partial<PhaseResults>;
  private readonly emitted = new Map<AnalysisName, Map<number, unknown>>();

  constructor(classifier: Classifier, points: readonly ArrayLike<number>[], changes: Changes = {}) {
    const { model, memory, given, ...matter } = changes;
    this.results = given ?? {};
    this.study = new Study(
      {
        model: {
          ...{ path: 'model.onnx', sha256: 'abc', classifier, key: ['test'] },
          inputShape: [classifier.dimension],
          layout: 'flat',
          backend: { id: 'onnxruntime', provider: 'test', device: 'test', version: '0', threads: 1 },
          elsewhere: null,
          smoothed: () => Promise.reject(new Error('no stand-in here')),
          ...model,
        },
        images: images(points),
        ...{ train: null, clean: null, against: null, seed: 0 },
        search: { level: 'standard', overshoot: 0.02, candidates: 10 },
        units: { name: 'units of the network’s input', pixelNorm: null, pixelsOf: null },
        ...matter,
      },
      {
        store: new ArtefactStore({ folder: null, memory: 2 ** 28, disk: 0, revision: 0 }),
        sink: {
          emit: (analysis, index, { item }) => {
            const items = this.emitted.get(analysis) ?? new Map<number, unknown>();
            this.emitted.set(analysis, items.set(index, item));
          },
          array: (name, array) => this.arrays.set(name, array),
          fail: (failure) => this.failures.push(failure),
          note: (sentence) => this.notes.push(sentence),
          thumbnail: () => undefined,
          pictures: () => undefined,
        },
        signal: new AbortController().signal,
        progress: () => undefined,
        memory: memory ?? 2 ** 26,
      },
    );
  }

  /** Runs an analysis with its defaults but for `changed`; what it returns and emits is held against the protocol. */
  async run<K extends AnalysisName>(
    name: K,
    changed: { readonly [P in keyof Params<K>]?: Params<K>[P] } = {},
  ): Promise<AnalysisRun<K>> {
    const table: Rows<K> = analyses;
    const { closing, results } = await run(
      table[name],
      this.study,
      { ...defaultParams(name), ...changed },
      this.results,
    );
    this.results = results;
    this.check(protocol[name].closing, closing, `${name} closing`);
    const items = [...(this.emitted.get(name) ?? [])].sort(([a], [b]) => a - b).map(([, item]) => item as Item<K>);
    items.forEach((item, i) => {
      this.check(protocol[name].item, item, `${name} item ${i}`);
    });
    return { items, closing };
  }

  private check(schema: Parameters<typeof Value.Errors>[0], value: unknown, what: string): void {
    const error = Value.Errors(schema, value).First();
    assert.equal(error, undefined, `${what}${error?.path ?? ''}: ${error?.message ?? ''}`);
  }
}

/** Points as images named 0, 1, 2, … */
export function images(points: readonly ArrayLike<number>[], names = (i: number) => String(i)): NetworkImage[] {
  return points.map((point, index) => {
    const x = Float32Array.from(point);
    const sha256 = createHash('sha256').update(new Uint8Array(x.buffer)).digest('hex');
    return { index, name: names(index), x, sha256, content: sha256, trueLabel: null };
  });
}
