import type { JsonObject } from '../../files/json';
import { extent, type Statement } from './statement';

/** Whether a `metadata.json` is what Teachable Machine writes beside an image model. */
export function isTeachableMachine(metadata: JsonObject): boolean {
  return metadata['packageName'] === '@teachablemachine/image';
}

/**
 * What Teachable Machine's library makes of images: cropped at the centre, pixel/127 − 1.
 *
 * @see https://github.com/googlecreativelab/teachablemachine-community, libraries/image/src/utils/tf.ts, capture
 */
export function teachableMachineStatement(metadata: JsonObject): Statement {
  const side = extent(metadata['imageSize']);
  const inputSize = side === null ? null : ([side, side] as const);
  return {
    preprocessing: {
      scale: 1 / 127,
      mean: 1,
      std: 1,
      resize: { ...(inputSize && { size: [...inputSize] }), fit: 'crop', interpolation: 'bilinear' },
    },
    inputSize,
    channels: metadata['grayscale'] === true ? 1 : null,
    notes: [],
  };
}
