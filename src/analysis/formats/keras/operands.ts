import { AnalysisError } from '../../base/errors';
import { plain, type Tensor } from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import { isOperandList, isTensor, type LayerCall, type Operand } from './layer';
import type { Settings } from './settings';

/** The operands of an operator, which may stand by position, by name or in the operator's configuration. */
export class Operands {
  readonly builder: NetworkBuilder;
  readonly settings: Settings;
  /** The operator, as messages name it. */
  readonly layer: string;

  /** @param tensorflow whether this is a function of TensorFlow's, recorded by Keras 2 */
  constructor(
    private readonly call: LayerCall,
    readonly tensorflow: boolean,
  ) {
    this.builder = call.builder;
    this.settings = call.settings;
    this.layer = call.settings.layer;
  }

  /** By position, or by the first of its names that is there; undefined where it is not given. */
  get(position: number, ...names: readonly string[]): Operand | undefined {
    const { positional, named, settings } = this.call;
    if (position in positional) return positional[position];
    for (const name of names) {
      const operand = named[name] ?? settings.fields[name];
      if (operand !== undefined && operand !== null) return operand;
    }
    return undefined;
  }

  /** A tensor, or numbers as a constant. */
  tensor(position: number, ...names: readonly string[]): Tensor {
    return this.asTensor(this.get(position, ...names), names[0]);
  }

  /**
   * A list of tensors.
   *
   * @throws AnalysisError 'model-unreadable' where it is none, or an empty one
   */
  tensors(position: number, ...names: readonly string[]): readonly Tensor[] {
    const operand = this.get(position, ...names);
    if (!isOperandList(operand) || operand.length === 0) throw this.wrong(names[0], 'a list of tensors');
    return operand.map((entry) => this.asTensor(entry, names[0]));
  }

  /**
   * Whole numbers, or one as a list of one.
   *
   * @throws AnalysisError 'model-unreadable' where they are no whole numbers
   */
  integers(position: number, ...names: readonly string[]): readonly number[] {
    const operand = this.get(position, ...names);
    const list = isOperandList(operand) ? operand : [operand];
    if (list.every((entry) => Number.isInteger(entry))) return list as readonly number[];
    throw this.wrong(names[0], 'whole numbers');
  }

  /**
   * Axes of a tensor, from 0. Without axes an operator would mix the images of a batch.
   *
   * @throws AnalysisError 'model-unreadable' where they are not given, or not axes of the tensor, or the batch is among
   *   them
   */
  axes({ order }: Tensor, position: number, ...names: readonly string[]): readonly number[] {
    if ((this.get(position, ...names) ?? null) === null) throw this.wrong(names[0], 'axes other than the batch');
    const axes = this.integers(position, ...names).map((axis) => (axis < 0 ? axis + order.length : axis));
    if (axes.every((axis) => axis > 0 && axis < order.length)) return axes;
    throw this.wrong(names[0], 'axes other than the batch');
  }

  /**
   * [[before, after], …].
   *
   * @throws AnalysisError 'model-unreadable' where they are no pairs of whole numbers ≥ 0
   */
  margins(position: number, ...names: readonly string[]): readonly (readonly [number, number])[] {
    const operand = this.get(position, ...names);
    const isMargin = (entry: Operand): entry is readonly [number, number] =>
      isOperandList(entry) && entry.length === 2 && entry.every((size) => Number.isInteger(size) && Number(size) >= 0);
    if (isOperandList(operand) && operand.every(isMargin)) return operand;
    throw this.wrong(names[0], 'pairs of numbers');
  }

  /** @throws AnalysisError 'model-unreadable' where it is not true or false */
  flag(name: string, absent: boolean): boolean {
    const value = this.get(-1, name, name === 'keepdims' ? 'keep_dims' : name) ?? absent;
    if (typeof value === 'boolean') return value;
    throw this.wrong(name, 'true or false');
  }

  /** @throws AnalysisError 'model-unreadable' where it is no number */
  number(name: string, absent: number): number {
    const value = this.get(-1, name) ?? absent;
    if (typeof value === 'number') return value;
    throw this.wrong(name, 'a number');
  }

  /** The error of something that Keras allows and this reader does not know. */
  unsupported(what: string): AnalysisError {
    return this.settings.unsupported(
      what,
      'write it with layers of Keras, or export the model as a SavedModel (model.export) or to ONNX',
    );
  }

  private wrong(name: string, expected: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.layer}: "${name}" must be ${expected}.`);
  }

  private asTensor(operand: Operand | undefined, name: string): Tensor {
    const tensor = asTensor(this.builder, operand);
    if (tensor !== undefined) return tensor;
    throw this.wrong(name, 'a tensor or numbers');
  }
}

/** The operand where it is a tensor; a number, or nested lists of them, as a constant; undefined where it is neither. */
export function asTensor(b: NetworkBuilder, operand: Operand | undefined): Tensor | undefined {
  if (isTensor(operand)) return operand;
  if (typeof operand === 'number') return plain(b.scalar(operand));
  if (!isOperandList(operand)) return undefined;
  const { numbers, shape } = nested(operand);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count !== numbers.length || !numbers.every((entry) => typeof entry === 'number')) return undefined;
  return plain(b.constant(numbers, shape));
}

/** The numbers in nested lists, row-major, and the lists' lengths from the outermost inwards. */
function nested(operand: Operand): { readonly numbers: readonly Operand[]; readonly shape: readonly number[] } {
  if (!isOperandList(operand)) return { numbers: [operand], shape: [] };
  const parts = operand.map(nested);
  return { numbers: parts.flatMap(({ numbers }) => numbers), shape: [operand.length, ...(parts.at(0)?.shape ?? [])] };
}
