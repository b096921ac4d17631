import { notFound } from '../http/service-error.ts';
import type { TwinServices } from '../services.ts';
import type { StoredOperation } from '../store/operations.ts';
import { parameter } from './handler.ts';
import type { ArmHandler, ArmRequest, ArmResponse } from './handler.ts';
import { locationPath } from './resource-ids.ts';
import { isoTime } from './system-data.ts';

/** Local work ends in milliseconds to seconds: clients that know the header need not wait their usual five or thirty. */
const pollAgainMs = '200';

function operationUrl(
  request: ArmRequest,
  services: TwinServices,
  collection: 'mfeOperationsStatus' | 'mfeOperationResults',
  id: string,
): string {
  const query = new URLSearchParams({ 'api-version': request.apiVersion });
  return `${request.baseUrl}${locationPath(services.identity, `${collection}/${id}`)}?${query.toString()}`;
}

export function statusUrl(request: ArmRequest, services: TwinServices, id: string): string {
  return operationUrl(request, services, 'mfeOperationsStatus', id);
}

/**
 * The headers with which the service accepts a long-running operation. `Location` is the resource for writes, and the
 * operation's result for deletes and actions.
 */
export function acceptedHeaders(
  request: ArmRequest,
  services: TwinServices,
  id: string,
  location: 'resource' | 'result',
): Record<string, string> {
  return {
    'azure-asyncoperation': statusUrl(request, services, id),
    location:
      location === 'resource'
        ? `${request.baseUrl}${request.url}`
        : operationUrl(request, services, 'mfeOperationResults', id),
    'x-ms-async-operation-timeout': 'PT30M',
    'retry-after-ms': pollAgainMs,
  };
}

/** The headers of an operation that has a result and no status document: the canceling of a job, a deletion of one. */
export function resultHeaders(
  request: ArmRequest,
  services: TwinServices,
  id: string,
): Record<string, string> {
  return {
    location: operationUrl(request, services, 'mfeOperationResults', id),
    'retry-after-ms': pollAgainMs,
  };
}

function requireOperation(request: ArmRequest, services: TwinServices): StoredOperation {
  const id = parameter(request, 'operation');
  const operation = services.operations.get(id);
  if (operation === undefined) throw notFound(`Operation ${id} not found.`, 'OperationNotFound');
  return operation;
}

function statusDocument(services: TwinServices, operation: StoredOperation): object {
  return {
    id: locationPath(services.identity, `mfeOperationsStatus/${operation.id}`),
    name: operation.id,
    status: operation.status,
    startTime: isoTime(operation.startedAt),
    // The service's own way to say "not yet".
    endTime: operation.endedAt === undefined ? '0001-01-01T00:00:00' : isoTime(operation.endedAt),
    percentComplete: operation.endedAt === undefined ? 0 : 100,
    ...(operation.error === undefined ? {} : { error: operation.error }),
  };
}

function resultOf(request: ArmRequest, services: TwinServices, operation: StoredOperation): ArmResponse {
  switch (operation.status) {
    case 'Updating':
      return {
        status: 202,
        body: {},
        headers: {
          location: operationUrl(request, services, 'mfeOperationResults', operation.id),
          'retry-after-ms': pollAgainMs,
        },
      };
    case 'Succeeded':
      return { status: 200 };
    case 'Failed':
    case 'Canceled':
      break;
  }
  return { status: 400, body: { error: operation.error } };
}

export const operationHandlers = {
  'operation.status': (request, services) => {
    const operation = requireOperation(request, services);
    const headers = operation.endedAt === undefined ? { 'retry-after-ms': pollAgainMs } : {};
    return { status: 200, body: statusDocument(services, operation), headers };
  },
  'operation.result': (request, services) => resultOf(request, services, requireOperation(request, services)),
} as const satisfies Record<string, ArmHandler>;
