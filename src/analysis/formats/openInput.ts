import { AnalysisError } from '../base/errors';
import type { Choices } from './format';
import { boundedImage } from './imageSize';

/** The extents of an input without the batch; null where the file leaves one open. */
export type OpenShape = readonly (number | null)[];

/** An input that a file describes only in part. */
export interface OpenInput {
  /** For messages: format, name and extents as the file writes them. */
  readonly described: string;
  readonly shape: OpenShape;
  readonly layout: 'nchw' | 'nhwc' | 'flat';
  /** The number of channels that the weights need, where that is known. */
  readonly channels: number | null;
}

/** An input of which the height or the width is nowhere said. */
export class OpenSizeError extends AnalysisError {
  constructor(message: string) {
    super('model-unreadable', message);
  }
}

/** A shape with every extent, and its size where the file left it open. */
export interface SettledShape {
  readonly shape: readonly number[];
  readonly inputSize?: readonly [number, number];
}

type Axis = 'height' | 'width' | 'channels';

const axisNames: Readonly<Record<OpenInput['layout'], Readonly<Record<number, readonly Axis[]>>>> = {
  nchw: { 2: ['height', 'width'], 3: ['channels', 'height', 'width'] },
  nhwc: { 2: ['height', 'width'], 3: ['height', 'width', 'channels'] },
  flat: {},
};

/**
 * The shape of an input whose file may leave height, width and channels open: the user says them, else a file beside the
 * model, and the weights say the channels.
 *
 * @param note takes a sentence for the report
 * @throws AnalysisError 'invalid-input' where the user's size is not that of the file; OpenSizeError where nobody says the
 *   size; 'model-unreadable' where another extent is open; 'limit-exceeded' for an image that is too large
 */
export function settledShape(input: OpenInput, choices: Choices, note: (sentence: string) => void): SettledShape {
  const { shape, described } = input;
  const axes = axisNames[input.layout][shape.length] ?? [];
  const at = (axis: Axis): number | null | undefined => (axes.includes(axis) ? shape[axes.indexOf(axis)] : undefined);
  const size = [at('height'), at('width')] as const;
  const { inputSize: asked, statedSize } = choices;
  const contradicts = asked && size.some((extent, i) => extent !== null && extent !== asked.size[i]);
  if (contradicts) {
    throw new AnalysisError(
      'invalid-input',
      `${asked.source} says ${inWords(asked.size)}, but ${described} ` +
        (axes.length === 0 ? 'has no height and width.' : 'has a size of its own: leave it out, or give that.'),
    );
  }
  if (!shape.includes(null)) return { shape: boundedImage(shape.map(Number)) };
  const isOpen = size.includes(null);
  // Half a size that the file gives decides against what stands beside it.
  const fits = statedSize && size.every((extent, i) => extent === null || extent === statedSize.size[i]);
  const chosen = asked ?? (fits ? statedSize : undefined);
  const channels = input.channels ?? choices.statedChannels ?? null;
  const known: Readonly<Record<Axis, number | null>> = {
    height: chosen?.size[0] ?? null,
    width: chosen?.size[1] ?? null,
    channels,
  };
  const settled = shape.map((extent, i) => extent ?? (i < axes.length ? known[axes[i]] : null));
  const missing = settled.flatMap((extent, i) => (extent === null ? [`${axes[i] ?? 'extent'} (axis ${i + 1})`] : []));
  if (missing.length > 0) {
    const message = `${described} leaves open: ${missing.join(', ')}.`;
    if (!isOpen || axes.length === 0 || (axes.includes('channels') && settled[axes.indexOf('channels')] === null)) {
      throw new AnalysisError('model-unreadable', `${message} Export the model with these fixed.`);
    }
    throw new OpenSizeError(
      `${message} Say which size its images have with --input-size HxW, or with "inputSize": [H, W] in boundary-lens.json ` +
        'beside the model.',
    );
  }
  if (!isOpen || chosen === undefined) return { shape: boundedImage(settled.map(Number)) };
  const { size: own, source } = chosen;
  note(`The file leaves the size of its images open; it is read for ${inWords(own)}, as ${source} says.`);
  return { shape: boundedImage(settled.map(Number)), inputSize: own };
}

const inWords = (size: readonly number[]): string => size.join(' × ');
