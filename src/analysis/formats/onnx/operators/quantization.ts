import { type AnalysisError } from '../../../base/errors';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** (x − zero point)·scale, of constants: stored weights. */
function dequantizeLinear(node: OnnxNode): Value {
  const x = node.value(0);
  if (x.op !== 'Constant') throw quantizedActivations(node);
  const scale = node.constant(1, 'the scale');
  const zero = node.has(2) ? node.constant(2, 'the zero point').data : undefined;
  const axis = scale.data.length === 1 ? 0 : node.axis(node.int('axis', 1), x.shape.length);
  const block = node.int('block_size', 0);
  const inner = x.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const extent = x.shape[axis] ?? 1;
  const scales = scale.data.length === 1 ? 1 : block > 0 ? Math.ceil(extent / block) : extent;
  const entryOf = (at: number): number => {
    if (scale.data.length === 1) return 0;
    const along = Math.floor(at / inner) % extent;
    if (block === 0) return along;
    return (Math.floor(at / (inner * extent)) * scales + Math.floor(along / block)) * inner + (at % inner);
  };
  const data = Float32Array.from(x.data, (entry, at) => {
    const i = entryOf(at);
    return (entry - (zero?.[i] ?? 0)) * scale.data[i];
  });
  return node.builder.constant(data, x.shape, node.label);
}

function quantizedActivations(node: OnnxNode): AnalysisError {
  return node.unsupported(
    'its activations are rounded to integers, which makes the network a staircase whose gradient is zero everywhere',
    'Analyse the float model that this one was made from; integer weights alone are no obstacle.',
  );
}

const refuse: Translation = (node) => {
  throw quantizedActivations(node);
};

/** Operators on quantised numbers: weights are multiplied out, activations refused. */
export const quantization: Readonly<Record<string, Translation>> = {
  DequantizeLinear: dequantizeLinear,
  QuantizeLinear: refuse,
  DynamicQuantizeLinear: refuse,
  QLinearConv: refuse,
  QLinearMatMul: refuse,
  ConvInteger: refuse,
  MatMulInteger: refuse,
};
