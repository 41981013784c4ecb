import type * as tfjs from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

import type { NodeOf } from '../../network/network';
import type { Operator } from '../../network/operators';

/** The interface that the executor speaks, whatever backend of TensorFlow.js is behind it. */
export type Tfjs = typeof tfjs;

/**
 * One operator on TensorFlow.js. It is called inside tf.tidy, and what it returns is a tensor of its own, never an input.
 *
 * @param node of a network that channelsLast made
 * @param inputs as the node's inputs; of convolutions, the weight is what `filter` made of it
 * @param shape of the result, with the batch as a number
 */
export type Kernel<O extends Operator> = (
  tf: Tfjs,
  inputs: readonly Tensor[],
  node: NodeOf<O>,
  shape: readonly number[],
) => Tensor;

/** An array that TensorFlow.js's interface takes; it changes none. */
export const list = (numbers: readonly number[]): number[] => [...numbers];
