import type { Preprocessing } from '../../../protocol/sideFile';
import { isJsonObject, type Json, type JsonObject } from '../../files/json';
import { divisors, extent, numbers, positive, type Size, sizeOf, type Statement } from './statement';

type Resize = NonNullable<Preprocessing['resize']>;
type Interpolation = NonNullable<Resize['interpolation']>;

/** Pillow's codes. */
const filters: readonly (Interpolation | undefined)[] = ['nearest', 'lanczos', 'bilinear', 'bicubic'];
/** Processors that take one number as size for the shorter side; the others make a square. */
const byShorterSide = /^(ConvNext|MobileNetV[12]|MobileViT|Levit|CLIP|PoolFormer|Bit|Pvt|EfficientFormer)$/;
/** From here on ConvNext stretches and crops nothing. */
const largestCropped = 384;
/** What LeViT multiplies the shorter side by. */
const levitMargin = 256 / 224;

/**
 * What the `preprocessor_config.json` of a Hugging Face image processor says: ViT, ConvNext, EfficientNet, MobileNet and
 * others that resize, crop at the centre, rescale and normalise.
 *
 * @see https://github.com/huggingface/transformers, image_processing_*.py
 */
export function processorStatement(config: JsonObject): Statement {
  const type = config['image_processor_type'] ?? config['feature_extractor_type'];
  const kind = typeof type === 'string' ? type.replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, '') : '';
  const notes: string[] = [];
  const resize = resizeOf(config, kind);
  if (resize === undefined) {
    notes.push(
      'preprocessor_config.json resizes in a way that is not followed here: images are brought to size as said.',
    );
  }
  const code = config['resample'];
  const interpolation = typeof code === 'number' ? filters[code] : undefined;
  if (typeof code === 'number' && interpolation === undefined) {
    notes.push(
      `preprocessor_config.json asks for the filter ${code} of Pillow, which is not there: bilinear is taken.`,
    );
  }
  const values = numbersOf(config);
  if (values === null) notes.push('preprocessor_config.json normalises without saying by which mean and deviation.');
  const flipped = config['do_flip_channel_order'] === true;
  const stated: Resize = {
    ...resize?.resize,
    ...(interpolation !== undefined && { interpolation }),
    ...(resize !== undefined && { corner: 'floor' }),
  };
  return {
    preprocessing: {
      ...values,
      ...(flipped && { channels: 'bgr' as const }),
      ...(Object.keys(stated).length > 0 && { resize: stated }),
    },
    inputSize: resize?.inputSize ?? null,
    channels: Array.isArray(values?.mean) ? values.mean.length : null,
    notes,
  };
}

/** Scale, mean and deviation; null where the deviation is not said. */
function numbersOf(config: JsonObject): Pick<Preprocessing, 'scale' | 'mean' | 'std'> | null {
  const scale = config['do_rescale'] === false ? 1 : (positive(config['rescale_factor']) ?? 1 / 255);
  // EfficientNet's (pixel · scale − 1) for images in −1 … 1.
  const offset = config['rescale_offset'] === true && config['do_rescale'] !== false ? 1 : 0;
  const std = divisors(config['image_std']);
  const normalised = config['do_normalize'] === true;
  // EfficientNet divides by the deviation once more for classification.
  const again = config['include_top'] === true;
  const mean = normalised ? numbers(config['image_mean']) : 0;
  if (mean === null || (std === null && (normalised || again))) return null;
  const power = Number(normalised) + Number(again);
  if (power === 0 && offset === 0) return { scale };
  return { scale, mean: each(mean, (x) => x + offset), std: each(std ?? 1, (x) => x ** power) };
}

const each = (values: number | number[], f: (x: number) => number): number | number[] =>
  typeof values === 'number' ? f(values) : values.map(f);

interface Resizing {
  readonly resize: Resize;
  readonly inputSize: Size;
}

/** Undefined where it pads, or is not said. */
function resizeOf(config: JsonObject, kind: string): Resizing | undefined {
  if (config['do_pad'] === true) return undefined;
  const cropped = config['do_center_crop'] === true ? cropOf(config['crop_size']) : null;
  if (config['do_resize'] === false) {
    return cropped === null ? undefined : { resize: { size: [...cropped], fit: 'crop' }, inputSize: cropped };
  }
  const { size } = config;
  const shorter = isJsonObject(size) ? size['shortest_edge'] : byShorterSide.test(kind) ? size : undefined;
  const edge = extent(shorter);
  if (isJsonObject(size) && size['longest_edge'] !== undefined) return undefined;
  if (edge === null) {
    const whole = sizeOf(size) ?? squareOf(size);
    return whole === null ? undefined : { resize: { size: [...whole], fit: 'stretch' }, inputSize: cropped ?? whole };
  }
  const square: Size = [edge, edge];
  const isConvNext = kind === 'ConvNext';
  if (isConvNext && edge >= largestCropped) {
    return { resize: { size: [edge, edge], fit: 'stretch' }, inputSize: square };
  }
  const share = positive(config['crop_pct']) ?? (isConvNext ? 224 / 256 : 1);
  const covered = Math.trunc(kind === 'Levit' ? edge * levitMargin : edge / share);
  return { resize: { size: [covered, covered], fit: 'crop' }, inputSize: cropped ?? square };
}

function squareOf(value: Json | undefined): Size | null {
  const side = extent(value);
  return side === null ? null : [side, side];
}

const cropOf = (value: Json | undefined): Size | null => sizeOf(value) ?? squareOf(value);
