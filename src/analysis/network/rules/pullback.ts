import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../builder';
import type { OperatorValue, Shape, Value } from '../network';
import type { Operator } from '../operators';
import { nodeName } from '../shapes';

/**
 * A vector–Jacobian product: from the cotangent of a node's result, ∂L/∂y, the cotangent ∂L/∂xᵢ of its input `index`, in
 * that input's shape (see Pullback.shape). It is asked only for inputs that depend on the differentiated one, and must be
 * made of operators that have rules, so that it can be differentiated again.
 */
export type Rule<O extends Operator> = (
  pull: Pullback,
  node: OperatorValue<O>,
  cotangent: Value,
  index: number,
) => Value;

/**
 * What rules work with when every image has c cotangents. A cotangent has its value's shape with n·c in place of n: the c
 * of one image stand next to each other. Forward values exist once per image, so wherever the two meet, the forward value
 * is broadcast over c; with c = 1 nothing is inserted.
 */
export class Pullback {
  readonly #runs = new Map<Value, number>();

  constructor(
    readonly builder: NetworkBuilder,
    /** c, the number of cotangents per image. */
    readonly cotangents: number,
  ) {}

  /** The shape of a cotangent of a value of the given shape. */
  shape(shape: Shape): Shape {
    return shape.map((dim) => (dim < 0 ? dim * this.cotangents : dim));
  }

  /**
   * An operation, broadcasting like ONNX's, between a cotangent and a forward value. Their shapes are aligned at the last
   * axis, and the batch is on the same axis of both (or missing in the forward value).
   */
  combine(cotangent: Value, forward: Value, operation: (cotangent: Value, forward: Value) => Value): Value {
    const batch = batchAxis(forward.shape);
    if (this.cotangents === 1 || batch < 0) return operation(cotangent, forward);
    const { builder, cotangents } = this;
    const run = this.imageRun(forward);
    const blocks = forward.shape[batch] / run;
    const fromEnd = forward.shape.length - batch;
    const inserted = run === 1 ? 2 : 3;
    const split = ({ shape }: Value, copies: number): Shape =>
      shape.toSpliced(shape.length - fromEnd, 1, ...[blocks, copies, run].slice(0, inserted));
    const result = operation(
      builder.reshape(cotangent, split(cotangent, cotangents)),
      builder.reshape(forward, split(forward, 1)),
    );
    const axis = result.shape.length - fromEnd - inserted + 1;
    return builder.reshape(result, result.shape.toSpliced(axis, inserted, blocks * cotangents * run));
  }

  /** The cotangent times a forward value, elementwise. */
  times(cotangent: Value, forward: Value): Value {
    return this.combine(cotangent, forward, (a, b) => this.builder.times(a, b));
  }

  /** The cotangent where a forward condition holds, else 0. As a product: onnxruntime's Where is slower. */
  choose(cotangent: Value, condition: Value): Value {
    return this.times(cotangent, this.builder.cast(condition, 'float32'));
  }

  /** Sums what broadcasting repeated: the adjoint of broadcasting a value of the given forward shape. */
  sumTo(cotangent: Value, forwardShape: Shape): Value {
    const shape = this.shape(forwardShape);
    const added = cotangent.shape.length - shape.length;
    const axes = [...cotangent.shape.keys()].filter(
      (axis) => axis < added || (shape[axis - added] === 1 && cotangent.shape[axis] !== 1),
    );
    const sum = axes.length === 0 ? cotangent : this.builder.sum(cotangent, axes, false);
    return this.builder.reshape(sum, shape);
  }

  /**
   * How many consecutive entries of a value's batch axis belong to one image: an axis of 8n entries can be n images with 8
   * heads each (8) or 8 heads with n images each (1).
   *
   * @throws AnalysisError 'unsupported-op' where a Reshape puts several images into one entry
   */
  imageRun(value: Value): number {
    const known = this.#runs.get(value);
    if (known !== undefined) return known;
    const source = 'inputs' in value ? value.inputs.find((input) => batchAxis(input.shape) >= 0) : undefined;
    let run = source === undefined ? 1 : this.imageRun(source);
    // Reshaping keeps the order of elements, so what belongs to one image stays as long as it was.
    if (source !== undefined && value.op === 'Reshape') {
      run = (run * entriesBelow(source.shape)) / entriesBelow(value.shape);
    }
    if (!Number.isInteger(run)) {
      throw new AnalysisError(
        'unsupported-op',
        `${nodeName(value.op, value.label)} puts elements of different images into one row ` +
          'of the batch. Export the model so that it treats every image of a batch on its own.',
      );
    }
    this.#runs.set(value, run);
    return run;
  }
}

/** The axis whose extent depends on the batch, or −1. */
function batchAxis(shape: Shape): number {
  return shape.findIndex((dim) => dim < 0);
}

/** The number of elements in one entry of the batch axis. */
function entriesBelow(shape: Shape): number {
  return shape.slice(batchAxis(shape) + 1).reduce((count, dim) => count * dim, 1);
}
