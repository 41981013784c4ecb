import { type Preprocessing } from '../../protocol/sideFile';
import type { ImageLayout, Layout, PreprocessingSource } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import { type NetworkInput } from './arrayImages';
import { type StatedPreprocessing } from './companions/companions';
import { crop, type Pixels, withChannels } from './pixels';
import { resampled } from './resample';
import { type FoundSideFile } from './sideFile';

/** What is known about how images become a network's input. */
export interface PreprocessingKnowledge {
  /** The network's input without its batch: [C, H, W], [H, W, C], [H, W] or [D]. */
  readonly inputShape: readonly number[];
  readonly layout: Layout;
  /** What the model's file says, and where. */
  readonly fromModel: { readonly preprocessing: Preprocessing; readonly source: string } | null;
  readonly sideFile: FoundSideFile | null;
  /** What a file of another tool beside the model says: it is asked last, and only as far as it fits the network. */
  readonly besideModel: StatedPreprocessing | null;
  /** A sentence, where the network itself begins with preprocessing, so that it expects pixels 0–255. */
  readonly insideModel: string | null;
  /** Arrays are what the network sees. */
  readonly preprocessed: boolean;
}

type Resize = NonNullable<Preprocessing['resize']>;

/** Every choice between a pixel and the network's input. */
export interface PixelSteps extends Preprocessing {
  readonly scale: number;
  /** Per channel, in the network's order of channels. */
  readonly mean: number[];
  readonly std: number[];
  readonly channels: 'rgb' | 'bgr';
  readonly layout: ImageLayout;
  /** `corner` only where it is not the default, as in reports of before. */
  readonly resize: Required<Omit<Resize, 'corner'>> & Pick<Resize, 'corner'>;
}

/**
 * How images become a network's input; goes into every report. `source` says who decided the numbers, `sentence` says it
 * all in words. Under 'none' arrays are taken as they are and there are no pixels.
 */
export type PreprocessingPlan = {
  readonly inputShape: readonly number[];
  readonly sentence: string;
} & (
  | { readonly source: 'none'; readonly preprocessing: Record<string, never> }
  | { readonly source: Exclude<PreprocessingSource, 'none'>; readonly preprocessing: PixelSteps }
);

interface Axes {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly layout: ImageLayout;
}

const product = (shape: readonly number[]) => shape.reduce((size, extent) => size * extent, 1);

/** An input that no image can be prepared for; arrays may still be given to it as they are. */
export class NoImageError extends AnalysisError {
  constructor(message: string) {
    super('invalid-input', message);
  }
}

/**
 * Which axes of the input are rows, columns and channels.
 *
 * @throws NoImageError
 */
function axesOf(shape: readonly number[], layout: Layout, stated: Preprocessing): Axes {
  const order = stated.layout ?? (layout === 'flat' ? 'nchw' : layout);
  let extents: readonly number[];
  if (shape.length === 3) {
    extents = order === 'nchw' ? [shape[1], shape[2], shape[0]] : shape;
  } else if (shape.length === 2) {
    extents = [...shape, 1];
  } else {
    const size = product(shape);
    const square = [1, 3].map((c) => ({ c, side: Math.sqrt(size / c) })).find(({ side }) => Number.isInteger(side));
    const [h, w] = stated.resize?.size ?? [square?.side ?? NaN, square?.side ?? NaN];
    extents = [h, w, size / (h * w)];
  }
  const [height, width, channels] = extents;
  if ((channels === 1 || channels === 3) && height >= 1 && width >= 1 && Number.isInteger(height * width)) {
    return { height, width, channels, layout: order };
  }
  throw new NoImageError(
    `the network’s input must be an image of 1 or 3 channels, got [${shape.join(', ')}] (${order}); ` +
      'set preprocessing.layout, or preprocessing.resize.size for flat input, or use --preprocessed with arrays',
  );
}

function perChannel(
  value: number | readonly number[] | undefined,
  neutral: number,
  channels: number,
  field: string,
): number[] {
  const values = typeof value === 'object' ? [...value] : [value ?? neutral];
  if (values.length !== 1 && values.length !== channels) {
    throw new AnalysisError(
      'invalid-input',
      `preprocessing.${field} must be one number or one a channel (${channels}), got ${values.length}`,
    );
  }
  return values.length === channels ? values : new Array<number>(channels).fill(values[0]);
}

