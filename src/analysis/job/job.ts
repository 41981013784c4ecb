import { totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';

import type { AnalysisName, Params } from '../../protocol/analyses';
import type { Progress, Request } from '../../protocol/job';
import type { Manifest, Report } from '../../protocol/report';
import { analyses, analysisOrder } from '../analyses/index';
import { AnalysisError } from '../base/errors';
import { toolVersion } from '../base/version';
import type { OpenModel } from '../model/open';
import { type SmoothedModel, smoothedModel } from '../model/smoothedModel';
import type { ArtefactStore } from '../study/artefacts';
import { type Analysis, type Context, imagesKey } from '../study/context';
import { readCalibration } from './calibrationFile';
import { expectedDuration } from './expectedDuration';
import { jobContext } from './jobContext';
import { predictionsInWords } from './predictions';
import { type PreparedModel, preparedModel } from './preparedModel';
import { requestedAnalyses } from './presets';
import { ReportBuilder, type ResultArray } from './reportBuilder';

/** What a job needs besides its request. */
export interface JobOptions {
  readonly store: ArtefactStore;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** The partial report that this job goes on from; its results are found among the artefacts. */
  readonly previous?: Report;
}

/** One request being worked on. Its report can be asked for at any time. */
export class Job {
  private readonly builder = new ReportBuilder();
  private readonly start = performance.now();
  private readonly createdAt = new Date().toISOString();
  /** The model, and the one it is compared with. */
  private readonly opened: OpenModel[] = [];
  private stand: SmoothedModel | undefined;
  private context: Context | undefined;
  private manifest: Omit<Manifest, 'notes' | 'state' | 'durationMs' | 'cost'> | undefined;

  private readonly analyses: Request['analyses'];

  constructor(
    private readonly request: Request,
    private readonly options: JobOptions,
  ) {
    this.analyses = requestedAnalyses(request);
  }

  /**
   * Runs all analyses of the request. After an abort, or a failure that ends the job, `report` still has what was found.
   *
   * @throws AnalysisError, 'cancelled' after an abort.
   */
  async run(): Promise<Report> {
    const { signal } = this.options;
    const stop = (): void => {
      for (const { classifier } of this.opened) classifier.stop(cancelled());
      this.stand?.classifier.stop(cancelled());
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.prepare();
      await this.analyse();
      return this.finished('done');
    } catch (error) {
      if (signal.aborted && !(error instanceof AnalysisError)) throw cancelled();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      for (const open of this.opened) await open.dispose();
      await this.stand?.dispose();
    }
  }

  /** The report as far as it has come, or undefined before model and images were read. */
  report(state: Manifest['state'] = 'running'): Report | undefined {
    return this.context && this.finished(state);
  }

  /** Rows of arrays by name, for `.npz`. */
  arrays(): Map<string, ResultArray> {
    return this.builder.arrays();
  }

  /** How full the batches were and how long the backend worked, ms: for benchmarks. */
  statistics(): ReturnType<OpenModel['classifier']['statistics']> | undefined {
    return this.opened.at(0)?.classifier.statistics();
  }

  private finished(state: Manifest['state']): Report {
    const open = this.opened.at(0);
    if (!this.manifest || !open) throw new Error('the job has no report yet');
    const batches = open.classifier.statistics().batches;
    const manifest = {
      ...this.manifest,
      state,
      durationMs: Math.round(performance.now() - this.start),
      backend: { ...this.manifest.backend, batch: Math.max(1, ...batches.map(({ limit }) => limit)) },
      cost: { forwards: 0, gradients: 0, hessianProducts: 0, ...this.context?.cost },
    };
    return this.builder.report(manifest);
  }

  private async prepare(): Promise<void> {
    const { request, builder, options } = this;
    const memory = Math.min((request.memory ? request.memory * 2 ** 20 : totalmem() / 2) / 4, 2 ** 30);
    const preparation = {
      ...{ request, builder, signal: options.signal, memory },
      progress: (stage: string, done: number, total: number) => {
        this.progress(stage, done, total);
      },
      opened: (open: OpenModel) => {
        this.opened.push(open);
      },
    };
    const prepared = await preparedModel(request.model, request.preprocessing, preparation);
    const { open, plan, images, labels, more } = prepared;
    this.manifest = this.describe(prepared);
    if (options.previous) checkSame(options.previous.manifest, this.manifest);
    if (plan.source === 'guess' || labels.guessed) {
      const words = await predictionsInWords(open.classifier, images, labels.classes);
      if (plan.source === 'guess') this.manifest.preprocessing.sentence += ` ${words}`;
      if (labels.guessed) {
        const [first, second] = labels.classes;
        builder.note(
          `The model names no classes: output 0 is taken for the sub-folder ${first}, 1 for ${second}, and so on in alphabetical ` +
            `order, as ImageFolder does. ${words} If that is wrong, give "classes" in boundary-lens.json.`,
        );
      }
    }
    const second =
      request.against === undefined
        ? null
        : await preparedModel(request.against, request.againstPreprocessing, preparation);
    const file = this.analyses.detect?.calibration;
    const calibration = file === undefined ? null : await readCalibration(file, open.model, plan);
    const tools = {
      ...{ request, builder, memory, store: options.store, signal: options.signal, progress: preparation.progress },
      smoothed: async (beta: number | undefined) => {
        const vectors = images.map(({ x }) => Float64Array.from(x));
        this.stand ??= await smoothedModel(open, open.classifier, vectors, beta, memory);
        return this.stand;
      },
    };
    const context = jobContext(prepared, tools, {
      train: await more(request.train, 'training images', this.analyses.subspace?.trainCount),
      clean: await more(request.clean, 'clean images'),
      calibration: calibration && { state: calibration, heldOut: new Map() },
      against: second && jobContext(second, tools, { train: null, clean: null, calibration: null, against: null }),
    });
    this.context = context;
  }

  private describe({ open, plan, set, labels, images }: PreparedModel): NonNullable<Job['manifest']> {
    const { request } = this;
    const { path, loaded, headStripped, sha256, smoothness } = open.model;
    const { classes, source: classesSource } = labels;
    const { id, provider, device, version, threads } = open.backend;
    const { format, producer, parameters, inputShape, layout } = loaded;
    return {
      tool: { name: 'boundary-lens', version: toolVersion },
      command: request.command,
      createdAt: this.createdAt,
      model: {
        ...{ path, format, producer, sha256, parameters, layout, classesSource, smoothness, headStripped },
        inputShape: [...inputShape],
        classes: [...classes],
      },
      preprocessing: { ...plan.preprocessing, source: plan.source, sentence: plan.sentence },
      images: { count: set.items.length, sha256: imagesKey(images) },
      seed: request.seed,
      settings: { search: request.search, ...this.analyses },
      backend: { id, provider, device, version, threads, batch: 1, refused: [...open.refused] },
    };
  }

  private async analyse(): Promise<void> {
    const { context } = this;
    if (!context) throw new Error('the job was not prepared');
    if (context.options.images.length === 0) {
      throw new AnalysisError('invalid-input', 'the images must hold at least one that can be read, got none');
    }
    type Table<K extends AnalysisName> = { readonly [P in K]: Analysis<P> };
    const run = async <K extends AnalysisName>(name: K, table: Table<K>): Promise<void> => {
      const params: Params<K> | undefined = this.analyses[name];
      if (params === undefined) return;
      const analysis: Analysis<K> = table[name];
      try {
        this.builder.close(name, await analysis(context, params));
      } catch (error) {
        // A preset asks for whatever these images allow; who asks for one analysis by name is told that it cannot be.
        if (!this.request.preset || !(error instanceof AnalysisError) || error.code === 'cancelled') throw error;
        this.builder.note(`Left out: ${name}. ${capital(error.message)}.`);
      }
    };
    if (this.request.preset && this.request.preset !== 'quick') {
      const duration = await expectedDuration(this.analyses, context);
      this.progress(`Analyses of ${context.options.images.length} images, ${duration} on this machine`, 0, 1);
    }
    for (const name of analysisOrder) await run(name, analyses);
  }

  private progress(stage: string, done: number, total: number): void {
    const elapsedMs = Math.round(performance.now() - this.start);
    const backend = this.opened.at(0)?.backend.id;
    this.options.progress({ stage, done, total, elapsedMs, ...(backend && { backend }) });
  }
}

/** A partial report can only be gone on from by the request that began it. */
function checkSame(before: Manifest, now: NonNullable<Job['manifest']>): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const differing = [
    before.model.sha256 === now.model.sha256 ? '' : 'model',
    before.images.sha256 === now.images.sha256 ? '' : 'images or preprocessing',
    before.seed === now.seed ? '' : 'seed',
    isDeepStrictEqual(before.settings, plain(now.settings)) ? '' : 'settings',
  ].filter(Boolean);
  if (differing.length === 0) return;
  throw new AnalysisError(
    'invalid-input',
    `the report to resume must be of the same model, images, seed and settings; it has another ${differing.join(', ')}; ` +
      'repeat the command that began it, or write to another file',
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function cancelled(): AnalysisError {
  return new AnalysisError('cancelled', 'the analysis was cancelled; what was found so far is kept');
}
