import { averagePooled, globallyMaxPooled, imageCells, lpPooled } from '../../../compound/pooling';
import { type PaddedWindow, roundedUp } from '../../../compound/windows';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';
import { windows } from './window';

function poolWindows(node: OnnxNode, x: Value): { exact: PaddedWindow; padded: PaddedWindow } {
  const kernel = node.ints('kernel_shape', undefined);
  if (kernel === undefined) throw node.unreadable('the attribute kernel_shape is missing');
  const spatial = x.shape.slice(2);
  const exact = windows(node, kernel, spatial);
  return { exact, padded: node.int('ceil_mode', 0) === 1 ? roundedUp(exact, spatial) : exact };
}

function maxPool(node: OnnxNode): Value {
  if ((node.proto.output[1] ?? '') !== '') {
    throw node.unsupported('the positions of the maxima (its second output) are not computed here');
  }
  const x = node.value(0);
  return node.builder.add('MaxPool', [x], poolWindows(node, x).padded, node.label);
}

/**
 * Padding counts in the mean only where the file asks for it, and never that which `ceil_mode` adds.
 */
function averagePool(node: OnnxNode): Value {
  const x = node.value(0);
  const { exact, padded } = poolWindows(node, x);
  const spatial = x.shape.slice(2);
  const includePad = node.int('count_include_pad', 0) === 1;
  const counted = imageCells(spatial).map(([from, to], i): [number, number] =>
    includePad ? [from - exact.pads[i], to + exact.pads[i + spatial.length]] : [from, to],
  );
  return averagePooled(node.builder, x, padded, counted, node.label);
}

function lpPool(node: OnnxNode): Value {
  const x = node.value(0);
  return lpPooled(node.builder, x, poolWindows(node, x).padded, node.int('p', 2), node.label);
}

function spatialAxes(x: Value): number[] {
  return x.shape.map((_, axis) => axis).slice(2);
}

/** Pools over windows and over the whole image. */
export const pooling: Readonly<Record<string, Translation>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: (node) => node.builder.mean(node.value(0), spatialAxes(node.value(0)), true),
  GlobalMaxPool: (node) => globallyMaxPooled(node.builder, node.value(0), node.label),
};
