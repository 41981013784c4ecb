import type { DataType, Dim, Shape, Value } from './network';
import { check } from './shapeChecks';

/** What is known about an operator's result before it runs. */
export interface TensorType {
  readonly shape: Shape;
  readonly type: DataType;
}

/** A node as messages name it: its operator, and its name in the file where it has one. */
export function nodeName(op: Value['op'], label: string | undefined): string {
  return label === undefined ? op : `${op} "${label}"`;
}

/** A shape as people read it: [n, 3, 32, 32], [8n, 64]. */
export function formatShape(shape: Shape): string {
  const extents = shape.map((dim) => (dim >= 0 ? String(dim) : dim === -1 ? 'n' : `${-dim}n`));
  return `[${extents.join(', ')}]`;
}

/** Whether an extent varies with the batch size. */
export function dependsOnBatch(shape: Shape): boolean {
  return shape.some((dim) => dim < 0);
}

/** The number of elements as a Dim: −k stands for k·n. Of a shape without batch it is the plain product. */
export function elementCount(shape: Shape): Dim {
  const product = shape.reduce((count, dim) => count * Math.abs(dim), 1);
  return dependsOnBatch(shape) ? -product : product;
}

/** Whether two shapes are the same, extent by extent. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/**
 * The shape of an elementwise result, by ONNX's (NumPy's) broadcasting.
 *
 * @throws Error where the shapes do not fit; inferType names the node
 */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const p = a[axis - rank + a.length] ?? 1;
    const q = b[axis - rank + b.length] ?? 1;
    check(p === q || p === 1 || q === 1, `${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    return p === 1 ? q : p;
  });
}
