import { isRequired } from '../component-interface.ts';
import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode } from '../pipeline-graph.ts';
import { knownComponents } from '../../card/known-components/index.ts';
import type { KnownComponent } from '../../card/known-components/index.ts';
import { entryOf } from '../yaml-tree.ts';

/** The component of the registry that a node's inputs are all of, where they are not its own component's. */
export function meantComponent(node: GraphNode): KnownComponent | undefined {
  const known = node.component?.known;
  const given = node.inputs.map(({ name }) => name);
  if (known === undefined || given.length === 0) return undefined;
  const unknown = given.filter((name) => !Object.hasOwn(known.inputs, name));
  // One name may be a slip; what all belongs to another component is meant for that.
  if (unknown.length < 3) return undefined;
  return knownComponents.find(
    (other) => other.type === known.type && given.every((name) => Object.hasOwn(other.inputs, name)),
  );
}

export const wrongComponentRule: Rule = {
  name: 'wrong-component',
  codes: ['wrong-component'],
  check(document, context) {
    for (const node of pipelineGraph(document, context).nodes.values()) {
      const meant = meantComponent(node);
      const own = node.component?.known;
      const scalar = entryOf(node.mapping, 'component')?.value;
      if (meant === undefined || own === undefined || scalar?.kind !== 'scalar') continue;
      const unknown = node.inputs.filter(({ name }) => !Object.hasOwn(own.inputs, name));
      const missing = Object.entries(own.inputs)
        .filter(([name, input]) => isRequired(input) && !node.inputs.some((each) => each.name === name))
        .map(([name]) => `'${name}'`);
      const shown = unknown.slice(0, 3).map(({ name }) => `'${name}'`);
      const more = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more` : '';
      const needs = missing.length === 0 ? '' : ` and needs ${missing.join(', ')}`;
      const start = document.text.source.indexOf(own.name, scalar.start);
      document.report({
        severity: node.component?.certain === true ? 'error' : 'warning',
        code: 'wrong-component',
        message: `${own.name} takes no ${shown.join(', ')}${more}${needs}: these are the inputs of ${meant.name}`,
        path: [...node.path, 'component'],
        suggestion: meant.name,
        ...(start === -1 || start >= scalar.end
          ? {}
          : { edits: [{ start, end: start + own.name.length, text: meant.name }] }),
      });
    }
  },
};

/** Components whose source has been removed; whether the registry still has them is not known. */
const withdrawn: Readonly<Record<string, string>> = {
  model_evaluation_pipeline: 'use model_prediction, and compute_metrics after it',
  validation_trigger_model_evaluation: 'use model_prediction, and compute_metrics after it',
  evaluate_model: 'use model_prediction, and compute_metrics after it',
};

export const withdrawnComponentRule: Rule = {
  name: 'withdrawn-component',
  codes: ['withdrawn-component'],
  check(document, context) {
    for (const { reference, path } of pipelineGraph(document, context).nodes.values()) {
      if (reference?.is !== 'registry' || reference.registry !== 'azureml') continue;
      const instead = Object.hasOwn(withdrawn, reference.name) ? withdrawn[reference.name] : undefined;
      if (instead === undefined) continue;
      const message = `${reference.name} has been withdrawn from Azure's assets: ${instead}`;
      document.warning('withdrawn-component', message, ...path, 'component');
    }
  },
};
