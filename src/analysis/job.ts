import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';

import type { AnalysisName, Params } from '../protocol/analyses';
import type { Progress, Request } from '../protocol/job';
import type { Manifest, Report } from '../protocol/report';
import { type Analysis, Context, type NetworkImage } from './analyses/context';
import { analyses, analysisOrder } from './analyses/index';
import type { ArtefactStore } from './artefacts';
import { AnalysisError } from './errors';
import { type ImageSet, matchLabels, openImages } from './images/dataset';
import { inputRange, pixelNorm, planPreprocessing, preprocess, type PreprocessingPlan } from './images/preprocess';
import { readSideFile } from './images/sideFile';
import { type OpenModel, openModel, type ReadModel, readModel } from './model';
import { networkImages } from './networkImages';
import { predictionsInWords } from './predictions';
import { presetAnalyses } from './presets';
import { ReportBuilder, type ResultArray } from './reportBuilder';
import { smoothedModel, type SmoothedModel } from './smoothedModel';
import { toolVersion } from './version';

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
  private open: OpenModel | undefined;
  private stand: SmoothedModel | undefined;
  private context: Context | undefined;
  private manifest: Omit<Manifest, 'notes' | 'state' | 'durationMs' | 'cost'> | undefined;

  private readonly analyses: Request['analyses'];

  constructor(
    private readonly request: Request,
    private readonly options: JobOptions,
  ) {
    this.analyses = { ...(request.preset && presetAnalyses(request.preset)), ...request.analyses };
  }

  /**
   * Runs all analyses of the request. After an abort, or a failure that ends the job, `report` still has what was found.
   *
   * @throws AnalysisError, 'cancelled' after an abort.
   */
  async run(): Promise<Report> {
    const { signal } = this.options;
    const stop = (): void => {
      this.open?.classifier.stop(cancelled());
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
      await this.open?.dispose();
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
    return this.open?.classifier.statistics();
  }

  private finished(state: Manifest['state']): Report {
    if (!this.manifest || !this.open) throw new Error('the job has no report yet');
    const batches = this.open.classifier.statistics().batches;
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
    const { request, builder } = this;
    this.progress('Reading the model', 0, 1);
    const sideFile = await readSideFile(request.model, request.preprocessing);
    const model = await readModel(request.model, sideFile?.binary ?? false);
    this.options.signal.throwIfAborted();
    const memory = (request.memory ? request.memory * 2 ** 20 : totalmem() / 2) / 4;
    this.open = await openModel(model, {
      backend: request.backend,
      threads: request.threads,
      batch: request.batch,
      binary: sideFile?.binary ?? false,
      memory: Math.min(memory, 2 ** 30),
    });
    model.loaded.notes.forEach((sentence) => {
      builder.note(sentence);
    });
    const { seed, limit, preprocessed } = request;
    const { inputShape } = model.loaded;
    const set = await openImages(request.images, { limit, seed, preprocessed, inputShape });
    const plan = planPreprocessing({
      inputShape: model.loaded.inputShape,
      layout: model.loaded.layout,
      fromModel: model.loaded.preprocessing,
      sideFile,
      insideModel: model.loaded.insidePreprocessing,
      preprocessed,
    });
    const names = model.loaded.classes ?? sideFile?.classes ?? null;
    const labels = matchLabels(set, names, model.classes);
    for (const sentence of [...set.notes, ...labels.notes]) builder.note(sentence);
    const images = await this.load(set, labels.labels, plan, 'Reading the images');
    this.manifest = this.describe(model, plan, set, labels.classes, labels.source, images);
    if (this.options.previous) checkSame(this.options.previous.manifest, this.manifest);
    if (plan.source === 'guess' || labels.guessed) {
      const words = await predictionsInWords(this.open.classifier, images, labels.classes);
      if (plan.source === 'guess') this.manifest.preprocessing.sentence += ` ${words}`;
      else builder.note(`${labels.source}: ${words}`);
    }
    const extra = async (paths: readonly string[] | undefined, stage: string): Promise<NetworkImage[] | null> => {
      if (!paths) return null;
      const more = await openImages(paths, { seed, preprocessed, inputShape });
      return this.load(more, matchLabels(more, names, model.classes).labels, plan, stage);
    };
    this.context = this.contextOf(model, plan, images, {
      train: await extra(request.train, 'Reading the training images'),
      clean: await extra(request.clean, 'Reading the clean images'),
      memory,
    });
  }

  private load(
    set: ImageSet,
    labels: readonly (number | null)[],
    plan: PreprocessingPlan,
    stage: string,
  ): Promise<NetworkImage[]> {
    return networkImages(set, labels, plan, this.builder, this.options.signal, (done, total) => {
      this.progress(stage, done, total);
    });
  }

  private contextOf(
    model: ReadModel,
    plan: PreprocessingPlan,
    images: readonly NetworkImage[],
    more: { train: readonly NetworkImage[] | null; clean: readonly NetworkImage[] | null; memory: number },
  ): Context {
    const { builder, request, open } = this;
    if (!open) throw new Error('the model is not open');
    const { backend } = open;
    return new Context({
      classifier: open.classifier,
      store: this.options.store,
      storeKey: [toolVersion, model.sha256, model.headStripped, backend.id, backend.version],
      images,
      train: more.train,
      clean: more.clean,
      seed: request.seed,
      search: { ...request.search, ...(request.search.clip && { range: boundsOf(plan) }) },
      pixelNorm: request.preprocessed ? null : (delta) => pixelNorm(plan, delta),
      inputRange: request.preprocessed ? rangeOf(images) : inputRange(plan),
      inputShape: model.loaded.inputShape,
      layout: model.loaded.layout,
      memory: more.memory,
      progress: (stage, done, total) => {
        this.progress(stage, done, total);
      },
      emit: (analysis, index, result) => {
        builder.emit(analysis, index, result);
      },
      fail: (failure) => {
        builder.fail(failure);
      },
      note: (sentence) => {
        builder.note(sentence);
      },
      signal: this.options.signal,
      smoothed: async (beta) => {
        const vectors = images.map(({ x }) => Float64Array.from(x));
        this.stand ??= await smoothedModel(open, open.classifier, vectors, beta, Math.min(more.memory, 2 ** 30));
        return this.stand;
      },
    });
  }

  private describe(
    { path, loaded, headStripped, sha256, smoothness }: ReadModel,
    plan: PreprocessingPlan,
    set: ImageSet,
    classes: readonly string[],
    classesSource: string,
    images: readonly NetworkImage[],
  ): NonNullable<Job['manifest']> {
    const { request, open } = this;
    if (!open) throw new Error('the model is not open');
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
      images: { count: set.items.length, sha256: contentHash(images) },
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
    const run = async <K extends AnalysisName>(name: K): Promise<void> => {
      const params: Params<K> | undefined = this.analyses[name];
      if (params === undefined) return;
      const analysis: Analysis<K> = analyses[name];
      this.builder.close(name, await analysis(context, params));
    };
    for (const name of analysisOrder) await run(name);
  }

  private progress(stage: string, done: number, total: number): void {
    const elapsedMs = Math.round(performance.now() - this.start);
    const backend = this.open?.backend.id;
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

function cancelled(): AnalysisError {
  return new AnalysisError('cancelled', 'the analysis was cancelled; what was found so far is kept');
}

/** What the network can see of black and of white, for every input value. */
function boundsOf(plan: PreprocessingPlan): { lower: Float64Array; upper: Float64Array } {
  if (plan.source === 'none') {
    throw new AnalysisError(
      'invalid-input',
      '--clip needs images: the range of arrays that are already preprocessed is unknown',
    );
  }
  const flat = (value: number): Float32Array => {
    return preprocess(plan, { height: 1, width: 1, channels: 1, data: Uint8Array.of(value) }, 'a flat image');
  };
  const [black, white] = [flat(0), flat(255)];
  return {
    lower: Float64Array.from(black, (value, i) => Math.min(value, white[i])),
    upper: Float64Array.from(black, (value, i) => Math.max(value, white[i])),
  };
}

function contentHash(images: readonly NetworkImage[]): string {
  const hash = createHash('sha256');
  for (const { name, sha256 } of images) hash.update(`${name}\0${sha256}\n`);
  return hash.digest('hex');
}

function rangeOf(images: readonly NetworkImage[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const { x } of images) {
    for (const value of x) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return high - low;
}
