import { rangeInScalar } from '../expressions.ts';
import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import type { GraphNode, PipelineGraph } from '../pipeline-graph.ts';
import { nodeExpressions } from './pipeline-expressions.ts';

/** Nodes that steer others name them without waiting for them. */
const controlTypes = new Set(['if_else', 'do_while', 'parallel_for']);

export const pipelineCycleRule: Rule = {
  name: 'pipeline-cycle',
  codes: ['pipeline-cycle'],
  check(document, context) {
    const graph = pipelineGraph(document, context);
    for (const cycle of findCycles(graph)) {
      const [first = '', second = first] = cycle;
      const node = graph.nodes.get(first);
      const place = node === undefined ? undefined : waitsFor(node).find(({ name }) => name === second);
      if (place === undefined) continue;
      document.report({
        severity: 'error',
        code: 'pipeline-cycle',
        message:
          cycle.length === 1
            ? `jobs.${first} takes its own output: it can never begin`
            : `nodes wait for each other and can never begin: ${[...cycle, first].join(' takes from ')}`,
        path: place.path,
        range: rangeInScalar(document.text, place.scalar, place.expression),
      });
    }
  },
};

function waitsFor(
  node: GraphNode,
): (ReturnType<typeof nodeExpressions>[number] & { readonly name: string })[] {
  if (node.type !== undefined && controlTypes.has(node.type)) return [];
  return nodeExpressions(node).flatMap((placed) => {
    const name = /^parent\.jobs\.([^.]+)\.outputs\./.exec(placed.expression.body)?.[1];
    return name === undefined ? [] : [{ ...placed, name }];
  });
}

/** Of a tangle of cycles a few are enough: who breaks them sees the rest. */
const maxSearches = 100;

/** One cycle for each group of nodes that wait for each other, beginning with its first node in the file. */
function findCycles(graph: PipelineGraph): string[][] {
  const next = new Map(
    [...graph.nodes].map(([name, node]) => [name, waitsFor(node).map((each) => each.name)]),
  );
  const stuck = neverReady(next);
  const done = new Set<string>();
  const cycles: string[][] = [];
  let searches = 0;
  for (const name of stuck) {
    if (done.has(name)) continue;
    searches += 1;
    if (searches > maxSearches) break;
    const cycle = shortestWay(name, next);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const each of cycle) done.add(each);
  }
  return cycles;
}

/** The nodes that are never ready to run, in the order of the file: those of cycles, and those that wait for them. */
function neverReady(next: ReadonlyMap<string, readonly string[]>): string[] {
  const waiters = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [name, targets] of next) {
    const known = targets.filter((target) => next.has(target));
    open.set(name, known.length);
    for (const target of known) {
      const waiting = waiters.get(target);
      if (waiting === undefined) waiters.set(target, [name]);
      else waiting.push(name);
    }
  }
  const ready = [...open].filter(([, count]) => count === 0).map(([name]) => name);
  for (const name of ready) {
    for (const waiter of waiters.get(name) ?? []) {
      const left = (open.get(waiter) ?? 0) - 1;
      open.set(waiter, left);
      if (left === 0) ready.push(waiter);
    }
  }
  return [...open].filter(([, count]) => count > 0).map(([name]) => name);
}

/** From a node back to itself, breadth first: without recursion, however long the chain. */
function shortestWay(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const before = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const each of next.get(name) ?? []) {
      if (each === start) return wayBack(name, start, before);
      if (before.has(each) || !next.has(each)) continue;
      before.set(each, name);
      queue.push(each);
    }
  }
  return undefined;
}

function wayBack(last: string, start: string, before: ReadonlyMap<string, string>): string[] {
  const way = [last];
  for (let name = last; name !== start;) {
    name = before.get(name) ?? start;
    way.unshift(name);
  }
  return way;
}
