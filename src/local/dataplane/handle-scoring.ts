import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceError } from '../http/service-error.ts';
import { requestUrl } from '../http/request-url.ts';
import type { TwinServices } from '../services.ts';
import { scoringAuthFault } from './authorize-scoring.ts';
import { chooseByWeight } from './choose-deployment.ts';
import { containerHeaders, forward } from './forward.ts';
import { chooseMirror } from './mirror.ts';
import { replyPlatformError } from './reply.ts';

const pathPattern = /^\/online\/([^/]+)\/(score|swagger\.json)\/?$/;
/** Azure documents no limit of its own; this one keeps a laptop alive. */
const maxBodyBytes = 64 * 1024 * 1024;

export function isScoringPath(path: string): boolean {
  return path.startsWith('/online/');
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The data plane of an online endpoint: authenticate, choose the deployment, choose the instance, relay. */
export async function handleScoring(
  incoming: IncomingMessage,
  response: ServerResponse,
  services: TwinServices,
  injected?: ServiceError,
): Promise<void> {
  const requestId = randomUUID();
  const headers: Record<string, string> = { 'x-request-id': requestId };
  const refuse = (status: number, code: string, message: string): void => {
    replyPlatformError(response, status, code, message, headers);
    incoming.resume();
  };
  if (injected !== undefined) {
    Object.assign(headers, injected.headers);
    return refuse(injected.status, injected.code, injected.message);
  }
  const url = requestUrl(incoming, services.endpoint());
  const [, endpointName = '', resource = ''] = pathPattern.exec(url.pathname) ?? [];
  const endpoint = services.tables.endpoints.get('', endpointName.toLowerCase())?.body;
  if (endpoint === undefined || !endpoint.createdOnce)
    return refuse(404, 'EndpointNotFound', `No online endpoint serves ${url.pathname}.`);
  const fault = scoringAuthFault(incoming.headers.authorization, endpoint, services);
  if (fault !== undefined) return refuse(401, fault.code, fault.message);

  const key = endpoint.name.toLowerCase();
  const named = header(incoming, 'azureml-model-deployment')?.toLowerCase();
  const chosen = named ?? chooseByWeight(endpoint.traffic, Math.random());
  if (chosen === undefined)
    return refuse(404, 'NoDeploymentWithTraffic', `No deployment of ${endpoint.name} takes traffic.`);
  const deployment = services.tables.deployments.get(key, chosen)?.body;
  if (deployment === undefined)
    return refuse(404, 'DeploymentNotFound', `The endpoint ${endpoint.name} has no deployment ${chosen}.`);
  headers['azureml-model-deployment'] = deployment.name;

  const method = incoming.method ?? 'GET';
  const allowed = resource === 'score' ? ['POST', 'GET', 'OPTIONS'] : ['GET'];
  if (!allowed.includes(method)) return refuse(405, 'MethodNotAllowed', `${method} is not allowed here.`);
  const length = Number(incoming.headers['content-length'] ?? 0);
  if (length > maxBodyBytes)
    return refuse(413, 'RequestTooLarge', `The request body exceeds ${maxBodyBytes} bytes.`);
  const group = services.runtime.group(key, chosen);
  if (group === undefined)
    return refuse(503, 'ServiceUnavailable', `No instance of the deployment ${deployment.name} is running.`);
  const path = resource === 'score' ? services.runtime.routes(group.spec).scoringRoute.path : '/swagger.json';
  // As on Azure: what asks for a deployment by name is not part of the traffic that is mirrored.
  const mirrored =
    named === undefined && method === 'POST'
      ? chooseMirror(endpoint.mirrorTraffic, Math.random())
      : undefined;
  const mirrorGroup = mirrored === undefined ? undefined : services.runtime.group(key, mirrored);
  return forward({
    ...(mirrorGroup === undefined
      ? {}
      : {
          copy: services.mirror.copy({
            group: mirrorGroup,
            method,
            path: `${services.runtime.routes(mirrorGroup.spec).scoringRoute.path}${url.search}`,
            headers: containerHeaders(incoming, requestId),
          }),
        }),
    incoming,
    response,
    group,
    path: `${path}${url.search}`,
    headers,
    requestTimeoutMs: group.spec.requestTimeoutMs,
    maxBodyBytes,
  });
}
