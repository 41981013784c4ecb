import type { NetworkBuilder } from '../../../network/builder';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** Steps that are unrolled: a row an image, say. */
const LONGEST_SEQUENCE = 1024;

type Activation = (b: NetworkBuilder, x: Value) => Value;
const activations: Readonly<Record<string, Activation>> = {
  sigmoid: (b, x) => b.sigmoid(x),
  tanh: (b, x) => b.tanh(x),
  relu: (b, x) => b.relu(x),
};

/** What every cell has: its state at a step from the state before and the step's input, already multiplied by W. */
interface Cell {
  /** Gates of H numbers each that W and R make. */
  readonly gates: number;
  readonly defaults: readonly string[];
  readonly step: (cell: Step) => readonly Value[];
}

interface Step {
  readonly b: NetworkBuilder;
  /** Wx + W's bias, by gate, [n, H] each. */
  readonly input: readonly Value[];
  /** Of the step before: h, and c for LSTM; [n, H]. */
  readonly state: readonly Value[];
  /** Rh + R's bias of some gates; of another h where it is given. */
  readonly recurrent: (gate: number, h?: Value) => Value;
  readonly f: readonly Activation[];
  readonly linearBeforeReset: boolean;
}

const rnn: Cell = {
  gates: 1,
  defaults: ['Tanh'],
  step: ({ b, input, recurrent, f }) => [f[0](b, b.plus(input[0], recurrent(0)))],
};

/** Gates z, r, h: h' = (1 − z) ∘ h̃ + z ∘ h. */
const gru: Cell = {
  gates: 3,
  defaults: ['Sigmoid', 'Tanh'],
  step: ({ b, input, state: [h], recurrent, f, linearBeforeReset }) => {
    const [z, r] = [0, 1].map((gate) => f[0](b, b.plus(input[gate], recurrent(gate))));
    const past = linearBeforeReset ? b.times(r, recurrent(2)) : recurrent(2, b.times(r, h));
    const candidate = f[1](b, b.plus(input[2], past));
    return [b.plus(b.times(b.minus(b.scalar(1), z), candidate), b.times(z, h))];
  },
};

/** Gates i, o, f, c: c' = f ∘ c + i ∘ c̃, h' = o ∘ tanh(c'). */
const lstm: Cell = {
  gates: 4,
  defaults: ['Sigmoid', 'Tanh', 'Tanh'],
  step: ({ b, input, state: [, c], recurrent, f }) => {
    const [i, o, forget] = [0, 1, 2].map((gate) => f[0](b, b.plus(input[gate], recurrent(gate))));
    const candidate = f[1](b, b.plus(input[3], recurrent(3)));
    const cell = b.plus(b.times(forget, c), b.times(i, candidate));
    return [b.times(o, f[2](b, cell)), cell];
  },
};

function checkSupported(node: OnnxNode, steps: number): void {
  if (node.has(7) || node.hasAttribute('clip') || node.int('input_forget', 0) !== 0) {
    throw node.unsupported('peepholes, clipping and coupled gates are not followed');
  }
  if (node.has(4) && node.numbers(4, 'the lengths of the sequences').some((length) => length !== steps)) {
    throw node.unsupported('sequences of different lengths are not followed');
  }
  if (steps > LONGEST_SEQUENCE) throw node.unsupported(`a sequence of ${steps} steps is too long`);
}

/** Outputs of one direction. */
interface Direction {
  /** h of every step, [n, H]. */
  readonly all: readonly Value[];
  /** The state after the last step. */
  readonly last: readonly Value[];
}

