import { AnalysisError } from '../../base/errors';
import { inOrder } from '../graph/inOrder';
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
  const named = ({ op, name }: GraphNode): string => `${op} "${name}"`;
  const needs = (node: GraphNode): GraphNode[] => dataInputs(node).map((input) => found(input, named(node)));
  return inOrder(found(output, 'the signature'), needs, named);
}
