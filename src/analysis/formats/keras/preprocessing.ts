import { isInterpolation, resized } from '../../compound/resizing';
import { channelsFirst, inOrder, type Tensor } from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { dataFormat, inputOf, type Layer, type LayerCall } from './layer';
import type { Settings } from './settings';

/** Images at a fixed size. */
export const resizing: Layer = (call) => {
  const { settings } = call;
  const given = settings.text('interpolation', 'bilinear');
  if (!isInterpolation(given)) throw settings.unsupported(`${given} interpolation`, 'use bilinear or nearest');
  const on = (field: string) => settings.has(field) && settings.boolean(field);
  if (on('antialias')) throw settings.unsupported('antialiasing', 'resize the images before the model');
  return resizedImage(call, (b, x, size) => {
    if (on('crop_to_aspect_ratio')) return resized(b, croppedToAspect(b, x, size), size, given);
    if (on('pad_to_aspect_ratio')) return resized(b, paddedToAspect(call, x, size), size, given);
    return resized(b, x, size, given);
  });
};

/** The middle of the images, or the whole of smaller images made larger. */
export const centerCrop: Layer = (call) =>
  resizedImage(call, (b, x, size) => {
    const extents = x.shape.slice(2);
    if (extents.some((extent, i) => extent < size[i])) return resized(b, croppedToAspect(b, x, size), size, 'bilinear');
    return middle(b, x, size);
  });

/** At inference nothing in Keras 3, and in Keras 2 the largest part in the middle, resized. */
export const randomCrop: Layer = (call) =>
  call.keras === 3
    ? inputOf(call)
    : resizedImage(call, (b, x, size) => resized(b, croppedToAspect(b, x, size), size, 'bilinear'));

function resizedImage(call: LayerCall, f: (b: NetworkBuilder, x: Value, size: readonly number[]) => Value): Tensor {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const order = channelsFirst(input.order.length, dataFormat(settings));
  const size = [...settings.extents('height', 1), ...settings.extents('width', 1)];
  return { value: f(b, inOrder(b, input, order), size), order };
}

function middle(b: NetworkBuilder, x: Value, size: readonly number[]): Value {
  const starts = size.map((extent, i) => Math.floor((x.shape[i + 2] - extent) / 2));
  return b.slice(
    x,
    [2, 3],
    starts,
    starts.map((start, i) => start + size[i]),
  );
}

/** The largest part in the middle that has the ratio of the wanted size. */
function croppedToAspect(b: NetworkBuilder, x: Value, [height, width]: readonly number[]): Value {
  const [, , h, w] = x.shape;
  const rows = Math.max(Math.min(h, Math.floor((w * height) / width)), 1);
  const columns = Math.max(Math.min(w, Math.floor((h * width) / height)), 1);
  return middle(b, x, [rows, columns]);
}

/** The image in the middle of the smallest one that has the ratio of the wanted size. */
function paddedToAspect(call: LayerCall, x: Value, [height, width]: readonly number[]): Value {
  const { builder: b, settings } = call;
  const [, , h, w] = x.shape;
  const rows = Math.floor((Math.max(h, Math.floor((w * height) / width)) - h) / 2);
  const columns = Math.floor((Math.max(w, Math.floor((h * width) / height)) - w) / 2);
  const fill = settings.has('fill_value') ? settings.number('fill_value') : 0;
  return b.pad(x, [0, 0, rows, columns, 0, 0, rows, columns], fill);
}

/** What a layer at the beginning of a model does to its images, in words; undefined where it is no preprocessing. */
export function preprocessingInWords(className: string, settings: Settings): string | undefined {
  switch (className) {
    case 'Rescaling': {
      const scale = settings.numbers('scale').map(fraction).join(', ');
      const offsets = settings.numbers('offset', 0);
      return offsets.every((offset) => offset === 0)
        ? `Rescaling(${scale})`
        : `Rescaling(${scale}, offset ${offsets.join(', ')})`;
    }
    case 'Normalization':
      return settings.has('mean') ? 'Normalization' : 'Normalization with the mean and variance of the training images';
    case 'Resizing':
    case 'CenterCrop':
      return `${className}(${settings.number('height')} × ${settings.number('width')})`;
    default:
      return undefined;
  }
}

/** 0.00392156862745098 as 1/255. */
function fraction(x: number): string {
  const inverse = Number((1 / x).toPrecision(9));
  return x !== 0 && Math.abs(x) < 1 && String(inverse).length < 6 ? `1/${inverse}` : String(x);
}