function resizeOf(stated: Preprocessing, { height, width }: Axes): PixelSteps['resize'] {
  const { size = [height, width], fit = 'stretch', interpolation = 'bilinear', corner = 'round' } = stated.resize ?? {};
  if (size[0] >= height && size[1] >= width) {
    return { size, fit, interpolation, ...(corner === 'floor' && { corner }) };
  }
  throw new AnalysisError(
    'invalid-input',
    `preprocessing.resize.size must be at least the network’s input [${height}, ${width}], got [${size.join(', ')}]`,
  );
}

/** What a file beside the model says as far as it is about this network, and a sentence on what is not. */
function fitting(
  beside: StatedPreprocessing | null,
  { height, width, channels }: Axes,
): { readonly stated: Preprocessing; readonly misfit: string | null } {
  if (beside === null) return { stated: {}, misfit: null };
  const { source, preprocessing } = beside;
  const { mean, std, resize = {} } = preprocessing;
  const others = [mean, std].find(
    (values) => Array.isArray(values) && values.length !== 1 && values.length !== channels,
  );
  if (Array.isArray(others)) {
    const misfit = `${source} beside the model is not used: it is for ${others.length} channels, the network has ${channels}.`;
    return { stated: {}, misfit };
  }
  const { size, interpolation } = resize;
  if (size === undefined || (size[0] >= height && size[1] >= width)) return { stated: preprocessing, misfit: null };
  const misfit = `The size in ${source}, ${size.join(' × ')}, is not used: the network’s input is larger.`;
  return { stated: { ...preprocessing, resize: interpolation === undefined ? {} : { interpolation } }, misfit };
}

/** Says whether some number of the normalisation is given; they are only meaningful together. */
const hasNumbers = ({ scale, mean, std }: Preprocessing) =>
  scale !== undefined || mean !== undefined || std !== undefined;

/** The factor that mean and std were meant for where none is given: theirs are fractions only for pixels 0–1. */
function impliedScale(mean: readonly number[], std: readonly number[]): number {
  const all = [...mean, ...std];
  return all.every((value) => Math.abs(value) <= 1) && all.some((value) => !Number.isInteger(value)) ? 1 / 255 : 1;
}

/** 255 for a scale of 1/255 as decimals give it: dividing by it is what frameworks do, and differs in the last bit. */
function divisorOf(scale: number): number | null {
  const divisor = Math.round(1 / scale);
  return divisor >= 1 && Math.abs(1 / scale - divisor) < 1e-9 ? divisor : null;
}

const inWords = (values: readonly number[]) =>
  values.every((value) => value === values[0]) ? String(values[0]) : `(${values.join(', ')})`;

/** What becomes of a pixel, as one would write it. */
export function formula({ scale, mean, std, channels }: PixelSteps): string {
  const divisor = divisorOf(scale);
  let words = 'pixel';
  if (divisor !== 1) words += divisor === null ? ` · ${scale}` : ` / ${divisor}`;
  if (mean.some((value) => value !== 0)) words = `${words} − ${inWords(mean)}`;
  if (std.some((value) => value !== 1)) words = `${words.includes('−') ? `(${words})` : words} / ${inWords(std)}`;
  return words === 'pixel'
    ? 'pixels 0–255 as they are'
    : `${words}${channels === 'bgr' ? ', channels blue, green, red' : ''}`;
}

function sizeInWords({ size: [h, w], fit, interpolation }: PixelSteps['resize'], { height, width }: Axes): string {
  const isLarger = h > height || w > width;
  const how =
    fit === 'crop'
      ? `scaled to cover ${isLarger ? `${h} × ${w}` : 'it'}, then cropped at the centre`
      : isLarger
        ? `stretched to ${h} × ${w}, then cropped at the centre`
        : 'stretched';
  return `Images of another size than ${height} × ${width} are ${how} (${interpolation}).`;
}

/**
 * Decides how images become the network's input: pixel 0–255 → (pixel · scale − mean) / std, per channel. Scale, mean and
 * std come together from the first that gives any of them: the option or the side file, the model's file, a file of another
 * tool beside it; the other choices one by one. Where nobody gives numbers the plan is a guess: pixel / 255, or pixels as they are where the network
 * begins with preprocessing. Without a scale, mean and std that are fractions are meant for pixels / 255.
 *
 * @throws AnalysisError 'invalid-input' when what was given does not fit the network's input.
 */
