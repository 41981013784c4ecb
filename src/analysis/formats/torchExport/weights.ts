import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import type { NetworkBuilder } from '../../network/builder';
import type { ConstantData, ConstantValue } from '../../network/network';
import { Elements } from '../../network/storedConstant';
import {
  collectedElements,
  dataTypeOf,
  type ElementName,
  elementsFromBytes,
  elementTypes,
  finiteElements,
} from '../elements';
import type { StoredTensor } from './archive';
import type { Size } from './program';

/** By torch's number for the type. @see torch/_export/serde/schema.py, ScalarType */
const STORED_TYPES: Readonly<Record<number, ElementName>> = {
  1: 'uint8',
  2: 'int8',
  3: 'int16',
  4: 'int32',
  5: 'int64',
  6: 'float16',
  7: 'float32',
  8: 'float64',
  12: 'bool',
  13: 'bfloat16',
  28: 'uint16',
  34: 'uint32',
  35: 'uint64',
};

/** Whether torch's number stands for a type that images come in. */
export function isPixelType(type: number): boolean {
  const name = elementName(type);
  return name !== undefined && (name === 'uint8' || elementTypes[name].kind === 'float');
}

function elementName(type: number): ElementName | undefined {
  return Object.hasOwn(STORED_TYPES, type) ? STORED_TYPES[type] : undefined;
}

/** Where a tensor lies in the memory that it is a part of, in elements. */
interface Layout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly count: number;
}

/**
 * The constant of a tensor in the archive.
 *
 * @param label its name in the model
 * @param note takes a sentence for the report
 * @throws AnalysisError 'model-unreadable' where its type is not known, or type, shape and bytes do not fit each other
 */
export function storedConstant(
  builder: NetworkBuilder,
  tensor: StoredTensor,
  label: string,
  note: (sentence: string) => void,
): ConstantValue {
  const { type } = tensor.meta;
  const name = elementName(type);
  if (name === undefined) throw unreadable(label, `elements of PyTorch's type ${type} are not known; use float32`);
  if (name === 'float16' || name === 'bfloat16') {
    note('Half-precision numbers in the file are read as float32, and all arithmetic is done in float32.');
  }
  const layout = layoutOf(tensor, name, label);
  const elements = Elements.deferred(dataTypeOf(elementTypes[name]), function* () {
    return yield* finiteElements(yield* elementsOf(tensor, name, layout), label);
  });
  return builder.stored(elements, layout.shape, label);
}

/** Checks that a tensor lies within its memory and is no larger than it. */
function layoutOf({ meta, memory }: StoredTensor, name: ElementName, label: string): Layout {
  const known = (size: Size): number => {
    if (typeof size === 'number' && size >= 0) return size;
    throw unreadable(label, `its extents must be numbers, got ${size}`);
  };
  const [shape, strides, offset] = [meta.sizes.map(known), meta.strides.map(known), known(meta.offset)];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const last = shape.reduce((place, extent, axis) => place + (extent - 1) * (strides[axis] ?? 0), offset);
  const room = Math.floor((memory.size * 8) / elementTypes[name].bits);
  // A tensor is never larger than its memory, unless it repeats itself.
  if (strides.length !== shape.length || count > room || (count > 0 && last >= room)) {
    throw unreadable(
      label,
      `${name} of shape [${shape.join(', ')}] must lie within the ${room} elements of its memory`,
    );
  }
  return { shape, strides, offset, count };
}

function* elementsOf({ memory }: StoredTensor, name: ElementName, layout: Layout): Steps<ConstantData> {
  const { shape, strides, offset, count } = layout;
  const bytes = elementTypes[name].bits / 8;
  if (isContiguous(layout)) {
    return yield* elementsFromBytes(name, yield* memory.readInSteps(offset * bytes, count * bytes), count);
  }
  const raw = yield* memory.readInSteps(0, memory.size);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const type = elementTypes[name];
  return yield* collectedElements(type, count, (position) => {
    let [at, rest] = [offset, position];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return type.read(view, at);
  });
}

function isContiguous({ shape, strides, count }: Layout): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return count === 0;
    stride *= shape[axis];
  }
  return true;
}

function unreadable(tensor: string, reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `Tensor "${tensor}": ${reason}.`);
}
