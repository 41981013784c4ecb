import { type Interpolation, type PixelPlaces, resized } from '../../../compound/resizing';
import type { Tensor } from '../../../compound/tensor';
import type { TensorflowNode, Translation } from '../node';
import { imageOf } from './window';

function placesOf(node: TensorflowNode): PixelPlaces {
  if (node.flag('half_pixel_centers')) return 'centres';
  return node.flag('align_corners') ? 'corners' : 'edges';
}

const resizing2d =
  (interpolation: Interpolation): Translation =>
  (node): Tensor => {
    const { value, order } = imageOf(node, node.tensor(0));
    const size = node.numbers(1, 'the size');
    if (size.length !== 2 || size.some((extent) => extent < 1)) throw node.unreadable('the size must be two extents');
    const places = placesOf(node);
    if (interpolation === 'bicubic' && places !== 'centres') {
      throw node.unsupported('bicubic resizing is known with half_pixel_centers only');
    }
    node.bounded([value.shape[1], ...size]);
    return { value: resized(node.builder, value, size, interpolation, places), order };
  };

/** Images at other sizes. */
export const resizing: Readonly<Record<string, Translation>> = {
  ResizeBilinear: resizing2d('bilinear'),
  ResizeNearestNeighbor: resizing2d('nearest'),
  ResizeBicubic: resizing2d('bicubic'),
};
