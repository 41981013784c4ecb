import type { NodeDef } from './savedModelProto';
import type { Scope } from './scope';

/** The truth of a condition, where it is constant. */
export type Condition = (scope: Scope, reference: string) => boolean | undefined;

/**
 * Which results are never computed, because a Switch before them sends its input the other way. A Merge lives where one of
 * its inputs does, any other node where all do.
 */
export class DeadBranches {
  /** Each node is looked at once; one that is being looked at, in a loop, is undefined here. */
  private readonly known = new Map<Scope, Map<NodeDef, boolean | undefined>>();

  constructor(private readonly condition: Condition) {}

  /** Whether what a reference names is never computed. */
  has(scope: Scope, reference: string): boolean {
    const found = scope.find(reference);
    if (found === undefined) return false;
    const dead = this.known.get(scope) ?? new Map<NodeDef, boolean | undefined>();
    this.known.set(scope, dead);
    // An explicit stack: deep networks would overflow the call stack.
    const stack = [found.node];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (dead.has(node)) {
        stack.pop();
        if (dead.get(node) === undefined) dead.set(node, this.isDead(scope, node, dead));
        continue;
      }
      dead.set(node, undefined);
      for (const input of node.input) {
        const before = scope.find(input)?.node;
        if (before !== undefined && !dead.has(before)) stack.push(before);
      }
    }
    return this.isDeadResult(scope, reference, dead);
  }

  private isDead(scope: Scope, node: NodeDef, dead: ReadonlyMap<NodeDef, boolean | undefined>): boolean {
    const isDead = (input: string): boolean => this.isDeadResult(scope, input, dead);
    return node.op === 'Merge' ? node.input.every(isDead) : node.input.some(isDead);
  }

  private isDeadResult(scope: Scope, reference: string, dead: ReadonlyMap<NodeDef, boolean | undefined>): boolean {
    const found = scope.find(reference);
    if (found === undefined) return false;
    const { node, output } = found;
    if (dead.get(node) === true) return true;
    if (node.op !== 'Switch' || reference.startsWith('^') || node.input.length < 2) return false;
    const truth = this.condition(scope, node.input[1]);
    return truth !== undefined && Number(truth) !== output;
  }
}
