import { AnalysisError } from '../../base/errors';
import type { GraphProto, NodeProto } from '../../onnx/onnxProto';
import { inOrder } from '../graph/inOrder';

/**
 * The nodes that make a value, each after those it needs: files need not be sorted.
 *
 * @param isKnown whether a name has a value already
 * @throws AnalysisError 'model-unreadable' where a value depends on itself or nothing makes it
 */
export function orderedNodes(
  nodes: readonly NodeProto[],
  wanted: string,
  isKnown: (name: string) => boolean,
): NodeProto[] {
  const producers = new Map<string, NodeProto>();
  for (const node of nodes) for (const output of node.output) if (output !== '') producers.set(output, node);
  const producer = (name: string, consumer?: NodeProto): NodeProto => {
    const node = producers.get(name);
    if (node !== undefined) return node;
    const where = consumer === undefined ? 'the graph' : `${consumer.opType} "${consumer.name}"`;
    throw new AnalysisError('model-unreadable', `"${name}", which ${where} needs, is made by no node of the file.`);
  };
  const needs = (node: NodeProto): NodeProto[] =>
    dependencies(node).flatMap((name) => (name === '' || isKnown(name) ? [] : producer(name, node)));
  return inOrder(producer(wanted), needs, (node) => `${node.opType} "${node.name}"`);
}

/** A node's inputs, and what its branches take from the graph around them. */
function dependencies(node: NodeProto): string[] {
  return [...node.input, ...node.attribute.flatMap(({ g }) => (g ? captured(g) : []))];
}

function captured(graph: GraphProto): string[] {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap((node) => node.output),
  ]);
  const needed = [...graph.node.flatMap(dependencies), ...graph.output.map(({ name }) => name)];
  return needed.filter((name) => !own.has(name));
}
