import { brainFloatToNumber, halfToNumber } from '../../base/halfPrecision';
import type { ElementName } from '../elements';

/** How a type of element stands in a TensorProto. */
export interface StoredType {
  readonly name: ElementName;
  /** Where the elements of a constant are when they are not bytes. */
  readonly field: 'floatVal' | 'doubleVal' | 'intVal' | 'int64Val' | 'boolVal' | 'halfVal' | 'uint32Val' | 'uint64Val';
  /** An entry of that field as an element. */
  readonly convert?: (entry: number) => number;
}

/** By TensorFlow's names. */
const types: Readonly<Record<string, StoredType>> = {
  DT_FLOAT: { name: 'float32', field: 'floatVal' },
  DT_DOUBLE: { name: 'float64', field: 'doubleVal' },
  DT_HALF: { name: 'float16', field: 'halfVal', convert: halfToNumber },
  DT_BFLOAT16: { name: 'bfloat16', field: 'halfVal', convert: brainFloatToNumber },
  DT_INT8: { name: 'int8', field: 'intVal' },
  DT_UINT8: { name: 'uint8', field: 'intVal' },
  DT_INT16: { name: 'int16', field: 'intVal' },
  DT_UINT16: { name: 'uint16', field: 'intVal' },
  DT_INT32: { name: 'int32', field: 'intVal' },
  DT_UINT32: { name: 'uint32', field: 'uint32Val' },
  DT_INT64: { name: 'int64', field: 'int64Val' },
  DT_UINT64: { name: 'uint64', field: 'uint64Val' },
  DT_BOOL: { name: 'bool', field: 'boolVal' },
};

/** How elements of a type such as DT_FLOAT are stored; undefined where they are no numbers. */
export function storedType(dataType: string): StoredType | undefined {
  // Own keys only: names come from the file.
  return Object.hasOwn(types, dataType) ? types[dataType] : undefined;
}
