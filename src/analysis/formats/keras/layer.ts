import type { DataFormat, Tensor } from '../../compound/tensor';
import type { JsonObject } from '../../files/json';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import type { KerasGeneration } from './activation';
import type { Weight } from './hdf5';
import type { Settings } from './settings';

/** What a call is given, with tensors in place of references to them. */
export type Operand = Tensor | null | boolean | number | string | JsonObject | readonly Operand[];

/** One call of a layer or an operator. */
export interface LayerCall {
  readonly builder: NetworkBuilder;
  readonly settings: Settings;
  readonly className: string;
  readonly keras: KerasGeneration;
  /** All tensors among the positional operands, and after them those in `inputs`, `value` and `key`. */
  readonly inputs: readonly Tensor[];
  readonly positional: readonly Operand[];
  readonly named: Readonly<Record<string, Operand>>;
  /**
   * The layer's variables.
   *
   * @param names all that the layer has, in the order in which Keras makes them
   */
  variables<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Weight>>;
}

/** The tensor that a call of a layer makes. */
export type Layer = (call: LayerCall) => Tensor;

/** The only input of a layer that takes one. */
export function inputOf({ inputs, settings }: LayerCall): Tensor {
  if (inputs.length === 0) throw settings.wrong('inbound_nodes', 'one tensor', null);
  return inputs[0];
}

/** Whether an operand is a tensor. */
export function isTensor(operand: Operand | undefined): operand is Tensor {
  return typeof operand === 'object' && operand !== null && 'value' in operand && 'order' in operand;
}

/** Whether an operand is a list. */
export function isOperandList(operand: Operand | undefined): operand is readonly Operand[] {
  return Array.isArray(operand);
}

/** A variable as a constant of the network. */
export function constant(b: NetworkBuilder, weight: Weight): Value {
  return b.stored(weight.elements, weight.shape);
}

/** The "data_format" of a layer; channels last unless it says otherwise. */
export function dataFormat(settings: Settings): DataFormat {
  const format = settings.has('data_format') ? settings.text('data_format') : 'channels_last';
  if (format === 'channels_last' || format === 'channels_first') return format;
  throw settings.wrong('data_format', 'channels_last or channels_first', format);
}
