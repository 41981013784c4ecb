import type { Preprocessing } from '../../../protocol/sideFile';
import { isJsonList, isJsonObject, type JsonObject } from '../../files/json';
import { divisors, extent, numbers, positive, type Size, type Statement } from './statement';

const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;

/** timm's settings in a `config.json`; null where it is another tool's. */
export function timmSettings(config: JsonObject): JsonObject | null {
  const settings = config['pretrained_cfg'];
  if (isJsonObject(settings)) return settings;
  // Before there was a pretrained_cfg its fields stood among the others.
  return typeof config['architecture'] === 'string' && isJsonList(config['input_size']) ? config : null;
}

/**
 * What timm's settings say of images: those of evaluation at `input_size`.
 *
 * @see https://github.com/huggingface/pytorch-image-models, timm/data/transforms_factory.py
 */
export function timmStatement(settings: JsonObject): Statement {
  const notes: string[] = [];
  const mean = numbers(settings['mean']);
  const std = divisors(settings['std']);
  const extents = isJsonList(settings['input_size']) ? settings['input_size'].map(extent) : [];
  const [channels = null, height = null, width = null] = extents;
  const inputSize: Size | null = height !== null && width !== null ? [height, width] : null;
  const word = settings['interpolation'];
  const interpolation = interpolations.find((known) => known === word);
  if (word !== undefined && interpolation === undefined) {
    notes.push(
      `config.json asks for the interpolation ${JSON.stringify(word)}, which is not there: bilinear is taken.`,
    );
  }
  const mode = settings['crop_mode'] ?? 'center';
  const isFollowed = mode === 'center' || mode === 'squash';
  if (!isFollowed) notes.push(`config.json has the crop mode ${JSON.stringify(mode)}, which is not followed here.`);
  const share = positive(settings['crop_pct']) ?? 1;
  const resize: NonNullable<Preprocessing['resize']> = {
    ...(interpolation !== undefined && { interpolation }),
    ...(inputSize !== null &&
      isFollowed && { size: scaled(inputSize, share), fit: mode === 'center' ? 'crop' : 'stretch' }),
  };
  return {
    preprocessing: {
      ...(mean !== null && std !== null && { scale: 1 / 255, mean, std }),
      ...(Object.keys(resize).length > 0 && { resize }),
    },
    inputSize,
    channels,
    notes,
  };
}

const scaled = ([height, width]: Size, share: number): [number, number] => [
  Math.floor(height / share),
  Math.floor(width / share),
];
