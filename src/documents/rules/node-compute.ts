import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode } from '../pipeline-graph.ts';
import { hasAnyKey } from '../yaml-tree.ts';

/** Kinds of nodes that run on a compute of their own. */
const runningTypes = new Set(['command', 'parallel', 'sweep']);

export const missingComputeRule: Rule = {
  name: 'missing-compute',
  codes: ['missing-compute'],
  check(document, context) {
    const settings = document.value['settings'];
    const hasDefault = typeof settings === 'object' && settings !== null && 'default_compute' in settings;
    if (hasDefault || Object.hasOwn(document.value, 'compute')) return;
    for (const node of pipelineGraph(document, context).nodes.values()) {
      const { name, path, mapping } = node;
      if (!runs(node) || hasAnyKey(mapping, ['compute'])) continue;
      const message = `jobs.${name} has no compute, and neither has the pipeline: expected compute or settings.default_compute`;
      if (context.complete) document.errorAtKey('missing-compute', message, ...path);
      else document.warningAtKey('missing-compute', `${message}; a command line must supply it`, ...path);
    }
  },
};

/** Without a type a node is a command to Azure's client, but for what its own keys or its component say. */
function runs({ type, mapping, reference, component }: GraphNode): boolean {
  if (type !== undefined) return runningTypes.has(type);
  if (hasAnyKey(mapping, ['command', 'trial'])) return true;
  // A file that cannot be read, or a description in the node itself, may be anything.
  if (component === undefined) return reference !== undefined && reference.is !== 'file';
  return component.type === undefined ? reference !== undefined : runningTypes.has(component.type);
}
