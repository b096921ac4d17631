import { invalid } from './job-fault.ts';
import type { NodeSpec } from './job-spec.ts';

/** Every node after those that it depends on. Throws a JobFault that names a cycle. */
export function orderNodes(nodes: readonly NodeSpec[]): NodeSpec[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ordered: NodeSpec[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (node: NodeSpec, path: readonly string[]): void => {
    if (state.get(node.name) === 'done') return;
    if (state.get(node.name) === 'open') {
      const cycle = [...path.slice(path.indexOf(node.name)), node.name];
      throw invalid(`The nodes ${cycle.join(' → ')} depend on each other in a circle.`);
    }
    state.set(node.name, 'open');
    for (const name of node.dependsOn) {
      const before = byName.get(name);
      if (before !== undefined) visit(before, [...path, node.name]);
    }
    state.set(node.name, 'done');
    ordered.push(node);
  };
  for (const node of nodes) visit(node, []);
  return ordered;
}
