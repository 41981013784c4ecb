import type { TensorflowNode, Translation } from '../node';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { movement } from './movement';
import { normalization } from './normalization';
import { pooling } from './pooling';
import { products } from './products';
import { reduction } from './reduction';
import { resizing } from './resizing';
import { shapes } from './shapes';

/** How each operator is said in canonical ones, by name. */
const translations: Readonly<Record<string, Translation>> = {
  ...elementwise,
  ...convolution,
  ...pooling,
  ...normalization,
  ...reduction,
  ...products,
  ...movement,
  ...resizing,
  ...shapes,
};

const CONTROL_FLOW: ReadonlySet<string> = new Set(['If', 'StatelessIf', 'While', 'StatelessWhile', 'Switch', 'Merge']);

/**
 * How a node is said in canonical operators.
 *
 * @throws AnalysisError 'unsupported-op'
 */
export function translationOf(node: TensorflowNode): Translation {
  // Own keys only: names come from the file.
  if (Object.hasOwn(translations, node.op)) return translations[node.op];
  if (node.op === 'ArgMax') {
    throw node.unsupported(
      'it keeps the number of the best class only, and a boundary is where two scores are equal',
      'Export the model without it, so that it returns the scores.',
    );
  }
  if (node.op === 'Placeholder') {
    throw node.unreadable('it is a second input; export a model that takes the image alone');
  }
  if (CONTROL_FLOW.has(node.op)) {
    throw node.unsupported(
      'it branches or repeats while it runs',
      'Export the model for inference (training=False), where nothing branches.',
    );
  }
  if (/Random|Multinomial|TruncatedNormal/.test(node.op)) {
    throw node.unsupported(
      'it draws random numbers, so that the model answers anew each time',
      'Export it without layers of augmentation, or give the .keras file, of which those are left out.',
    );
  }
  throw node.unsupported('there is no translation of this operator');
}
