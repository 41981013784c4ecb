/**
 * The canonical operators: what every format is rewritten to, and all that rules, backends and smoothness see.
 * Meaning and broadcasting are ONNX's (opset 21) unless said otherwise. Every operator has exactly one output; what ONNX
 * passes as constant inputs (axes, shapes, pads) are attributes here. Everything else is spelled out by the formats in
 * these: BatchNormalization as Mul and Add, Gemm as MatMul and Add, Flatten as Reshape, Split as Slices, resizing and
 * reflecting pads as MatMul with a constant matrix, Gelu by Erf or Tanh, HardSwish as Mul and Clip, LayerNormalization by
 * ReduceMean, LRN by a banded 1×1 Conv, and so on.
 */
export interface OperatorAttributes {
  // Elementwise, one input.
  Neg: NoAttributes;
  Abs: NoAttributes;
  /** Its gradient at 0 is 0, so that norms and standard deviations have their 0 there. */
  Sqrt: NoAttributes;
  Exp: NoAttributes;
  Log: NoAttributes;
  Sin: NoAttributes;
  Cos: NoAttributes;
  Erf: NoAttributes;
  Relu: NoAttributes;
  LeakyRelu: { readonly alpha: number };
  /** x > 0: x, else α (eˣ − 1). */
  Elu: { readonly alpha: number };
  Sigmoid: NoAttributes;
  Tanh: NoAttributes;
  Softplus: NoAttributes;
  Softsign: NoAttributes;
  /**
   * Its gradient at the bounds is 0, the subgradient of least norm, as that of ReLU6, hardtanh and PyTorch's clamp is: ONNX
   * writes all of them as Clip. (torch.clamp before its fix of 2026, and tf.clip_by_value, pass the gradient there.)
   */
  Clip: { readonly min: number | null; readonly max: number | null };
  /** A step function; its derivative is 0. */
  Floor: NoAttributes;
  /**
   * Half to even, as in quantised networks. A step function whose gradient is passed as if it were the identity: the
   * rounding error counts as a constant (the straight-through estimator; Bengio, Léonard & Courville 2013, §4). Whoever
   * wants the true derivative, 0, takes Floor.
   */
  RoundStraightThrough: NoAttributes;
  /** A step function; its derivative is 0. */
  Sign: NoAttributes;
  Not: NoAttributes;
  Cast: { readonly to: 'float32' | 'int64' | 'bool' };

  // Elementwise with broadcasting, two inputs (Where: condition, then, else).
  Add: NoAttributes;
  Sub: NoAttributes;
  Mul: NoAttributes;
  Div: NoAttributes;
  Pow: NoAttributes;
  Min: NoAttributes;
  Max: NoAttributes;
  Greater: NoAttributes;
  GreaterOrEqual: NoAttributes;
  Equal: NoAttributes;
  And: NoAttributes;
  Where: NoAttributes;

  // Along axes (≥ 0).
  ReduceSum: ReduceAttributes;
  ReduceMean: ReduceAttributes;
  /**
   * Its gradient is shared evenly among ties, as tf.reduce_max and torch.amax do; torch.max along an axis and adaptive max
   * pools, which ONNX may write as ReduceMax too, give all of it to one.
   */
  ReduceMax: ReduceAttributes;
  Softmax: { readonly axis: number };
  LogSoftmax: { readonly axis: number };

  // Linear maps and pools. Spatial rank r = 1, 2 or 3; pads are [begin…, end…], both of length r, never negative.
  /** Inputs x [n, C, …], weight [M, C/group, …] (constant), and optionally a bias [M] (constant). */
  Conv: ConvAttributes;
  /** Inputs x [n, C, …], weight [C, M/group, …] (constant). */
  ConvTranspose: ConvAttributes & { readonly outputPadding: readonly number[] };
  MatMul: NoAttributes;
  /** Ties go to the first cell of the window in row-major order. Padding is −∞. */
  MaxPool: PoolAttributes;
  /** Always divides by the window's full size, as if padding counted; formats multiply by a constant where it does not. */
  AveragePool: PoolAttributes;

  // Moving elements.
  /** At most one entry depends on the batch. */
  Reshape: { readonly shape: readonly number[] };
  Transpose: { readonly perm: readonly number[] };
  Concat: { readonly axis: number };
  /** One entry an axis named, in range and normalised: 0 ≤ start; stop exclusive, −1 only with a negative step. */
  Slice: {
    readonly axes: readonly number[];
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  };
  /** Constant padding, [begin…, end…] over all axes, never negative. */
  Pad: { readonly pads: readonly number[]; readonly value: number };
  Expand: { readonly shape: readonly number[] };
  /** Inputs x and constant int64 indices of rank ≤ 1, each 0 ≤ index < extent. */
  Gather: { readonly axis: number };
}

type NoAttributes = Readonly<Record<never, never>>;
interface ReduceAttributes {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}
interface PoolAttributes {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}
interface ConvAttributes {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
}

/** The name of a canonical operator. */
export type Operator = keyof OperatorAttributes;
