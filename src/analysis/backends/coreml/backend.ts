import { cpus } from 'node:os';
import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import type { Backend, BackendOptions } from '../backend';
import { systemDriver } from '../driver';
import { refuseDevice } from '../noSuchDevice';
import { lowerings } from '../onnxruntime/lowering';
import { deviceBackend } from '../onnxruntime/provider';

/** Of onnxruntime's provider: networks in float32 (an ML program), on the processor and the graphics card (no neural engine, which has float16 only). */
const [createMlProgram, cpuAndGpu] = [0x10, 0x20];

/**
 * onnxruntime on Apple's processors and graphics by CoreML, which comes with it for macOS.
 *
 * @throws AnalysisError 'invalid-input' on other systems, or where a card is named
 */
export async function coremlBackend({ device }: BackendOptions = {}): Promise<Backend> {
  refuseDevice('coreml', device, 'CoreML takes the one that the Mac has');
  const system = `${process.platform} ${process.arch}`;
  if (process.platform !== 'darwin') {
    throw new AnalysisError('invalid-input', 'CoreML is a part of macOS; here is nothing to install.');
  }
  if (system !== 'darwin arm64') {
    throw new AnalysisError('invalid-input', `onnxruntime brings CoreML for Apple silicon, and not for ${system}.`);
  }
  return deviceBackend({
    ...{ id: 'coreml', name: 'CoreML' },
    provider: 'CoreMLExecutionProvider',
    execution: { name: 'coreml', coreMlFlags: createMlProgram | cpuAndGpu },
    device: cpus()[0].model.trim(),
    driver: systemDriver(),
    lowerings,
    remedy: 'A newer macOS may help.',
  });
}
