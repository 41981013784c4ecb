import type { Backend, BackendOptions } from '../backend';
import { refuseDevice } from '../noSuchDevice';
import { deviceBackend } from '../onnxruntime/provider';
import { adapterHere } from './adapter';
import { lowerings } from './lowering';

/**
 * onnxruntime on the graphics card by WebGPU: Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows.
 *
 * @throws AnalysisError 'invalid-input' where this machine has no such card or no driver for it, with what mends it, or where
 *   one of several cards is named
 */
export async function webgpuBackend({ device }: BackendOptions = {}): Promise<Backend> {
  refuseDevice(
    'webgpu',
    device,
    'the system chooses the card for WebGPU: its setting for graphics programs says which',
  );
  const { name: card, driver, isSoftware, remedy } = adapterHere();
  return deviceBackend({
    ...{ id: 'webgpu', name: 'WebGPU' },
    provider: 'WebGpuExecutionProvider',
    execution: { name: 'webgpu' },
    device: card,
    driver,
    isSoftware,
    lowerings,
    remedy,
  });
}
