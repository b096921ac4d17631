import type { CheckedDocument } from '../checked-document.ts';
import { isPrimitive } from '../component-interface.ts';
import type { ComponentInput } from '../../card/component-interface.ts';
import type { Rule } from '../kinds/kind.ts';
import { assetOf, assetsFit, literalOf, pipelineGraph, targetType } from '../pipeline-graph.ts';
import type { GraphInput, GraphNode, NodeComponent, PipelineGraph } from '../pipeline-graph.ts';
import { hasPlaceholder } from '../placeholder.ts';
import { describeNode } from '../yaml-tree.ts';
import type { YamlScalar } from '../yaml-tree.ts';
import { checkLiteral } from './check-literal.ts';
import { meantComponent } from './wrong-component.ts';

/** Inputs of nodes whose type or kind is not what the component takes. */
export const inputTypeRule: Rule = {
  name: 'input-type',
  codes: ['input-type'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    for (const { node, component, input, taken } of knownInputs(graph)) {
      if (document.isReported(...input.path)) continue;
      const problem = typeProblem(graph, component, input, taken);
      if (problem === undefined) continue;
      // How others would read a value that is wrong is beside the point.
      document.withdraw('yaml-reading', ...input.path);
      report(document, node, input, problem, component.certain && problem.certain);
    }
  },
};

/** Outputs of nodes that become an output of the pipeline of another kind. */
export const outputTypeRule: Rule = {
  name: 'output-type',
  codes: ['output-type'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    for (const node of graph.nodes.values()) {
      for (const { name, path, target } of node.outputs) {
        const wanted = graph.outputs.get(target?.slice('parent.outputs.'.length) ?? '')?.type;
        const given = node.component?.interface.outputs[name]?.type;
        if (wanted === undefined || given === undefined || assetsFit(given, wanted)) continue;
        if (document.isReported(...path)) continue;
        const message = `jobs.${node.name}.outputs.${name} is ${article(given)}, and ${target} is declared as ${article(wanted)}`;
        document.warning('output-type', message, ...path);
      }
    }
  },
};

export interface KnownInput {
  readonly node: GraphNode;
  readonly component: NodeComponent;
  readonly input: GraphInput;
  readonly taken: ComponentInput;
}

/** The inputs of nodes that their components are known to take. */
export function knownInputs(graph: PipelineGraph): KnownInput[] {
  return [...graph.nodes.values()].flatMap((node) => {
    const { component } = node;
    if (component === undefined || meantComponent(node) !== undefined) return [];
    return node.inputs.flatMap((input) => {
      const taken = Object.hasOwn(component.interface.inputs, input.name)
        ? component.interface.inputs[input.name]
        : undefined;
      return taken === undefined ? [] : [{ node, component, input, taken }];
    });
  });
}

interface Problem {
  readonly is: string;
  readonly expected: string;
  readonly certain: boolean;
}

function typeProblem(
  graph: PipelineGraph,
  component: NodeComponent,
  { value }: GraphInput,
  taken: ComponentInput,
): Problem | undefined {
  const literal = literalOf(graph, value);
  if (literal !== undefined) return literalProblem(literal, taken, component.isLocal, value.is === 'binding');
  const asset = assetOf(graph, value);
  const given = asset?.type ?? (value.is === 'binding' ? targetType(graph, value.target) : undefined);
  if (given === undefined || given === '') return undefined;
  const isOutput = value.is === 'binding' && value.target.startsWith('parent.jobs.');
  return portProblem(given, taken.type, isOutput);
}

function literalProblem(
  literal: YamlScalar,
  taken: ComponentInput,
  isLocal: boolean,
  isBound: boolean,
): Problem | undefined {
  if (isPrimitive(taken.type)) {
    const problem = checkLiteral(taken, literal);
    return problem?.about === 'type' ? { is: describeNode(literal), ...problem } : undefined;
  }
  const isText = literal.scalar.type === 'text';
  // Azure's client makes a path of text only where it reads the component itself.
  if ((isText && isLocal && !isBound) || taken.type === '' || hasPlaceholder(literal.source))
    return undefined;
  return {
    is: describeNode(literal),
    expected: `expected ${article(taken.type)}, written as {type: ${taken.type}, path: …}`,
    certain: !isText || !(isBound || /^(?:azureml|https?|wasbs?|abfss?):/.test(literal.source)),
  };
}

function portProblem(given: string, taken: string, isOutput: boolean): Problem | undefined {
  if (given === taken) return undefined;
  const problem = (certain: boolean): Problem => ({
    is: article(given),
    expected: `expected ${article(taken)}`,
    certain,
  });
  if (isPrimitive(given) && isPrimitive(taken)) {
    const fits = taken === 'string' || (given === 'integer' && taken === 'number');
    return fits ? undefined : problem(false);
  }
  if (isPrimitive(taken)) return problem(true);
  if (isPrimitive(given)) {
    // An output that is a value is also a file: Azure's own pipelines take it as one.
    return isOutput ? undefined : problem(given !== 'string');
  }
  return assetsFit(given, taken) ? undefined : problem(false);
}

function report(
  document: CheckedDocument,
  node: GraphNode,
  { name, path, value }: GraphInput,
  { is, expected }: Problem,
  certain: boolean,
): void {
  const through = value.is === 'binding' ? `\${{${value.target}}}, which is ` : '';
  document.report({
    severity: certain ? 'error' : 'warning',
    code: 'input-type',
    message: `jobs.${node.name}.inputs.${name} is ${through}${is}: ${expected}`,
    path,
  });
}

function article(type: string): string {
  switch (type) {
    case 'integer':
      return 'a whole number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    default:
      return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
  }
}
