import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import type { Backend, BackendOptions } from '../backend';
import { loadedLibraries } from '../driver';
import { NoSuchDevice } from '../noSuchDevice';
import { lowerings } from '../onnxruntime/lowering';
import { deviceBackend } from '../onnxruntime/provider';
import { ownFolder } from '../ownFolder';
import { visibleCards } from './cards';
import { isInstalled, loadNvidiaLibraries, type Missing } from './libraries';

const SETUP = 'npm run setup:cuda';

/** What is left of a card's free memory for weights, for what libraries set aside, and for others. */
const shareForBatches = 0.5;

/**
 * onnxruntime on a graphics card of NVIDIA's by CUDA.
 *
 * @throws AnalysisError 'invalid-input' where card, driver, onnxruntime's CUDA part or NVIDIA's libraries are missing, with
 *   what mends it, or where there is no card of that number
 */
export async function cudaBackend({ device = 0 }: BackendOptions = {}): Promise<Backend> {
  const elsewhere = refusalOfSystem();
  if (elsewhere !== null) throw new AnalysisError('invalid-input', elsewhere);
  // As nvidia-smi counts them. Read, like the next, when CUDA starts.
  process.env['CUDA_DEVICE_ORDER'] ??= 'PCI_BUS_ID';
  // By default matrix products round their factors to 10 bits: gradients would have three digits.
  process.env['NVIDIA_TF32_OVERRIDE'] = '0';
  const cards = visibleCards();
  if (cards.length === 0) throw new AnalysisError('invalid-input', noCard());
  if (device >= cards.length) {
    const all = cards.map(({ name }, i) => `${i} (${name})`).join(', ');
    throw new NoSuchDevice(`--device must be one of CUDA’s cards, ${all}, got ${device}`);
  }
  const { name: card, driver, free } = cards[device];
  if (!isInstalled()) {
    throw new AnalysisError(
      'invalid-input',
      `There is a card for it, ${card}, but not onnxruntime’s part for CUDA: “${SETUP}” in ${ownFolder()} brings it (250 MB).`,
    );
  }
  const missing = loadNvidiaLibraries();
  if (missing !== null) throw new AnalysisError('invalid-input', missingInWords(missing));
  return deviceBackend({
    ...{ id: 'cuda', name: 'CUDA' },
    provider: 'CUDAExecutionProvider',
    execution: { name: 'cuda', deviceId: device },
    device: `${card}, driver ${driver}`,
    // Which of them computes: another cuDNN has other kernels.
    driver: loadedLibraries(/^lib(cudnn|cublas|cudart|nvrtc)/),
    memory: free === undefined ? undefined : free * shareForBatches,
    lowerings,
    // One image takes it as long as dozens do.
    firstBatch: 32,
    keepsSize: true,
    remedy: 'A newer driver of NVIDIA’s may help.',
  });
}

/** Whether there may be CUDA here: `auto` asks no further otherwise. */
export function hasCuda(): boolean {
  return refusalOfSystem() === null && isInstalled() && visibleCards().length > 0;
}

function refusalOfSystem(): string | null {
  switch (`${process.platform} ${process.arch}`) {
    case 'linux x64':
      return null;
    case 'win32 x64':
    case 'win32 arm64':
      return 'onnxruntime’s package for Node has CUDA for Linux only; on Windows, --backend webgpu or directml use an NVIDIA card too.';
    case 'darwin arm64':
    case 'darwin x64':
      return 'CUDA is for graphics cards of NVIDIA’s, which Macs do not have.';
    default:
      return `onnxruntime’s package for Node has CUDA for Linux x64 only, and not for ${process.platform} ${process.arch}.`;
  }
}

function noCard(): string {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  if (visible !== undefined && visibleCards(undefined, null).length > 0) {
    return `CUDA_VISIBLE_DEVICES=${visible} leaves no card: it takes the numbers that nvidia-smi shows, from 0.`;
  }
  const then = isInstalled() ? '' : `, and then run “${SETUP}” in ${ownFolder()}`;
  return (
    'There is no graphics card of NVIDIA’s here, or no driver for it (nvidia-smi finds none). Nothing is missed without one; ' +
    `with one, install its driver${then}.`
  );
}

function missingInWords({ library, reason, cuda, here }: Missing): string {
  if (reason !== null) return `${library} is here, but does not load: ${reason}.`;
  if (library === 'libcuda.so.1') return 'NVIDIA’s driver lacks libcuda.so.1: install the driver anew.';
  const others = here.length > 0 ? ` (here is CUDA ${here.join(' and ')})` : '';
  return (
    `onnxruntime’s part for CUDA needs CUDA ${cuda ?? ''}${others} and cuDNN 9, and ${library} is not found. ` +
    `“${SETUP} -- --libraries” in ${ownFolder()} brings NVIDIA’s libraries (2 GB); or name the folders of yours in LD_LIBRARY_PATH.`
  );
}
