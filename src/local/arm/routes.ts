import { assetRoutes } from './assets/routes.ts';
import { batchRoutes } from './batch/routes.ts';
import { computeRoutes } from './compute/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { jobRoutes } from './jobs/routes.ts';
import { mlflowRoutes } from './mlflow/routes.ts';
import { onlineRoutes } from './online/routes.ts';
import { locationPathTemplate } from './paths.ts';
import { registryRoutes } from './registry/routes.ts';
import type { Route } from './route.ts';
import { workspaceRoutes } from './workspace/routes.ts';

/** Every operation that the twin knows, with its method and path. */
export const routes = {
  ...workspaceRoutes,
  ...assetRoutes,
  ...onlineRoutes,
  ...computeRoutes,
  ...batchRoutes,
  ...jobRoutes,
  ...historyRoutes,
  ...mlflowRoutes,
  ...registryRoutes,
  'operation.status': ['GET', `${locationPathTemplate}/mfeOperationsStatus/{operation}`],
  'operation.result': ['GET', `${locationPathTemplate}/mfeOperationResults/{operation}`],
} as const satisfies Record<string, Route>;

export type ArmOperation = keyof typeof routes;

export interface MatchedRoute {
  readonly operation: ArmOperation;
  readonly parameters: Readonly<Record<string, string>>;
}

interface CompiledRoute {
  readonly operation: ArmOperation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

function compile(operation: ArmOperation, path: string): CompiledRoute {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const source = path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '([^/]+)');
  // Azure compares the words of a path without case.
  return { operation, pattern: new RegExp(`^${source}/?$`, 'i'), names };
}

const keyOf = (method: string, path: string): string =>
  `${method} ${path.replace(/\/$/, '').split('/').length}`;

/** By method and number of segments: few patterns are left to try for each request. */
const compiled = Map.groupBy(Object.entries(routes) as [ArmOperation, Route][], ([, [method, path]]) =>
  keyOf(method, path),
);
const patterns = new Map(
  [...compiled].map(([key, entries]) => [
    key,
    entries.map(([operation, [, path]]) => compile(operation, path)),
  ]),
);

/** The operation that a request asks for; undefined when there is none. */
export function matchRoute(method: string, path: string): MatchedRoute | undefined {
  for (const { operation, pattern, names } of patterns.get(keyOf(method, path)) ?? []) {
    const match = pattern.exec(path);
    if (match === null) continue;
    try {
      const parameters = Object.fromEntries(
        names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
      );
      return { operation, parameters };
    } catch {
      return undefined; // a malformed escape is no resource of ours
    }
  }
  return undefined;
}

export function routeOf(operation: ArmOperation): Route {
  return routes[operation];
}
