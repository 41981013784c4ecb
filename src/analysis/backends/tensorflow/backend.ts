import { availableParallelism, cpus } from 'node:os';

import type { Backend, BackendOptions } from '../backend';
import { refuseDevice } from '../noSuchDevice';
import { executable } from './executor';
import { loadLibrary } from './library';

/**
 * TensorFlow on the processor, by TensorFlow.js: an engine of its own to check results against. Results depend on the
 * batch in their last bits. A run holds up the thread that calls it for an operator at a time.
 *
 * @throws AnalysisError 'invalid-input' where it is not set up on this machine, saying what mends it, or where a card is named
 */
export function tensorflowBackend(options: BackendOptions = {}): Promise<Backend> {
  return Promise.resolve().then(() => {
    refuseDevice('tensorflow', options.device, 'it computes on the processor');
    const { tf, version, tensorflow, threads } = loadLibrary(
      options.tensorflow,
      options.threads ?? availableParallelism(),
    );
    return {
      id: 'tensorflow',
      provider: `TensorFlow ${tensorflow}`,
      device: cpus()[0].model.trim(),
      version,
      threads,
      allowances: { arenaFactor: 3, smallestBatch: 1 },
      load: (network) => Promise.resolve().then(() => executable(tf, network)),
    };
  });
}
