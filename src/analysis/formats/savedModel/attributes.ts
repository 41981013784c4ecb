import type { GraphAttribute } from '../tensorflow/graphDef';
import { dataTypeName, elementsOfConstant, tensorOutline } from './elements';
import type { AttrValue, ListValue, NodeDef, TensorProto, TensorShapeProto } from './savedModelProto';
import type { Scope } from './scope';

/** A node's attributes with the parameters of its function filled in; without strings among the constants. */
export function attributesOf(scope: Scope, node: NodeDef): Record<string, GraphAttribute> {
  const attributes: Record<string, GraphAttribute> = Object.create(null) as Record<string, GraphAttribute>;
  for (const { key } of node.attr) {
    // What begins so is advice to TensorFlow's own runtime.
    if (key.startsWith('_')) continue;
    const value = scope.attribute(node, key);
    const attribute = value && attributeOf(scope, value, scope.prefix + node.name);
    if (attribute !== undefined) attributes[key] = attribute;
  }
  return attributes;
}

function attributeOf(scope: Scope, value: AttrValue, name: string): GraphAttribute | undefined {
  if (value.s !== undefined) return text(value.s);
  if (value.i !== undefined) return { kind: 'number', value: value.i };
  if (value.f !== undefined) return { kind: 'number', value: value.f };
  if (value.b !== undefined) return { kind: 'bool', value: value.b };
  if (value.type !== undefined) return { kind: 'type', value: dataTypeName(value.type) };
  if (value.shape !== undefined) return { kind: 'shape', value: extents(value.shape) };
  if (value.tensor !== undefined) return constant(scope, value.tensor, name);
  if (value.func !== undefined) return { kind: 'function', value: value.func.name };
  return value.list && { kind: 'list', value: [...listed(scope, value.list, name)] };
}

function* listed(scope: Scope, list: ListValue, name: string): Generator<GraphAttribute> {
  yield* list.s.map(text);
  for (const value of [...list.i, ...list.f]) yield { kind: 'number', value };
  for (const value of list.b) yield { kind: 'bool', value };
  for (const type of list.type) yield { kind: 'type', value: dataTypeName(type) };
  for (const shape of list.shape) yield { kind: 'shape', value: extents(shape) };
  for (const func of list.func) yield { kind: 'function', value: func.name };
  for (const tensor of list.tensor) {
    const attribute = constant(scope, tensor, name);
    if (attribute !== undefined) yield attribute;
  }
}

function text(bytes: Uint8Array): GraphAttribute {
  return { kind: 'string', value: new TextDecoder().decode(bytes) };
}

/** The extents of a shape, -1 where one is open; null where the rank is. */
export function extents(shape: TensorShapeProto): readonly number[] | null {
  return shape.unknownRank ? null : shape.dim.map(({ size }) => size);
}

function constant(scope: Scope, tensor: TensorProto, name: string): GraphAttribute | undefined {
  if (dataTypeName(tensor.dtype) === 'DT_STRING') return undefined;
  const outline = tensorOutline(tensor.dtype, tensor.tensorShape, name);
  const { type, shape } = outline;
  const read = () => elementsOfConstant(outline, scope.library.whole(tensor));
  return { kind: 'tensor', value: { type, shape, read } };
}
