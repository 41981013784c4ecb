import type { Translation } from '../node';
import { contrib } from './contrib';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { interpolation } from './interpolation';
import { movement } from './movement';
import { normalization } from './normalization';
import { picking } from './picking';
import { pooling } from './pooling';
import { products } from './products';
import { quantization } from './quantization';
import { quantizedContrib, quantizedOperators } from './quantized';
import { recurrence } from './recurrence';
import { reduction } from './reduction';
import { sampling } from './sampling';
import { scattering } from './scattering';
import { shapes } from './shapes';

/** How each operator is said in canonical ones, by domain and name. */
export const translations: Readonly<Record<string, Readonly<Record<string, Translation>>>> = {
  '': {
    ...elementwise,
    ...convolution,
    ...pooling,
    ...normalization,
    ...reduction,
    ...products,
    ...movement,
    ...picking,
    ...scattering,
    ...sampling,
    ...recurrence,
    ...interpolation,
    ...quantization,
    ...quantizedOperators,
    ...shapes,
  },
  // onnxruntime has QuantizeLinear and DequantizeLinear under its own name too.
  'com.microsoft': { ...contrib, ...quantization, ...quantizedContrib },
};
