import { isDeepStrictEqual } from 'node:util';

import type { AnalysisName, Params } from '../../protocol/analyses';
import type { Progress, Request } from '../../protocol/job';
import type { Doubt, Preflight } from '../../protocol/preflight';
import type { Expected } from '../../protocol/presets';
import type { Manifest, Report } from '../../protocol/report';
import { expectedInWords } from '../../reading/expected';
import { count } from '../../reading/format';
import { doubtInWords, predictionsInWords } from '../../reading/preflight';
import { type PhaseResults, type Rows, run } from '../analyses/analysis';
import { analyses, analysisOrder } from '../analyses/index';
import { AnalysisError } from '../base/errors';
import type { ResultArray } from '../base/resultArray';
import { toolVersion } from '../base/version';
import { withReason } from '../base/withReason';
import { imagesKey } from '../images/networkImages';
import type { Catalogue } from '../model/chosenBackend';
import { isLarge } from '../preflight/sample';
import type { ArtefactStore } from '../study/artefacts';
import { givenUp, type Study, type Tools } from '../study/study';
import { readCalibration } from './calibrationFile';
import { expectedOfPresets, expectedShare, sizesOf, speedOf } from './expected';
import { checkDoubts, memoryForBatches, preflightOf } from './preflight';
import {
  type ModelWithImages,
  modelWithImages,
  type Opened,
  type OpeningTools,
  type PreparedModel,
  type Searched,
  studyOf,
  withImages,
} from './prepare';
import { defaultLevel, reductions, requestedAnalyses, requestedLevel } from './presets';
import { ReportBuilder } from './reportBuilder';

/** After so long, ms, progress is told of again, whether or not anything has finished. */
const heartbeat = 1000;

/** What a job needs besides its request. */
export interface JobOptions {
  readonly store: ArtefactStore;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** The partial report that this job goes on from; its results are found among the artefacts. */
  readonly previous?: Report;
  /** Phases that are finished already. */
  readonly results?: Partial<PhaseResults>;
  /** What ends the job before anything is computed, where a few of the images give reason for it; none by default. */
  readonly stopsAt?: readonly Doubt[];
  /** Where backends come from; this machine by default. */
  readonly catalogue?: Catalogue;
  /** Called with what a few of the images look like, where that was asked and ends nothing. */
  readonly looked?: (preflight: Preflight) => void;
  /** Called before a run that may take long, with what each preset is expected to take. */
  readonly expected?: (expected: readonly Expected[]) => void;
}

/** The manifest but for what is known when the report is asked for. */
type Description = Omit<Manifest, 'notes' | 'state' | 'durationMs' | 'cost'>;

type Statistics = ReturnType<Opened['classifier']['statistics']>;

/** What runs, and how. */
export interface ModelInUse extends Pick<Manifest, 'model' | 'preprocessing' | 'backend'> {
  readonly statistics: Statistics;
}

/** One request being worked on. Its report can be asked for at any time. */
export class Job {
  private readonly builder = new ReportBuilder();
  private readonly start = performance.now();
  private readonly createdAt = new Date().toISOString();
  /** What is run: a preset goes by the size of the network's input. */
  private analyses: Request['analyses'] = {};
  /** Models in the order in which they were opened; the first is the one that the report is about. */
  private readonly opened: Opened[] = [];
  private study: Study | undefined;
  /** How much of the whole is done, once its cost is known. */
  private share: (() => number) | undefined;
  private last: Pick<Progress, 'stage' | 'done' | 'total'> = { stage: 'Reading the model', done: 0, total: 1 };
  /** What the manifest would say of each model, in the order of the request. */
  private readonly descriptions: { readonly description: Description; readonly classifier: Opened['classifier'] }[] =
    [];

  private readonly signal: AbortSignal;

  constructor(
    private readonly request: Request,
    private readonly options: JobOptions,
  ) {
    const cancelled = 'the analysis was cancelled; what was found so far is kept';
    this.signal = withReason(options.signal, new AnalysisError('cancelled', cancelled));
  }

  /**
   * Runs all analyses of the request. After an abort, or a failure that ends the job, `report` still has what was found.
   *
   * @throws AnalysisError, 'cancelled' after an abort.
   */
  async run(): Promise<Report> {
    // One image can take long; that the work goes on is seen all the same.
    const heart = setInterval(() => {
      this.tellProgress();
    }, heartbeat);
    try {
      await this.analyse(await this.prepare());
      return this.finished('done');
    } catch (error) {
      // What is stopped in its midst may fail in its own way.
      if (!(error instanceof AnalysisError)) this.signal.throwIfAborted();
      throw error;
    } finally {
      clearInterval(heart);
      const ending = Promise.all(this.opened.map((one) => one.dispose()));
      // After a cancel the batch that still runs is not waited for.
      if (this.signal.aborted) ending.catch(() => undefined);
      else await ending;
    }
  }

  /** The report as far as it has come, or undefined before model and images were read. */
  report(state: Manifest['state'] = 'running'): Report | undefined {
    return this.study && this.finished(state);
  }

