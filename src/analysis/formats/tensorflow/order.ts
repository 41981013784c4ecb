import { AnalysisError } from '../../base/errors';
import type { GraphNode } from './graphDef';

/** Which output of which node. */
export interface Endpoint {
  readonly node: string;
  readonly output: number;
}

/** An input as files write it: `node` or `node:1`. */
export function endpoint(text: string): Endpoint {
  const [, node, output] = /^(.*?)(?::(\d+))?$/s.exec(text) ?? [];
  return { node, output: Number((output as string | undefined) ?? 0) };
}

/** The inputs of a node that carry numbers; the others, `^node`, only ask for an order. */
export function dataInputs({ inputs }: GraphNode): readonly string[] {
  return inputs.filter((input) => !input.startsWith('^'));
}

/**
 * The nodes that an output needs, each after those it needs itself.
 *
 * @throws AnalysisError 'model-unreadable' where a node depends on itself, is missing or is there twice
 */
export function orderedNodes(nodes: readonly GraphNode[], output: string): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  if (byName.size < nodes.length) throw new AnalysisError('model-unreadable', 'Two nodes of the graph have one name.');
  const found = (input: string, consumer: string): GraphNode => {
    const node = byName.get(endpoint(input).node);
    if (node !== undefined) return node;
    throw new AnalysisError('model-unreadable', `"${input}", which ${consumer} needs, is no node of the graph.`);
  };
  const order: GraphNode[] = [];
  const state = new Map<GraphNode, 'open' | 'done'>();
  // An explicit stack: deep networks would overflow the call stack.
  const stack = [found(output, 'the signature')];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (state.get(node) !== undefined) {
      stack.pop();
      if (state.get(node) === 'open') order.push(node);
      state.set(node, 'done');
      continue;
    }
    state.set(node, 'open');
    for (const input of dataInputs(node)) {
      const needed = found(input, `${node.op} "${node.name}"`);
      if (state.get(needed) === 'open') {
        throw new AnalysisError('model-unreadable', `${needed.op} "${needed.name}" depends on its own result.`);
      }
      if (state.get(needed) === undefined) stack.push(needed);
    }
  }
  return order;
}
