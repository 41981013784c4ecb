import { AnalysisError } from '../../base/errors';
import type { GraphProto, NodeProto } from '../../onnx/onnxProto';

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
  const order: NodeProto[] = [];
  const state = new Map<NodeProto, 'open' | 'done'>();
  const producer = (name: string, consumer?: NodeProto): NodeProto => {
    const node = producers.get(name);
    if (node !== undefined) return node;
    const where = consumer === undefined ? 'the graph' : `${consumer.opType} "${consumer.name}"`;
    throw new AnalysisError('model-unreadable', `"${name}", which ${where} needs, is made by no node of the file.`);
  };
  // An explicit stack: deep networks would overflow the call stack.
  const stack = [producer(wanted)];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (state.get(node) !== undefined) {
      stack.pop();
      if (state.get(node) === 'open') order.push(node);
      state.set(node, 'done');
      continue;
    }
    state.set(node, 'open');
    for (const name of dependencies(node)) {
      if (name === '' || isKnown(name)) continue;
      const needed = producer(name, node);
      if (state.get(needed) === 'open') {
        throw new AnalysisError('model-unreadable', `${needed.opType} "${needed.name}" depends on its own result.`);
      }
      if (state.get(needed) === undefined) stack.push(needed);
    }
  }
  return order;
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