  /** Rows of arrays by name, for `.npz`. */
  arrays(): Map<string, ResultArray> {
    return this.builder.arrays();
  }

  /** How full the batches of the first model were and how long its backend worked, ms: for benchmarks. */
  statistics(): Statistics | undefined {
    return this.opened.at(0)?.classifier.statistics();
  }

  /** Each model, as a manifest would describe it, and how full its batches were. */
  models(): ModelInUse[] {
    return this.descriptions.map(({ description, classifier }) => ({
      ...description,
      statistics: classifier.statistics(),
    }));
  }

  private finished(state: Manifest['state']): Report {
    const { study } = this;
    const description = this.descriptions.at(0)?.description;
    if (!description) throw new Error('the job has no report yet');
    const stages = study?.stages ?? [];
    const limits = this.statistics()?.batches.map(({ limit }) => limit) ?? [];
    return this.builder.report({
      ...description,
      state,
      durationMs: Math.round(performance.now() - this.start),
      backend: {
        ...{ ...description.backend, batch: Math.max(1, ...limits) },
        ...(stages.length > 1 && { stages: [...stages] }),
      },
      cost: { forwards: 0, gradients: 0, hessianProducts: 0, ...study?.cost },
    });
  }

  /** Reads models and images: the study, and the phases that files or the caller have finished. */
  private async prepare(): Promise<{ readonly study: Study; readonly results: Partial<PhaseResults> }> {
    const { request, builder, options } = this;
    const tools: Tools & OpeningTools = {
      ...{ store: options.store, sink: builder, signal: this.signal, catalogue: options.catalogue },
      memory: memoryForBatches(request),
      progress: this.progress.bind(this),
    };
    const opened = (one: Opened): void => {
      this.opened.push(one);
    };
    const first = await modelWithImages(request.model, request.preprocessing, request, tools, opened);
    const { look, found } = await this.look(first, request, opened);
    const prepared = await withImages(found, request, tools);
    const { open, more } = prepared;
    const { dimension } = open.classifier;
    this.analyses = requestedAnalyses(request, dimension);
    const less = isLarge(dimension) ? reductions(request) : [];
    if (less.length > 0) {
      builder.note(`Inputs are as large as photographs, of which this preset does less: ${less.join(', ')}.`);
    }
    const { subspace, detect } = this.analyses;
    const file = detect?.calibration;
    const asked = requestedLevel(request);
    const state = file === undefined ? null : await readCalibration(file, open.model, prepared.plan, asked);
    const search = { ...request.search, level: asked ?? state?.search ?? defaultLevel(request) };
    const description = this.describe(prepared, search);
    if (options.previous) checkSame(options.previous.manifest, description);
    if (look) this.note(look, prepared, description);
    const second = await this.second(tools, opened);
    if (second) this.describe(second, search);
    const further = {
      train: await more(request.train, 'training images', subspace?.trainCount),
      clean: await more(request.clean, 'clean images'),
    };
    const none = { train: null, clean: null, against: null };
    const searched = { ...request, search };
    const against = second && studyOf(second, none, searched, tools, opened);
    this.study = studyOf(prepared, { ...further, against }, searched, tools, opened);
    return {
      study: this.study,
      results: { ...(state && { calibration: { state, heldOut: {} } }), ...options.results },
    };
  }

  private describe({ open, plan, set, labels, images }: PreparedModel, search: Searched['search']): Description {
    const { request } = this;
    const { path, loaded, headStripped, sha256, smoothness } = open.model;
    const { classes, source: classesSource } = labels;
    const { id, provider, device, version, threads } = open.backend;
    const { format, producer, parameters, inputShape, layout } = loaded;
    const description: Description = {
      tool: { name: 'boundary-lens', version: toolVersion },
      command: request.command,
      createdAt: this.createdAt,
      model: {
        ...{ path, format, producer, sha256, parameters, layout, classesSource, smoothness, headStripped },
        inputShape: [...inputShape],
        ...(open.model.stepped && { stepped: true as const }),
        classes: [...classes],
      },
      preprocessing: { ...plan.preprocessing, source: plan.source, sentence: plan.sentence },
      images: { count: set.items.length, sha256: imagesKey(images) },
      seed: request.seed,
      settings: { search, ...loaded.settled, ...this.analyses },
      backend: { id, provider, device, version, threads, batch: 1, refused: [...open.refused] },
    };
    this.descriptions.push({ description, classifier: open.classifier });
    return description;
  }

  /** The second model of a comparison. */
  private async second(tools: Tools & OpeningTools, opened: (one: Opened) => void): Promise<PreparedModel | null> {
    const { request } = this;
    const { against, againstPreprocessing } = request;
    if (against === undefined) return null;
    const second = await modelWithImages(against, againstPreprocessing, request, tools, opened);
    const { found } = await this.look(second, { ...request, model: against }, opened);
    return withImages(found, request, tools);
  }

