import { matchRoute } from '../arm/routes.ts';
import { isBlobHost } from '../storage/blob-proxy.ts';
import type { FaultEvent } from './fault-rule.ts';

/** Names of what lies outside the control plane's routes. */
export const openOperations = [
  'blob.get',
  'blob.head',
  'blob.put',
  'blob.post',
  'blob.delete',
  'online.invoke',
  'mlflow.artifact',
  'token',
  'cloudMetadata',
  'discovery',
  'registry.discovery',
  'image.registry',
  'unknown',
] as const;

const openPaths: readonly (readonly [RegExp, (typeof openOperations)[number]])[] = [
  [/^\/online\//, 'online.invoke'],
  [/^\/mlflow\/.*\/mlflow-artifacts\/artifacts\/./i, 'mlflow.artifact'],
  [/^\/(?:v2(?:\/|$)|oauth2\/(?:exchange|token)$)/, 'image.registry'],
  [/^\/msi\/token\/?$/, 'token'],
  [/^\/metadata\/endpoints\/?$/, 'cloudMetadata'],
  [/^\/discovery\/?$/, 'discovery'],
  [/^\/registrymanagement\/v1\.0\/registries\/[^/]+\/discovery\/?$/i, 'registry.discovery'],
];

/** What a request asks for, in the words that fault rules use. */
export function requestEvent(request: {
  readonly method: string;
  readonly host: string | undefined;
  readonly path: string;
}): FaultEvent {
  const { method } = request;
  if (isBlobHost(request.host))
    return { operation: `blob.${method.toLowerCase()}`, method, path: request.path };
  const path = request.path.replace(/\/{2,}/g, '/');
  const open = openPaths.find(([pattern]) => pattern.test(path))?.[1];
  return { operation: open ?? matchRoute(method, path)?.operation ?? 'unknown', method, path };
}
