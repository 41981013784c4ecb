import { atOnce } from '../../src/analysis/base/steps';
import type { Network } from '../../src/analysis/network/network';
import { onnxModel } from '../../src/analysis/onnx/onnxModel';

/** A network as an ONNX file. */
export function onnxBytes(network: Network): Uint8Array<ArrayBuffer> {
  return atOnce(onnxModel(network));
}