/** Unrolls a cell over a sequence [steps, n, inputs], in both directions where the node says so. */
const unrolled =
  (cell: Cell): Translation =>
  (node) => {
    const { builder } = node;
    const batchFirst = node.int('layout', 0) === 1;
    const x = batchFirst ? builder.transpose(node.value(0), [1, 0, 2]) : node.value(0);
    const steps = node.fixedExtent(x.shape, 0);
    checkSupported(node, steps);
    const way = node.string('direction', 'forward');
    const count = way === 'bidirectional' ? 2 : 1;
    const directions = Array.from({ length: count }, (_, direction) =>
      oneWay(node, cell, x, direction, way === 'reverse' || direction === 1, batchFirst),
    );
    const n = x.shape[1];
    const hidden = directions[0].last[0].shape[1];
    const stacked = (values: readonly Value[], axis: number): Value =>
      builder.concat(
        values.map((value) => builder.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)])),
        axis,
      );
    // [steps, directions, n, H], or [n, steps, directions, H] where the batch comes first.
    const all = stacked(
      Array.from({ length: steps }, (_, t) =>
        stacked(
          directions.map(({ all: each }) => each[t]),
          batchFirst ? 1 : 0,
        ),
      ),
      batchFirst ? 1 : 0,
    );
    const last = directions[0].last.map((_, i) =>
      builder.reshape(
        stacked(
          directions.map((direction) => direction.last[i]),
          batchFirst ? 1 : 0,
        ),
        batchFirst ? [n, count, hidden] : [count, n, hidden],
      ),
    );
    return [all, ...last];
  };

function oneWay(
  node: OnnxNode,
  cell: Cell,
  x: Value,
  direction: number,
  backwards: boolean,
  batchFirst: boolean,
): Direction {
  const { builder: b } = node;
  const [steps, n] = x.shape;
  const own = (index: number): Value => {
    const value = node.value(index);
    return b.reshape(b.slice(value, [0], [direction], [direction + 1]), value.shape.slice(1));
  };
  const [w, r] = [1, 2].map((index) => b.transpose(own(index), [1, 0]));
  const hidden = r.shape[0];
  const width = cell.gates * hidden;
  const biases = node.has(3) ? own(3) : b.constant(new Float32Array(2 * width), [2 * width]);
  const gate = (values: Value, axis: number, i: number): Value =>
    b.slice(values, [axis], [i * hidden], [(i + 1) * hidden]);
  const inputs = b.plus(b.matMul(x, w), b.slice(biases, [0], [0], [width]));
  const recurrentBias = b.slice(biases, [0], [width], [2 * width]);
  const initial = (index: number): Value => {
    const zero = b.expand(b.scalar(0), [n, hidden]);
    if (!node.has(index)) return zero;
    const given = node.value(index);
    const axis = batchFirst ? 1 : 0;
    const state = b.slice(given, [axis], [direction], [direction + 1]);
    const rows = b.reshape(state, batchFirst ? [state.shape[0], hidden] : [state.shape[1], hidden]);
    return b.expand(rows, [n, hidden]);
  };
  const names = node.strings('activations');
  const f = cell.defaults.map((fallback, i) => {
    const name = names[direction * cell.defaults.length + i] ?? fallback;
    const known = name.toLowerCase();
    if (!Object.hasOwn(activations, known)) throw node.unsupported(`the activation ${name} is not followed`);
    return activations[known];
  });
  let state: readonly Value[] = cell === lstm ? [initial(5), initial(6)] : [initial(5)];
  const all = new Array<Value>(steps);
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    const input = b.reshape(b.slice(inputs, [0], [t], [t + 1]), [n, width]);
    const recurrent = (which: number, h = state[0]): Value =>
      b.plus(b.matMul(h, gate(r, 1, which)), gate(recurrentBias, 0, which));
    state = cell.step({
      b,
      state,
      recurrent,
      f,
      input: Array.from({ length: cell.gates }, (_, which) => gate(input, 1, which)),
      linearBeforeReset: node.int('linear_before_reset', 0) === 1,
    });
    all[t] = state[0];
  }
  return { all, last: state };
}

/** Recurrent layers over sequences of a fixed length, such as the rows of an image, step by step. */
export const recurrence: Readonly<Record<string, Translation>> = {
  RNN: unrolled(rnn),
  GRU: unrolled(gru),
  LSTM: unrolled(lstm),
};
