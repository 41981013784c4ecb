/** A process of its own, with --expose-gc: its heap may grow to more than V8 ever chooses. */
import { letHeapGrow } from '../../src/analysis/base/heapGrowth';

letHeapGrow(8);
(globalThis as { gc?: () => void }).gc?.();
