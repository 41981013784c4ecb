import { AnalysisError } from '../../base/errors';
import { map, reshape, shapeOf, type Tensor } from '../../compound/tensor';
import { isJsonObject, type Json, type JsonObject } from '../../files/json';
import type { NetworkBuilder } from '../../network/builder';
import { isOperandList, type Operand } from './layer';
import { configOf } from './settings';

/** One axis of a subscript x[…]: what remains of it, or that it goes away or is new. */
type Subscript =
  | { readonly kind: 'range'; readonly start: number; readonly stop: number; readonly step: number }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'new' };

/**
 * x[key] as Python reads it.
 *
 * @param key whole numbers, slices, null for a new axis, an ellipsis
 * @param layer the operator, for messages
 */
export function sliced(b: NetworkBuilder, tensor: Tensor, key: Operand | undefined, layer: string): Tensor {
  const entries = isOperandList(key) ? key : [key ?? null];
  const shape = shapeOf(tensor);
  const taken = entries.filter((entry) => entry !== null && !isEllipsis(entry)).length;
  const whole: JsonObject = {};
  const rest = new Array<Operand>(Math.max(shape.length - taken, 0)).fill(whole);
  const spelled = entries.some(isEllipsis)
    ? entries.flatMap((entry) => (isEllipsis(entry) ? rest : [entry]))
    : [...entries, ...rest];

  let axis = 0;
  const subscripts = spelled.map((entry): Subscript => {
    if (entry === null) return { kind: 'new' };
    const extent = shape[axis++];
    return subscript(entry, extent, layer);
  });
  const perAxis = subscripts.filter((entry) => entry.kind !== 'new');
  const ranges = perAxis.map((entry) =>
    entry.kind === 'range' ? entry : { start: entry.at, stop: entry.at + 1, step: 1 },
  );
  const cut = ranges.flatMap((range, i) => (shape[i] < 0 ? [] : [{ ...range, axis: tensor.order.indexOf(i) }]));
  const result = map(tensor, (x) =>
    b.slice(
      x,
      cut.map((range) => range.axis),
      cut.map(({ start }) => start),
      cut.map(({ stop }) => stop),
      cut.map(({ step }) => step),
    ),
  );
  if (subscripts.every(({ kind }) => kind === 'range')) return result;
  const extents = [...shapeOf(result)];
  const remaining = subscripts.flatMap(({ kind }) => {
    if (kind === 'new') return [1];
    const extent = extents.shift() ?? 1;
    return kind === 'range' ? [extent] : [];
  });
  return reshape(b, result, remaining);
}

function subscript(entry: Operand, extent: number, layer: string): Subscript {
  const error = () =>
    new AnalysisError('unsupported-op', `${layer}: the subscript ${JSON.stringify(entry)} is not supported.`);
  if (typeof entry === 'number' && extent >= 0) return { kind: 'index', at: entry < 0 ? entry + extent : entry };
  if (!isJsonObject(entry as Json)) throw error();
  const slice =
    (entry as JsonObject)['class_name'] === '__slice__' ? configOf(entry as JsonObject) : (entry as JsonObject);
  const [start, stop, step] = [slice['start'], slice['stop'], slice['step'] ?? 1];
  if (extent < 0) {
    // All images of the batch.
    if ((start ?? null) === null && (stop ?? null) === null && step === 1) {
      return { kind: 'range', start: 0, stop: 0, step: 1 };
    }
    throw error();
  }
  if (typeof step !== 'number' || step === 0) throw error();
  const bound = (value: Json | undefined, absent: number) => {
    if ((value ?? null) === null) return absent;
    if (typeof value !== 'number') throw error();
    const fromStart = value < 0 ? value + extent : value;
    return step > 0 ? Math.min(Math.max(fromStart, 0), extent) : Math.min(Math.max(fromStart, -1), extent - 1);
  };
  return step > 0
    ? { kind: 'range', start: bound(start, 0), stop: bound(stop, extent), step }
    : { kind: 'range', start: bound(start, extent - 1), stop: bound(stop, -1), step };
}

function isEllipsis(entry: Operand): boolean {
  return isJsonObject(entry as Json) && (entry as JsonObject)['class_name'] === '__ellipsis__';
}
