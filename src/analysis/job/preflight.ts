import { totalmem } from 'node:os';

import type { Progress, Request } from '../../protocol/job';
import type { Doubt, Preflight } from '../../protocol/preflight';
import type { Expected } from '../../protocol/presets';
import { stopped } from '../../reading/preflight';
import { AnalysisError } from '../base/errors';
import { withReason } from '../base/withReason';
import { sideFileOf } from '../images/sideFile';
import { preflight, type PreflightOptions } from '../preflight/preflight';
import { expectedOfPresets, speedOf } from './expected';
import { type ModelWithImages, modelWithImages, type Opened, type OpeningTools, samplesOf } from './prepare';

/** Looks at what a model makes of some of its images. */
export async function preflightOf(
  { open, statements, plan, set, labels, names }: ModelWithImages,
  { seed }: Pick<Request, 'seed'>,
  options: PreflightOptions,
): Promise<Preflight> {
  const { model, classifier } = open;
  const { inputShape, layout, insidePreprocessing } = model.loaded;
  const isClassifier =
    model.headStripped !== null || (names !== null && !names.assumed) || statements.sideFile?.binary === true;
  // A network that begins with preprocessing of its own says what it expects.
  const stated = plan.source !== 'guess' || insidePreprocessing !== null;
  const subject = { classifier, inputShape, layout, plan, stated, set, labels, isClassifier, seed };
  return preflight({ ...subject, sideFile: await sideFileOf(model.path) }, options);
}

/** What the asking of a request alone needs. */
export interface AskingTools extends Pick<PreflightOptions, 'signal' | 'ranks' | 'seen'> {
  /** Called with what is known before candidates are tried, and again with what each preset takes. */
  readonly first?: (preflight: Preflight) => void;
  readonly progress?: (progress: Pick<Progress, 'stage' | 'done' | 'total'>) => void;
}

/**
 * The preflight of a request that is not run: opens the model, looks, and lets it go.
 *
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', 'invalid-input', as a run; 'cancelled'
 */
export async function preflightOfRequest(request: Request, options: AskingTools): Promise<Preflight> {
  // A card is chosen of another backend than the one that looks.
  const own = { ...request };
  delete own.device;
  const { ranks = true, progress, seen, first } = options;
  const opened: Opened[] = [];
  const signal = withReason(options.signal, new AnalysisError('cancelled', 'looking at the images was cancelled'));
  const tools: OpeningTools = {
    signal,
    sink: { note: () => undefined },
    memory: memoryForBatches(request),
    progress: (stage, done, total) => progress?.({ stage, done, total }),
  };
  try {
    const found = await modelWithImages(
      request.model,
      request.preprocessing,
      { ...own, backend: 'onnxruntime' },
      tools,
      (one) => opened.push(one),
    );
    let expected: Expected[] | undefined;
    const measured = async (known: Preflight): Promise<void> => {
      first?.(known);
      if (!isPresetAsked(options, request)) return;
      // Before candidates are tried: who chooses how thorough to be may not wait for those.
      expected = await expectedOf(found, request);
      first?.({ ...known, expected });
    };
    const look = await preflightOf(found, request, { signal, ranks, ...(seen && { seen }), first: measured });
    return { ...look, ...(expected && { expected }) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    for (const one of opened) await one.dispose();
  }
}

/** Who wants a preprocessing only runs nothing. */
function isPresetAsked({ ranks }: Pick<PreflightOptions, 'ranks'>, { preset }: Request): boolean {
  return preset !== undefined && ranks !== 'always';
}

/** What each preset takes on the images of a request; none where no image can be read. */
async function expectedOf({ open, set, plan }: ModelWithImages, request: Request): Promise<Expected[]> {
  const { classifier } = open;
  const x = (await samplesOf(set, plan)).at(0);
  if (!x) return [];
  const { dimension, classes, smoothness } = classifier;
  const sizes = {
    images: set.items.length,
    train: null,
    clean: null,
    dimension,
    classes,
    smooth: smoothness === 'smooth',
  };
  return expectedOfPresets(request, sizes, await speedOf(classifier, x), classifier);
}

/**
 * Bytes that batches may take.
 *
 * @throws AnalysisError 'invalid-input' where the request would have more than the machine
 */
export function memoryForBatches({ memory }: Pick<Request, 'memory'>): number {
  const all = Math.floor(totalmem() / 2 ** 20);
  if (memory !== undefined && memory > all) {
    throw new AnalysisError('invalid-input', `--memory must be at most ${all}, the MB of this machine, got ${memory}`);
  }
  return Math.min((memory ? memory * 2 ** 20 : totalmem() / 2) / 4, 2 ** 30);
}

/** Doubts with which nobody goes on unasked, and those that only stop where somebody is there to ask. */
export const doubtsThatStop = {
  always: ['chance', 'better', 'outputs'],
  asking: ['images', 'unstated'],
} as const satisfies Record<string, readonly Doubt[]>;

/**
 * Ends a run whose preflight leaves a doubt that stops it.
 *
 * @throws AnalysisError 'invalid-input' that says why, what would be better and how to go on.
 */
export function checkDoubts(found: Preflight, stopsAt: readonly Doubt[], request: Request): void {
  const stopping = found.doubts.filter((doubt) => stopsAt.includes(doubt));
  if (stopping.length > 0) throw new AnalysisError('invalid-input', stopped(found, request));
}
