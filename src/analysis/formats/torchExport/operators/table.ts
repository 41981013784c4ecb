import type { Translation } from '../node';
import { activations } from './activations';
import { convolution } from './convolution';
import { creation } from './creation';
import { elementwise } from './elementwise';
import { movement } from './movement';
import { normalization } from './normalization';
import { picking } from './picking';
import { pooling } from './pooling';
import { products } from './products';
import { reduction } from './reduction';
import { resampling } from './resampling';
import { slicing } from './slicing';

/** How each operator is said in canonical ones, by its name without the overload. */
export const translations: Readonly<Record<string, Translation>> = {
  ...elementwise,
  ...activations,
  ...convolution,
  ...pooling,
  ...normalization,
  ...reduction,
  ...products,
  ...movement,
  ...slicing,
  ...picking,
  ...resampling,
  ...creation,
};