export function planPreprocessing(known: PreprocessingKnowledge): PreprocessingPlan {
  const { inputShape, fromModel, sideFile, insideModel } = known;
  if (known.preprocessed) {
    const sentence = 'None: the arrays are what the network sees.';
    return { inputShape, source: 'none', sentence, preprocessing: {} };
  }
  const axes = axesOf(inputShape, known.layout, { ...fromModel?.preprocessing, ...sideFile?.preprocessing });
  const beside = fitting(known.besideModel, axes);
  const given = [
    ...(sideFile?.preprocessing
      ? [{ source: sideFile.source, words: sideFile.source, stated: sideFile.preprocessing }]
      : []),
    ...(fromModel ? [{ source: 'model' as const, words: fromModel.source, stated: fromModel.preprocessing }] : []),
    ...(known.besideModel
      ? [
          {
            source: known.besideModel.source,
            words: `${known.besideModel.source} beside the model`,
            stated: beside.stated,
          },
        ]
      : []),
  ];
  const stated: Preprocessing = { ...beside.stated, ...fromModel?.preprocessing, ...sideFile?.preprocessing };
  const numbers = given.find((candidate) => hasNumbers(candidate.stated));
  const guess: Preprocessing = { scale: insideModel === null ? 1 / 255 : 1 };
  const { scale, mean, std } = numbers?.stated ?? guess;
  const means = perChannel(mean, 0, axes.channels, 'mean');
  const stds = perChannel(std, 1, axes.channels, 'std');
  const steps: PixelSteps = {
    scale: scale ?? impliedScale(means, stds),
    mean: means,
    std: stds,
    channels: stated.channels ?? 'rgb',
    layout: axes.layout,
    resize: resizeOf(stated, axes),
  };
  for (const [field, value] of [['scale', steps.scale] as const, ...stds.map((entry) => ['std', entry] as const)]) {
    if (value === 0) throw new AnalysisError('invalid-input', `preprocessing.${field} must not be 0`);
  }
  const sentences = [];
  if (numbers) sentences.push(`${formula(steps)} (${numbers.words}).`);
  else sentences.push(`A guess, as nothing says otherwise: ${formula(steps)}.`);
  if (numbers && scale === undefined) sentences.push(`The scale was not given; it follows from mean and std.`);
  // Of what stands beside it, a model that begins with arithmetic of its own may be another version.
  const isFromOutside = !numbers || numbers.stated === beside.stated;
  if (isFromOutside && insideModel !== null) sentences.push(`${insideModel.replace(/\.$/, '')}.`);
  sentences.push(sizeInWords(steps.resize, axes));
  if (beside.misfit !== null && !sideFile?.preprocessing) sentences.push(beside.misfit);
  if (!numbers) sentences.push('Say what is right in boundary-lens.json beside the model or with --preprocessing.');
  return { inputShape, source: numbers?.source ?? 'guess', sentence: sentences.join(' '), preprocessing: steps };
}

/** Half to even, as Python rounds where torchvision's CenterCrop finds its corner. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** What was resampled of an image, for as long as somebody holds it: many preprocessings of the same few photographs are tried. */
const already = new WeakMap<Pixels, Map<string, Pixels>>();

/** The image with the network's channels and size. */
function resized(image: Pixels, steps: PixelSteps['resize'], axes: Axes): Pixels {
  const known = already.get(image) ?? new Map<string, Pixels>();
  already.set(image, known);
  const key = JSON.stringify([steps, axes]);
  const found = known.get(key) ?? atSize(withChannels(image, axes.channels), steps, axes);
  known.set(key, found);
  return found;
}

/** The image at the network's size: nothing is resampled where it has it. */
function atSize(image: Pixels, steps: PixelSteps['resize'], axes: Axes): Pixels {
  const { size, fit, interpolation, corner } = steps;
  if (image.height === axes.height && image.width === axes.width) return image;
  if (fit === 'stretch') return centre(resampled(image, size[0], size[1], interpolation), axes, corner);
  // The side that the target covers last decides; the other is cut off like torchvision's Resize does.
  const byHeight = size[0] * image.width >= size[1] * image.height;
  const covering = byHeight
    ? resampled(image, size[0], Math.max(size[1], Math.trunc((size[0] * image.width) / image.height)), interpolation)
    : resampled(image, Math.max(size[0], Math.trunc((size[1] * image.height) / image.width)), size[1], interpolation);
  return centre(covering, axes, corner);
}

/** The part in the middle; where half a pixel is left, the corner is rounded half to even, or down. */
function centre(image: Pixels, { height, width }: Axes, corner: Resize['corner']): Pixels {
  if (image.height === height && image.width === width) return image;
  const rounded = corner === 'floor' ? Math.floor : roundHalfEven;
  return crop(image, rounded((image.height - height) / 2), rounded((image.width - width) / 2), height, width);
}

