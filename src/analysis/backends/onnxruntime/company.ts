import process from 'node:process';

import { type Network, type NodeOf, type Shape, topologicalOrder } from '../../network/network';
import { dependsOnBatch, elementCount } from '../../network/shapes';
import { isWide, partsOf } from '../../onnx/weightProduct';
import type { Tensor } from '../backend';
import { imagesOf, mapped, type Session } from '../session';

/** How a session runs. */
interface Running {
  readonly threads: number;
  /** Whether convolutions are turned into blocked ones where their channels allow it. */
  readonly isBlocked: boolean;
}

/** A session that is given a single image twice. */
export function accompanied(session: Session): Session {
  return {
    run: async (feeds, results) => {
      if (imagesOf(feeds) !== 1) return session.run(feeds, results);
      const both = mapped(results, twice);
      await session.run(mapped(feeds, twice), both);
      for (const [name, { data }] of Object.entries(results)) data.set(both[name].data.subarray(0, data.length));
    },
    release: () => session.release(),
  };
}

/** The image and itself. */
function twice({ data, shape: [rows, ...rest] }: Tensor): Tensor {
  const both = new Float32Array(2 * data.length);
  both.set(data);
  both.set(data, data.length);
  return { data: both, shape: [2 * rows, ...rest] };
}

/**
 * Whether an image may have other last bits alone than in company. onnxruntime shares the images of a batch among its
 * threads, but cuts a product of a single image into parts, and parts of few columns, or of one row, it sums otherwise.
 * It never cuts that way blocked convolutions, those in groups, and products with a constant matrix.
 *
 * @param network as it is written for onnxruntime
 */
export function needsCompany(network: Network, running: Running): boolean {
  return topologicalOrder(network).some((value) => {
    if (value.op === 'Conv') return isConvolutionCut(value, running);
    return value.op === 'MatMul' && isProductCut(value, running.threads);
  });
}

function isConvolutionCut({ inputs: [x, weight], attributes, shape }: NodeOf<'Conv'>, running: Running): boolean {
  const channels = x.shape[1];
  // Whatever the size of the blocks is.
  const takesBlocks = shape.length === 4 && weight.op === 'Constant' && (channels < 8 || channels % 4 === 0);
  if (attributes.group > 1 || (takesBlocks && running.isBlocked && process.arch === 'x64')) return false;
  const [outputs, ...inner] = weight.shape;
  return hasOtherSums([outputs, elementCount(inner), elementCount(shape.slice(2))], 1, running.threads);
}

function isProductCut({ inputs: [left, right], shape }: NodeOf<'MatMul'>, threads: number): boolean {
  if (right.shape.length === 2 && !dependsOnBatch(right.shape)) return false;
  const [rows, columns] = shape.slice(-2);
  const products = ({ shape }: { readonly shape: Shape }) => Math.abs(elementCount(shape.slice(0, -2)));
  // Rows of one image that are multiplied with the same matrix become one product where no other image has such.
  if (rows === 1) return products(right) === 1 && products(left) > 1;
  if (rows < 0 || columns < 0) return true;
  return hasOtherSums([rows, left.shape[left.shape.length - 1], columns], products({ shape }), threads);
}

/** Fewer multiplications than those for which onnxruntime takes a second thread. */
const SMALL = 2 ** 14;

/** Terms of a sum that onnxruntime adds up at a time, whatever the columns. */
const AT_A_TIME = 128;

/** Whether parts of products [rows, inner] · [inner, columns], so many for an image, may be summed otherwise than the whole. */
function hasOtherSums(extents: readonly [number, number, number], products: number, threads: number): boolean {
  const [rows, inner, columns] = extents;
  const parts = partsOf(products, threads);
  if (threads === 1 || parts === 1 || elementCount(extents) < SMALL) return false;
  if (columns > rows) return inner > AT_A_TIME && !isWide(columns, parts);
  return columns === 1 || rows < 2 * parts;
}
