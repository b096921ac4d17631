import { nearestNames } from '../../io/nearest-names.ts';
import type { CheckedDocument } from '../checked-document.ts';
import { findExpressions, rangeInScalar } from '../expressions.ts';
import type { Expression } from '../expressions.ts';
import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode, PipelineGraph } from '../pipeline-graph.ts';
import type { YamlNode, YamlScalar } from '../yaml-tree.ts';

/** A file with more such mistakes is something else altogether. */
const maxFindings = 200;

/** Expressions of nodes that stand for nothing in the pipeline. */
export const expressionTargetRule: Rule = {
  name: 'expression-target',
  codes: ['dangling-expression'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    // Judged before anything is reported: a second expression in one text is no less wrong for the first.
    const placed = [...graph.nodes.values()]
      .flatMap((node) => nodeExpressions(node))
      .filter(({ path }) => !document.isReported(...path));
    let told = 0;
    for (const { expression, scalar, path } of placed) {
      const problem = problemOf(graph, expression.body);
      if (problem === undefined) continue;
      told += 1;
      if (told > maxFindings) break;
      document.report({
        severity: problem.certain === false ? 'warning' : 'error',
        code: 'dangling-expression',
        message: `${expression.source} stands for nothing: ${problem.message}`,
        path,
        range: rangeInScalar(document.text, scalar, expression),
        ...(problem.suggestion === undefined ? {} : { suggestion: problem.suggestion }),
      });
    }
  },
};

/** What was written before `parent.` came, and is now taken for the node's own inputs. */
export const legacyExpressionRule: Rule = {
  name: 'legacy-expression',
  codes: ['legacy-expression'],
  check(document, context) {
    for (const node of pipelineGraph(document, context).nodes.values()) {
      for (const { name, path, value } of node.inputs) {
        if (value.is !== 'binding' || !/^(?:inputs|jobs)\./.test(value.target)) continue;
        if (document.isReported(...path)) continue;
        reportLegacy(document, value.scalar, value.target, path, `jobs.${node.name}.inputs.${name}`);
      }
    }
  },
};

function reportLegacy(
  document: CheckedDocument,
  scalar: YamlScalar,
  target: string,
  path: readonly string[],
  what: string,
): void {
  const [expression] = findExpressions(scalar.source);
  if (expression === undefined) return;
  const range = rangeInScalar(document.text, scalar, expression);
  const right = `\${{parent.${target}}}`;
  document.report({
    severity: 'error',
    code: 'legacy-expression',
    message: `${what} is ${expression.source}: what belongs to the pipeline is ${right}`,
    path,
    range,
    suggestion: right,
    edits: [{ ...range, text: right }],
  });
}

interface PlacedExpression {
  readonly expression: Expression;
  readonly scalar: YamlScalar;
  readonly path: readonly string[];
}

/** All expressions of a node about its pipeline; those of a component described in it are the component's. */
export function nodeExpressions(node: GraphNode): PlacedExpression[] {
  const found: PlacedExpression[] = [];
  for (const { name, value } of node.mapping.entries.values()) {
    if (name !== 'component' && name !== 'trial') collect(value, [...node.path, name], found);
  }
  return found;
}

function collect(node: YamlNode, path: readonly string[], found: PlacedExpression[]): void {
  switch (node.kind) {
    case 'scalar':
      for (const expression of findExpressions(node.source)) {
        if (/^parent(?:\.|$)/.test(expression.body)) found.push({ expression, scalar: node, path });
      }
      return;
    case 'sequence':
      node.items.forEach((item, index) => {
        collect(item, [...path, String(index)], found);
      });
      return;
    case 'mapping':
      for (const { name, value } of node.entries.values()) collect(value, [...path, name], found);
  }
}

interface Problem {
  readonly message: string;
  readonly certain?: boolean;
  readonly suggestion?: string;
}

function problemOf(graph: PipelineGraph, body: string): Problem | undefined {
  const [, kind, name = '', port, ...rest] = body.split('.');
  const whole = body.split('.').slice(2).join('.');
  if (kind === 'inputs' && name !== '') {
    return missing('the pipeline has no input', name, whole, graph.inputs);
  }
  if (kind === 'outputs' && name !== '') {
    return missing('the pipeline has no output', name, whole, graph.outputs);
  }
  if (kind !== 'jobs' || name === '') {
    return { message: 'expected parent.inputs.NAME, parent.outputs.NAME or parent.jobs.NODE.outputs.NAME' };
  }
  const node = graph.nodes.get(name);
  if (node === undefined) return missing('the pipeline has no node', name, name, graph.nodes);
  if (port === undefined || port === 'inputs') return undefined;
  if (port !== 'outputs') return { message: `expected parent.jobs.${name}.outputs.NAME` };
  if (node.gives === undefined) return undefined;
  const problem = missing(
    `${name} has no output`,
    rest[0] ?? '',
    rest.join('.'),
    new Map(Object.entries(node.gives)),
  );
  return problem === undefined ? undefined : { ...problem, certain: node.component?.certain !== false };
}

/** Among more names than this none is looked for that is meant: a hostile file must not cost quadratic time. */
const maxCompared = 500;

/** `whole` may be a name with dots: a group's member. */
function missing(
  what: string,
  name: string,
  whole: string,
  known: ReadonlyMap<string, unknown>,
): Problem | undefined {
  if (known.has(name) || known.has(whole)) return undefined;
  const names = known.size > maxCompared ? [] : [...known.keys()];
  const [nearest] = nearestNames(name, names, { limit: 1 });
  const hint =
    nearest !== undefined
      ? `; did you mean '${nearest}'?`
      : known.size === 0
        ? '; it has none'
        : known.size <= 8
          ? `; it has ${names.join(', ')}`
          : '';
  return { message: `${what} '${name}'${hint}`, ...(nearest === undefined ? {} : { suggestion: nearest }) };
}