const withoutOnes = (shape: readonly number[]) => shape.filter((extent) => extent !== 1).join();

function arrayInput(input: NetworkInput, inputShape: readonly number[], name: string): Float32Array {
  if (withoutOnes(input.shape) !== withoutOnes(inputShape)) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: the array must have the network’s input shape [${inputShape.join(', ')}], got [${input.shape.join(', ')}]`,
    );
  }
  const x = Float32Array.from(input.array);
  if (x.every(Number.isFinite)) return x;
  throw new AnalysisError('invalid-input', `${name}: the network’s input must be finite numbers, got NaN or infinity`);
}

/**
 * The network's input for an image, shape (D,), in its layout: (pixel · scale − mean) / std in double precision, rounded
 * to float32 once, which is what ((u8 / 255) − mean) / std in float64 gives in NumPy and PyTorch.
 *
 * @param name - The image's, for messages.
 * @throws AnalysisError 'invalid-input' when an array has another shape, or pixels meet a plan for arrays.
 */
export function preprocess(plan: PreprocessingPlan, image: Pixels | NetworkInput, name: string): Float32Array {
  if ('array' in image) return arrayInput(image, plan.inputShape, name);
  if (plan.source === 'none') {
    throw new AnalysisError('invalid-input', `${name}: --preprocessed takes .npy and .npz arrays, got an image`);
  }
  const { scale, mean, std, channels: order, layout, resize } = plan.preprocessing;
  const axes = axesOf(plan.inputShape, layout, plan.preprocessing);
  const { data, channels } = resized(image, resize, axes);
  const size = axes.height * axes.width;
  const divisor = divisorOf(scale);
  const x = new Float32Array(size * channels);
  for (let c = 0; c < channels; c++) {
    const from = order === 'bgr' ? channels - 1 - c : c;
    for (let i = 0; i < size; i++) {
      const value = data[i * channels + from];
      const scaled = divisor === null ? value * scale : value / divisor;
      x[layout === 'nchw' ? c * size + i : i * channels + c] = (scaled - mean[c]) / std[c];
    }
  }
  return x;
}

/**
 * The picture that the network's numbers are made of: at its size, with its channels in its own order, so that blue first
 * looks wrong. Null where arrays are taken as they are.
 */
export function networkPicture(plan: PreprocessingPlan, image: Pixels | NetworkInput): Pixels | null {
  if ('array' in image || plan.source === 'none') return null;
  const { channels: order, layout, resize } = plan.preprocessing;
  const axes = axesOf(plan.inputShape, layout, plan.preprocessing);
  const seen = resized(image, resize, axes);
  if (order === 'rgb' || seen.channels === 1) return seen;
  const data = seen.data.map((_, i, all) => all[3 * Math.floor(i / 3) + 2 - (i % 3)]);
  return { ...seen, data };
}

/** Height, width and channels of the images that a plan makes; null where arrays are taken as they are. */
export function pictureSize(plan: PreprocessingPlan): { height: number; width: number; channels: 1 | 3 } | null {
  if (plan.source === 'none') return null;
  const { height, width, channels } = axesOf(plan.inputShape, plan.preprocessing.layout, plan.preprocessing);
  return { height, width, channels };
}

/** Units of the network's input that a pixel unit is, per channel. */
function pixelUnits(plan: PreprocessingPlan): number[] {
  if (plan.source === 'none') {
    throw new AnalysisError('invalid-input', 'pixel units exist only for images, got arrays that are preprocessed');
  }
  const { scale, std } = plan.preprocessing;
  return std.map((value) => Math.abs(scale / value));
}

/**
 * ‖Δ‖₂ in pixels 0–255 of a difference Δ of network inputs, shape (D,): every channel divided by its scale / std.
 *
 * @throws AnalysisError 'invalid-input' when arrays are preprocessed.
 */
export function pixelNorm(plan: PreprocessingPlan, delta: ArrayLike<number>): number {
  const units = pixelUnits(plan);
  const channels = units.length;
  const planes = plan.preprocessing.layout === 'nchw';
  const size = delta.length / channels;
  let sum = 0;
  for (let i = 0; i < delta.length; i++) {
    sum += (delta[i] / units[planes ? Math.floor(i / size) : i % channels]) ** 2;
  }
  return Math.sqrt(sum);
}
