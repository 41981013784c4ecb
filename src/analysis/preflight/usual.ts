import type { Preprocessing } from '../../protocol/sideFile';
import type { PixelSteps, PreprocessingPlan } from '../images/preprocess';

/** The numbers of one usual preprocessing, without the size. */
export interface Usual {
  readonly name: string;
  readonly preprocessing: Preprocessing;
}

/** Mean and standard deviation of an image's values / 255, one a channel, red first. */
export interface ColourStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const scale = 1 / 255;
const imagenet = { scale, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const caffe = { scale: 1, mean: [103.939, 116.779, 123.68] };

const ranges: readonly Usual[] = [
  { name: '0 to 1', preprocessing: { scale } },
  { name: '−1 to 1', preprocessing: { scale, mean: 0.5, std: 0.5 } },
  { name: '0 to 255', preprocessing: { scale: 1 } },
  { name: '(x − 127) / 128', preprocessing: { scale: 1, mean: 127, std: 128 } },
];

const backwards = (values: readonly number[]): number[] => [...values].reverse();

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toFixed(4)));
}

/**
 * The preprocessings that trained networks usually expect, for an input of one channel or three: ranges, ImageNet's mean and
 * standard deviation, Caffe's means, and those of the images themselves, as data sets of one's own are often standardised;
 * colours in both orders.
 */
export function usualPreprocessings(channels: number, { mean, std }: ColourStatistics): Usual[] {
  // What does not vary cannot be standardised.
  const own = std.every((value) => value > 1e-3) ? [{ scale, mean: rounded(mean), std: rounded(std) }] : [];
  const ownName = 'mean and std of these images';
  if (channels === 1) {
    const mnist = { scale, mean: 0.1307, std: 0.3081 };
    return [
      ...ranges,
      { name: 'MNIST’s mean and std', preprocessing: mnist },
      ...own.map((preprocessing) => ({ name: ownName, preprocessing })),
    ];
  }
  const inOrder = [
    ...ranges,
    { name: 'ImageNet’s mean and std', preprocessing: imagenet },
    ...own.map((preprocessing) => ({ name: ownName, preprocessing })),
    { name: 'Caffe’s means', preprocessing: { ...caffe, mean: backwards(caffe.mean) } },
  ];
  return [
    ...inOrder.map(({ name, preprocessing }) => ({
      name,
      preprocessing: { ...preprocessing, channels: 'rgb' as const },
    })),
    ...inOrder.map(({ name, preprocessing }) => ({
      name: `${name}, blue first`,
      preprocessing: { ...swapped(preprocessing), channels: 'bgr' as const },
    })),
  ];
}

/** The numbers of a preprocessing for the other order of channels. */
function swapped({ mean, std, ...rest }: Preprocessing): Preprocessing {
  return {
    ...rest,
    ...(mean !== undefined && { mean: typeof mean === 'number' ? mean : backwards(mean) }),
    ...(std !== undefined && { std: typeof std === 'number' ? std : backwards(std) }),
  };
}

/** Ways to bring images to the network's size: stretched, or the middle of what covers it or something larger. */
export function usualSizes(height: number, width: number): Usual[] {
  // torchvision's 256 for 224, in the same proportion.
  const larger: [number, number] = [Math.round((height * 256) / 224), Math.round((width * 256) / 224)];
  return [
    { name: 'stretched', preprocessing: { resize: { size: [height, width], fit: 'stretch' } } },
    { name: 'cropped', preprocessing: { resize: { size: [height, width], fit: 'crop' } } },
    { name: `cropped from ${larger.join(' × ')}`, preprocessing: { resize: { size: larger, fit: 'crop' } } },
  ];
}

/** Grey levels, of 255, by which two preprocessings may differ that images can hardly tell apart. */
const tellable = 2.55;

/** Whether two plans make nearly the same numbers of every pixel, in the same places. */
export function areTwins(first: PreprocessingPlan, second: PreprocessingPlan): boolean {
  if (first.source === 'none' || second.source === 'none') return first.source === second.source;
  const [a, b] = [first.preprocessing, second.preprocessing];
  if (a.layout !== b.layout || JSON.stringify(a.resize) !== JSON.stringify(b.resize)) return false;
  if (a.mean.length === 3 && a.channels !== b.channels) return false;
  return a.mean.every((_, channel) =>
    [0, 255].every((pixel) => {
      const level = Math.abs(a.scale / a.std[channel]);
      return Math.abs(value(a, channel, pixel) - value(b, channel, pixel)) <= tellable * level;
    }),
  );
}

function value({ scale: factor, mean, std }: PixelSteps, channel: number, pixel: number): number {
  return (pixel * factor - mean[channel]) / std[channel];
}
