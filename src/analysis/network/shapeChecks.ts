import type { DataType, Value } from './network';

/** What is wrong with a node, before it is known which node. */
export class ShapeError extends Error {}

/** @throws ShapeError where the condition does not hold */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

/** That a node has so many inputs. */
export function checkCount(inputs: readonly Value[], least: number, most = least): void {
  const expected = least === most ? String(least) : `${least} to ${most}`;
  check(inputs.length >= least && inputs.length <= most, `expected ${expected} inputs, got ${inputs.length}`);
}

/** That all inputs have elements of one type, and which. */
export function checkTypes(inputs: readonly Value[], types: readonly DataType[]): void {
  for (const { type } of inputs) {
    check(types.includes(type), `expected ${types.join(' or ')} elements`);
    check(type === inputs[0].type, 'expected elements of one type');
  }
}

/** That a shape of this rank has the axis. */
export function checkAxis(axis: number, rank: number): void {
  check(Number.isInteger(axis) && axis >= 0 && axis < rank, `axis must be in 0…${rank - 1}, got ${axis}`);
}

/** What most operators take. */
export const FLOATS: readonly DataType[] = ['float32'];
