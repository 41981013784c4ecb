import type { OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import type { Pullback, Rule } from './pullback';

type Pool = OperatorValue<'MaxPool' | 'AveragePool'>;

/** Rules of pools. */
export const poolRules = {
  MaxPool: (pull, y, cotangent) => {
    const { builder } = pull;
    const { kernel } = y.attributes;
    const cells = cellCount(y);
    const [, channels, ...extents] = y.shape;
    const winner = builder.reshape(firstMaximum(pull, y), y.shape.toSpliced(2, 0, 1));
    const numbers = builder.constant([...Array(cells).keys()], [cells, ...kernel.map(() => 1)]);
    const stacked = builder.reshape(cotangent, cotangent.shape.toSpliced(2, 0, 1));
    const shares = pull.where(builder.equal(winner, numbers), stacked);
    // One channel for each cell of the window; the transposed convolution puts it in the cell's place.
    const byCell = builder.reshape(shares, [cotangent.shape[0], channels * cells, ...extents]);
    return spread(pull, y, byCell, oneHot(cells));
  },
  AveragePool: (pull, y, cotangent) => {
    const cells = cellCount(y);
    return spread(pull, y, cotangent, Array<number>(cells).fill(1 / cells));
  },
} satisfies { [O in Operator]?: Rule<O> };

function cellCount(y: Pool): number {
  return y.attributes.kernel.reduce((product, extent) => product * extent, 1);
}

function oneHot(cells: number): number[] {
  return Array.from({ length: cells * cells }, (_, i) => (i % (cells + 1) === 0 ? 1 : 0));
}

/** The adjoint of reading windows: adds to the cells of each window the cotangent times a kernel, channel by channel. */
function spread({ builder }: Pullback, y: Pool, cotangent: Value, kernels: readonly number[]): Value {
  const { kernel, strides, pads, dilations } = y.attributes;
  const [{ shape }] = y.inputs;
  const channels = shape[1];
  const rank = kernel.length;
  const perChannel = kernels.length / cellCount(y);
  const repeated = Array.from({ length: channels }, () => kernels).flat();
  const weight = builder.constant(repeated, [channels * perChannel, 1, ...kernel]);
  const outputPadding = kernel.map((extent, i) => {
    const padded = shape[i + 2] + pads[i] + pads[i + rank];
    return padded - ((y.shape[i + 2] - 1) * strides[i] + dilations[i] * (extent - 1) + 1);
  });
  return builder.add('ConvTranspose', [cotangent, weight], {
    strides,
    pads,
    dilations,
    group: channels,
    outputPadding,
  });
}

/** For each window the number, in row-major order, of the first cell that is its maximum; as floats. */
function firstMaximum({ builder }: Pullback, y: OperatorValue<'MaxPool'>): Value {
  const { kernel, strides, pads, dilations } = y.attributes;
  const [x] = y.inputs;
  const rank = kernel.length;
  const axes = kernel.map((_, i) => i + 2);
  const padded = builder.pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], -Infinity);
  const last = cellCount(y) - 1;
  let winner: Value = builder.scalar(last);
  for (let cell = last - 1; cell >= 0; cell--) {
    const starts = offsets(cell, kernel).map((offset, i) => offset * dilations[i]);
    const ends = starts.map((start, i) => start + (y.shape[i + 2] - 1) * strides[i] + 1);
    const entries = builder.slice(padded, axes, starts, ends, strides);
    winner = builder.where(builder.equal(entries, y), builder.scalar(cell), winner);
  }
  return winner;
}

/** The place in a window of its cell of that number, row-major. */
function offsets(cell: number, kernel: readonly number[]): number[] {
  return kernel.map((extent, i) => {
    const below = kernel.slice(i + 1).reduce((product, inner) => product * inner, 1);
    return Math.floor(cell / below) % extent;
  });
}
