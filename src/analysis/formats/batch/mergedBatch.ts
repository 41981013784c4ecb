import type { Value } from '../../network/network';

/** A value, or what an edge of a graph carries else, which has no place in the batch to be followed. */
type Followed = Value | { readonly op: 'Extents' } | { readonly op: 'Sequence' } | { readonly op: 'Unbatched' };

/**
 * Where the batch is in extents −k that it shares: −k = a·n·b is not the same rows as n·k, and only the file's reshapes
 * tell. Remembers b, the inner part, and hands it on from a node's inputs to its results.
 */
export class MergedBatch {
  private readonly innerParts = new WeakMap<Value, number>();

  /** Takes down the inner part of a value. */
  set(value: Value, innerPart: number): void {
    this.innerParts.set(value, innerPart);
  }

  /** b for −k = a·n·b; k where nothing is known, the batch being outermost by custom. */
  innerPart(value: Value): number {
    return this.innerParts.get(value) ?? -(value.shape.find((dim) => dim < 0) ?? -1);
  }

  /** A result with the same merged extent as an input has it from there. */
  follow(inputs: readonly (Followed | undefined)[], outputs: readonly Followed[]): void {
    for (const output of outputs) {
      const extent = mergedExtent(output);
      if (extent === undefined || this.innerParts.has(output as Value)) continue;
      const source = inputs.find((input) => input !== undefined && mergedExtent(input) === extent);
      if (source !== undefined) this.innerParts.set(output as Value, this.innerPart(source as Value));
    }
  }
}

function mergedExtent(operand: Followed): number | undefined {
  if (operand.op === 'Sequence' || operand.op === 'Extents' || operand.op === 'Unbatched') return undefined;
  return operand.shape.find((dim) => dim < -1);
}