  /**
   * What the network makes of some images, where somebody wants to know: to stop in time, or to say in the report how well
   * what had to be guessed does. Where the device is lost, on the next.
   */
  private async look(
    found: ModelWithImages,
    request: Request,
    opened: (one: Opened) => void,
  ): Promise<{ readonly look: Preflight | null; readonly found: ModelWithImages }> {
    const { signal } = this;
    const { stopsAt = [] } = this.options;
    const { plan, labels, open } = found;
    const guessed = plan.source === 'guess' || labels.guessed;
    if (plan.source === 'none' || (stopsAt.length === 0 && !guessed)) return { look: null, found };
    try {
      const look = await preflightOf(found, request, { signal, ranks: stopsAt.length > 0 });
      checkDoubts(look, stopsAt, request);
      this.options.looked?.(look);
      return { look, found };
    } catch (error) {
      const isLost = error instanceof AnalysisError && error.code === 'device-lost';
      const next = isLost ? open.elsewhere?.() : undefined;
      if (!next || !isLost) throw error;
      opened(next);
      this.builder.note(givenUp(open.backend, error.message, next.backend));
      const refused = [...open.refused, { id: open.backend.id, reason: error.message }];
      return this.look({ ...found, open: { ...next, refused } }, request, opened);
    }
  }

  /** Says in the report what the network predicts under what had to be guessed, and what was doubtful. */
  private note(look: Preflight, { plan, labels }: PreparedModel, description: Description): void {
    const words = look.sampled > 0 ? `With it ${predictionsInWords(look)}` : '';
    if (plan.source === 'guess') description.preprocessing.sentence += ` ${words}`;
    for (const doubt of look.doubts) if (doubt !== 'unstated') this.builder.note(doubtInWords(doubt, look));
    if (!labels.guessed) return;
    const [first, second] = labels.classes;
    this.builder.note(
      `The model names no classes: output 0 is taken for the sub-folder ${first}, 1 for ${second}, and so on in alphabetical ` +
        `order, as ImageFolder does. ${words} If that is wrong, give "classes" in boundary-lens.json.`,
    );
  }

  private async analyse({ study, results }: Awaited<ReturnType<Job['prepare']>>): Promise<void> {
    const { images } = study;
    if (images.length === 0) {
      const failures = this.report('failed')?.failures ?? [];
      const first = failures.at(0);
      const rest = failures.length > 1 ? `, and ${failures.length - 1} more` : '';
      throw new AnalysisError(
        'invalid-input',
        `the images must hold at least one that can be read, got none${first ? `: ${first.message}${rest}` : ''}`,
      );
    }
    await this.expect(study);
    this.share = expectedShare(this.analyses, study);
    let known = results;
    for (const name of analysisOrder) known = await this.analyseOne(name, analyses, study, known);
  }

  /** Tells what the presets take, where this one may take long. */
  private async expect(study: Study): Promise<void> {
    const { request, options } = this;
    const { preset } = request;
    const classifier = this.opened.at(0)?.classifier;
    const isShort = preset === 'distances' || preset === 'quick';
    if (!classifier || !preset || (isShort && !isLarge(classifier.dimension))) return;
    const x = Float64Array.from(study.images[0].x);
    const { value: speed } = await study.onDevice(({ classifier: own }) => speedOf(own, x));
    const expected = await expectedOfPresets(request, sizesOf(study), speed, classifier);
    const own = expected.find((one) => one.preset === preset && one.images === study.images.length);
    const words = own ? `, about ${expectedInWords(own)} on this machine` : '';
    this.progress(`Analyses of ${count(study.images.length, 'image')}${words}`, 0, 1);
    options.expected?.(expected);
  }

  /** Runs one analysis, where it was asked for; returns the results that are known then. */
  private async analyseOne<K extends AnalysisName>(
    name: K,
    table: Rows<K>,
    study: Study,
    results: Partial<PhaseResults>,
  ): Promise<Partial<PhaseResults>> {
    const params: Params<K> | undefined = this.analyses[name];
    if (params === undefined) return results;
    try {
      const found = await run(table[name], study, params, results);
      this.builder.close(name, found.closing);
      return found.results;
    } catch (error) {
      // A preset asks for whatever these images allow; who asks for one analysis by name is told that it cannot be.
      if (!this.request.preset || !(error instanceof AnalysisError) || error.code === 'cancelled') throw error;
      this.builder.note(`Left out: ${name}. ${capital(error.message)}.`);
      return results;
    }
  }

  private progress(stage: string, done: number, total: number): void {
    this.last = { stage, done, total };
    this.tellProgress();
  }

  private tellProgress(): void {
    const elapsedMs = Math.round(performance.now() - this.start);
    const backend = this.study?.model.backend.id ?? this.opened.at(0)?.backend?.id;
    const share = this.share?.();
    this.options.progress({
      ...{ ...this.last, elapsedMs },
      ...(share !== undefined && { share }),
      ...(backend && { backend }),
    });
  }
}

/** A partial report can only be gone on from by the request that began it. */
function checkSame(before: Manifest, now: Description): void {
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
