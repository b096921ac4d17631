import { nearestNames, orList } from '../../io/nearest-names.ts';
import { isRequired } from '../component-interface.ts';
import type { Rule } from '../kinds/kind.ts';
import { literalOf, pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode } from '../pipeline-graph.ts';
import { describeNode } from '../yaml-tree.ts';
import { checkLiteral } from './check-literal.ts';
import { knownInputs } from './pipeline-types.ts';
import { meantComponent } from './wrong-component.ts';

/** A file with more such mistakes is something else altogether. */
const maxFindings = 200;

/** Among more names than this none is looked for that is meant: a hostile file must not cost quadratic time. */
export const maxCompared = 500;

export const unknownInputRule: Rule = {
  name: 'unknown-input',
  codes: ['unknown-input'],
  check(document, context) {
    let told = 0;
    for (const node of pipelineGraph(document, context).nodes.values()) {
      const { component } = node;
      if (component === undefined || meantComponent(node) !== undefined) continue;
      const names = Object.keys(component.interface.inputs);
      const known = withGroups(names);
      const given = new Set(node.inputs.map(({ name }) => name));
      for (const { name, path } of node.inputs) {
        if (known.has(name)) continue;
        told += 1;
        if (told > maxFindings) return;
        const free = names.length > maxCompared ? [] : names.filter((each) => !given.has(each));
        const [nearest] = nearestNames(name, free, { limit: 1 });
        const hint =
          nearest !== undefined
            ? `did you mean '${nearest}'?`
            : names.length === 0
              ? 'it has none'
              : names.length <= 12
                ? `expected ${orList(names)}`
                : 'it is none of its inputs';
        document.report({
          severity: component.certain ? 'error' : 'warning',
          code: 'unknown-input',
          message: `jobs.${node.name}: ${componentTitle(node)} has no input '${name}': ${hint}`,
          path,
          at: 'key',
          ...(nearest === undefined ? {} : { suggestion: nearest }),
        });
      }
    }
  },
};

/** A group's members are inputs with a dot in their names: what is before it is a name as well. */
function withGroups(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => [name, name.slice(0, Math.max(0, name.indexOf('.')))]));
}

export const missingInputRule: Rule = {
  name: 'missing-input',
  codes: ['missing-input'],
  check(document, context) {
    for (const node of pipelineGraph(document, context).nodes.values()) {
      const { component } = node;
      if (component === undefined || meantComponent(node) !== undefined) continue;
      const given = new Set(node.inputs.map(({ name }) => name));
      const missing = Object.entries(component.interface.inputs)
        .filter(([name, input]) => isRequired(input) && !isGiven(name, given))
        .map(([name, { type }]) => `'${name}' (${type})`);
      if (missing.length === 0) continue;
      // A name that is nearly the missing one is reported as it is.
      if (missing.length === 1 && hasMisspelled(node, missing)) continue;
      document.report({
        severity: component.certain ? 'error' : 'warning',
        code: 'missing-input',
        message: `jobs.${node.name} has no input ${someOf(missing)}, which ${componentTitle(node)} requires`,
        path: node.path,
      });
    }
  },
};

/** A group may be given as a whole. */
function isGiven(name: string, given: ReadonlySet<string>): boolean {
  return given.has(name) || given.has(name.slice(0, Math.max(0, name.indexOf('.'))));
}

function someOf(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(', ')
    : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`;
}

function hasMisspelled(node: GraphNode, missing: readonly string[]): boolean {
  const known = withGroups(Object.keys(node.component?.interface.inputs ?? {}));
  const wanted = /^'(.*)'/.exec(missing[0] ?? '')?.[1] ?? '';
  return node.inputs.some(
    ({ name }) => !known.has(name) && nearestNames(name, [wanted], { limit: 1 }).length > 0,
  );
}

export const inputValueRule: Rule = {
  name: 'input-value',
  codes: ['input-value'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    for (const { node, component, input, taken } of knownInputs(graph)) {
      const literal = literalOf(graph, input.value);
      const problem = literal === undefined ? undefined : checkLiteral(taken, literal);
      if (literal === undefined || problem?.about !== 'value') continue;
      if (document.isReported(...input.path)) continue;
      document.withdraw('yaml-reading', ...input.path);
      const through = input.value.is === 'binding' ? `\${{${input.value.target}}}, which is ` : '';
      document.report({
        severity: component.certain && problem.certain ? 'error' : 'warning',
        code: 'input-value',
        message: `jobs.${node.name}.inputs.${input.name} is ${through}${describeNode(literal)}: ${problem.expected}`,
        path: input.path,
        ...(problem.suggestion === undefined ? {} : { suggestion: problem.suggestion }),
      });
    }
  },
};

/** A pipeline component's input that may be left out, for a node that cannot do without it. */
export const optionalBindingRule: Rule = {
  name: 'optional-binding',
  codes: ['optional-to-required'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    for (const { node, component, input, taken } of knownInputs(graph)) {
      if (input.value.is !== 'binding' || taken.optional === true) continue;
      const { target } = input.value;
      const given = target.startsWith('parent.inputs.')
        ? graph.inputs.get(target.slice('parent.inputs.'.length))
        : undefined;
      if (given?.optional !== true || document.isReported(...input.path)) continue;
      document.report({
        severity: component.isLocal ? 'error' : 'warning',
        code: 'optional-to-required',
        message: `jobs.${node.name}.inputs.${input.name} is required, and inputs.${given.name} may be left out`,
        path: input.path,
      });
    }
  },
};

/** For messages: the component's name where it has one. */
export function componentTitle({ component, reference }: GraphNode): string {
  if (component?.known !== undefined) return component.known.name;
  return reference?.is === 'file' ? reference.path : 'its component';
}
