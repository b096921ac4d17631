import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../../errors/index.ts';
import { authenticate } from '../http/authenticate.ts';
import { readJsonBody } from '../http/read-body.ts';
import { createRequestIds, responseHeaders } from '../http/response-headers.ts';
import { ServiceError, errorBody, notBuilt } from '../http/service-error.ts';
import { requestUrl } from '../http/request-url.ts';
import type { TwinServices } from '../services.ts';
import { checkApiVersion } from './api-versions.ts';
import { checkTags } from './check-tags.ts';
import type { ArmRequest, ArmResponse } from './handler.ts';
import { handlers } from './handlers.ts';
import { findNotBuilt } from './not-built.ts';
import { MlflowError, isMlflowPath, mlflowRefusal } from './mlflow/mlflow-error.ts';
import { matchRoute, routeOf } from './routes.ts';
import { checkScope } from './workspace/workspace.ts';

/** What does not begin so is the data plane: run history, data, registries, MLflow. */
const armPrefix = '/subscriptions/';

function surfaceOf(path: string): 'arm' | 'data-plane' {
  return path.toLowerCase().startsWith(armPrefix) ? 'arm' : 'data-plane';
}

/** `https://` and the loopback name that the client used, so that links lead back the way it came. */
export function baseUrlOf(incoming: IncomingMessage, services: TwinServices): string {
  const host = incoming.headers.host ?? '';
  return host === `localhost:${services.port()}` ? `https://${host}` : services.endpoint();
}

async function answer(incoming: IncomingMessage, services: TwinServices, url: URL): Promise<ArmResponse> {
  // A client may join its base URL and a path with two slashes.
  const path = url.pathname.replace(/\/{2,}/g, '/');
  const matched = matchRoute(incoming.method ?? 'GET', path);
  const [, , options = {}] = matched === undefined ? [] : routeOf(matched.operation);
  authenticate(incoming.headers.authorization, {
    identity: services.identity,
    port: services.port(),
    now: services.now(),
    surface: options.surface ?? surfaceOf(path),
  });
  if (matched === undefined && isMlflowPath(path))
    throw new MlflowError('ENDPOINT_NOT_FOUND', `No operation of MLflow matches ${incoming.method} ${path}`);
  const apiVersion = url.searchParams.get('api-version') ?? '';
  if (apiVersion === '' && options.apiVersion !== false)
    throw new ServiceError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
      { source: 'gateway' },
    );
  if (matched === undefined) {
    const what = findNotBuilt(incoming.method ?? 'GET', path);
    if (what !== undefined) throw notBuilt(what);
    throw new ServiceError(
      404,
      'ResourceNotFound',
      `No resource type of this service matches ${incoming.method} ${path}.`,
      { source: 'gateway' },
    );
  }
  if (options.apiVersion !== false)
    checkApiVersion(matched.operation, apiVersion, services.identity.location);
  const body = await readJsonBody(incoming);
  const request: ArmRequest = {
    parameters: matched.parameters,
    query: url.searchParams,
    headers: incoming.headers,
    apiVersion,
    body,
    baseUrl: baseUrlOf(incoming, services),
    url: `${path}${url.search}`,
  };
  checkScope(request, services);
  checkTags(body);
  return handlers[matched.operation](request, services);
}

/** One request of the control plane: (a fault's refusal instead, or) authenticate, api-version, route, scope, validate, handle, envelope. */
export async function handleArm(
  incoming: IncomingMessage,
  response: ServerResponse,
  services: TwinServices,
  fault?: ServiceError,
): Promise<void> {
  const startedAt = performance.now();
  const ids = createRequestIds(incoming.headers['x-ms-correlation-request-id'] as string | undefined);
  const url = requestUrl(incoming, services.endpoint());
  const speaksMlflow = isMlflowPath(url.pathname.replace(/\/{2,}/g, '/'));
  let source: 'service' | 'gateway' = 'service';
  let result: ArmResponse;
  try {
    if (fault !== undefined) throw fault;
    result = await answer(incoming, services, url);
  } catch (error) {
    const refusal =
      error instanceof ServiceError || error instanceof MlflowError
        ? error
        : new ServiceError(500, 'InternalServerError', 'The local twin failed while it handled the request.');
    if (refusal !== error)
      services.log(
        `${incoming.method} ${url.pathname} failed: ${error instanceof Error ? (error.stack ?? '') : errorMessage(error)}`,
      );
    if (refusal instanceof ServiceError) source = refusal.source;
    result = {
      status: refusal.status,
      body:
        speaksMlflow || refusal instanceof MlflowError
          ? mlflowRefusal(refusal)
          : {
              error: errorBody(refusal, {
                ...ids,
                location: services.identity.location,
                now: services.now(),
              }),
            },
      headers: {
        ...(refusal.status === 401
          ? {
              'www-authenticate': `Bearer authorization="${services.endpoint()}/${services.identity.tenantId}", error="invalid_token"`,
            }
          : {}),
        ...(refusal instanceof ServiceError ? refusal.headers : {}),
      },
    };
  }
  const headers = {
    ...responseHeaders({
      ...ids,
      method: incoming.method ?? 'GET',
      startedAt,
      source,
      status: result.status,
      surface: surfaceOf(url.pathname),
    }),
    ...result.headers,
  };
  send(response, result, headers);
  incoming.resume();
}

function send(response: ServerResponse, result: ArmResponse, headers: Record<string, string>): void {
  if (response.destroyed) return;
  if (result.body === undefined) {
    response.writeHead(
      result.status,
      result.status === 204 ? headers : { ...headers, 'content-length': '0' },
    );
    response.end();
    return;
  }
  const text = Buffer.from(JSON.stringify(result.body));
  response.writeHead(result.status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(text.length),
  });
  response.end(text);
}
