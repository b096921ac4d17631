import { nearestNames, orList } from '../../io/nearest-names.ts';
import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import { componentTitle, maxCompared } from './component-inputs.ts';
import { meantComponent } from './wrong-component.ts';

/** A file with more such mistakes is something else altogether. */
const maxFindings = 200;

/** Azure's client takes any name; what becomes of one that the component does not have is the service's affair. */
export const unknownOutputRule: Rule = {
  name: 'unknown-output',
  codes: ['unknown-output'],
  check(document, context) {
    let told = 0;
    for (const node of pipelineGraph(document, context).nodes.values()) {
      if (node.component === undefined || meantComponent(node) !== undefined) continue;
      const names = Object.keys(node.component.interface.outputs);
      const known = new Set(names);
      const given = new Set(node.outputs.map(({ name }) => name));
      for (const { name, path } of node.outputs) {
        if (known.has(name)) continue;
        told += 1;
        if (told > maxFindings) return;
        const free = names.length > maxCompared ? [] : names.filter((each) => !given.has(each));
        const [nearest] = nearestNames(name, free, { limit: 1 });
        document.report({
          severity: 'warning',
          code: 'unknown-output',
          message: `jobs.${node.name}: ${componentTitle(node)} has no output '${name}': ${hint(names, nearest)}`,
          path,
          at: 'key',
          ...(nearest === undefined ? {} : { suggestion: nearest }),
        });
      }
    }
  },
};

function hint(names: readonly string[], nearest: string | undefined): string {
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  if (names.length === 0) return 'it has none';
  return names.length <= 12 ? `expected ${orList(names)}` : 'it is none of its outputs';
}
