import { AnalysisError } from '../../base/errors';

/**
 * The nodes that one needs and itself, each after those that it needs.
 *
 * @param needs the nodes whose results a node takes
 * @param named a node in messages
 * @throws AnalysisError 'model-unreadable' where a node depends on itself
 */
export function inOrder<N>(last: N, needs: (node: N) => readonly N[], named: (node: N) => string): N[] {
  const order: N[] = [];
  const state = new Map<N, 'open' | 'done'>();
  // An explicit stack: deep networks would overflow the call stack.
  const stack = [last];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (state.get(node) !== undefined) {
      stack.pop();
      if (state.get(node) === 'open') order.push(node);
      state.set(node, 'done');
      continue;
    }
    state.set(node, 'open');
    for (const needed of needs(node)) {
      if (state.get(needed) === 'open') {
        throw new AnalysisError('model-unreadable', `${named(needed)} depends on its own result.`);
      }
      if (state.get(needed) === undefined) stack.push(needed);
    }
  }
  return order;
}
