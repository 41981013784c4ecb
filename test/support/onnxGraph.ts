import assert from 'node:assert/strict';

import { atOnce } from '../../src/analysis/base/steps';
import { MergedBatch } from '../../src/analysis/formats/batch/mergedBatch';
import { domainOf, functionKey, GraphReader } from '../../src/analysis/formats/onnx/graph';
import { tensorElements, tensorOutline } from '../../src/analysis/formats/onnx/tensor';
import type { NetworkBuilder } from '../../src/analysis/network/builder';
import type { ConstantValue } from '../../src/analysis/network/network';
import type { decodeModel, TensorProto } from '../../src/analysis/onnx/onnxProto';

/** A stored tensor as a constant. */
export function storedConstant(builder: NetworkBuilder, proto: TensorProto, label: string): ConstantValue {
  const outline = tensorOutline(proto, label);
  return builder.constant(atOnce(tensorElements(outline, proto)), outline.shape, label);
}

/** A reader of a model's graph that asks nothing of its inputs and outputs. */
export function onnxGraphReader(
  { graph, opsetImport, functions }: ReturnType<typeof decodeModel>,
  builder: NetworkBuilder,
  fixedBatch: number | null,
): GraphReader {
  assert.ok(graph);
  const opsets = new Map(opsetImport.map((set) => [domainOf(set.domain), set.version]));
  const own = new Map(functions.map((each) => [functionKey(each.domain, each.name), each]));
  return new GraphReader(graph, opsets, own, {
    builder,
    fixedBatch,
    isUnbatched: false,
    merged: new MergedBatch(),
    constant: (proto, label) => storedConstant(builder, proto, label),
    note: () => undefined,
  });
}
