import type { Request } from '../../protocol/job';
import { toolVersion } from '../base/version';
import { pixelNorm } from '../images/preprocess';
import { signedPicture } from '../images/thumbnail';
import { norm } from '../math/vector';
import { PixelClassifier, pixelScale, pixelsOf } from '../model/pixelClassifier';
import type { ArtefactStore } from '../study/artefacts';
import { Context, type ContextOptions } from '../study/context';
import type { PreparedModel } from './preparedModel';
import type { ReportBuilder } from './reportBuilder';

/** What the contexts of a job have in common. */
export interface JobTools extends Pick<ContextOptions, 'memory' | 'signal' | 'smoothed' | 'progress'> {
  readonly request: Request;
  readonly builder: ReportBuilder;
  readonly store: ArtefactStore;
}

/** Images and results besides the images analysed. */
export type Further = Pick<ContextOptions, 'train' | 'clean' | 'calibration' | 'against'>;

/**
 * What the analyses of a job work with. Where two models are compared, both are functions of pixels 0–255: the unit that
 * they have in common.
 *
 * @throws AnalysisError 'invalid-input' for pixel bounds where arrays are already preprocessed.
 */
export function jobContext(
  { open, plan, images }: PreparedModel,
  { request, builder, store, ...tools }: JobTools,
  further: Further,
): Context {
  const { model, backend, classifier } = open;
  const { inputShape, layout } = model.loaded;
  const { path, sha256, headStripped } = model;
  const storeKey = [toolVersion, sha256, headStripped, backend.id, backend.version];
  const common = {
    ...{ ...tools, ...further, store, inputShape, layout, seed: request.seed, model: { path, sha256 } },
    emit: builder.emit.bind(builder),
    array: builder.array.bind(builder),
    fail: builder.fail.bind(builder),
    note: builder.note.bind(builder),
    tile: (values: Float64Array) => signedPicture(values, inputShape, layout),
  };
  const { clip } = request.search;
  const compared = request.against !== undefined && !request.preprocessed;
  const scale = compared || clip ? pixelScale(plan) : null;
  if (compared && scale) {
    const full = (value: number) => new Float64Array(classifier.dimension).fill(value);
    return new Context({
      ...common,
      classifier: new PixelClassifier(classifier, scale),
      storeKey: [...storeKey, 'pixels', plan.preprocessing],
      images: images.map((image) => ({ ...image, x: pixelsOf(scale, image.x) })),
      search: { ...request.search, ...(clip && { range: { lower: full(0), upper: full(255) } }) },
      unit: 'pixel values 0–255',
      pixelNorm: norm,
    });
  }
  const bounds = scale && {
    lower: scale.black.map((value, i) => Math.min(value, scale.white[i])),
    upper: scale.black.map((value, i) => Math.max(value, scale.white[i])),
  };
  return new Context({
    ...{ ...common, classifier, storeKey, images },
    search: { ...request.search, ...(bounds && { range: bounds }) },
    unit: 'units of the network’s input',
    pixelNorm: request.preprocessed ? null : (delta) => pixelNorm(plan, delta),
  });
}
