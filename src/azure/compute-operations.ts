import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { describeRequest, readJson } from './arm-session.ts';
import type { ArmRequest, ArmSession } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { AzureMl, OperationOptions, OperationState } from './azure-ml.ts';
import { operationFrom, pollOperation, retryAfterMs } from './operation.ts';
import type { ComputeResource } from './wire/compute.ts';

export function computeOperations(session: ArmSession, pollIntervalMs?: number): Pick<AzureMl, 'computes'> {
  const path = (name: string): string => `computes/${encodeURIComponent(name)}`;
  const settle = (operation: OperationState, response: PipelineResponse, call: OperationOptions) => {
    call.onStarted?.(operation);
    const firstDelayMs = retryAfterMs(response);
    return pollOperation(session, operation, {
      ...call,
      ...(firstDelayMs === undefined ? {} : { firstDelayMs }),
      ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
    });
  };
  return {
    computes: {
      async get(name, call) {
        const request: ArmRequest = { method: 'GET', path: path(name), signal: call?.signal };
        const response = await session.send(request);
        if (response.status === 404) return undefined;
        if (response.status !== 200) throw responseError(response, describeRequest(request));
        return readJson(response, describeRequest(request)) as ComputeResource;
      },
      async put(name, body, call = {}) {
        const request: ArmRequest = { method: 'PUT', path: path(name), body, signal: call.signal };
        const description = describeRequest(request);
        const response = await session.sendExpecting(request, [200, 201, 202]);
        const operation = operationFrom(response, { method: 'PUT', url: response.request.url, description });
        if (operation === undefined) return readJson(response, description) as ComputeResource;
        return (await settle(operation, response, call)) as ComputeResource;
      },
      async delete(name, call = {}) {
        const request: ArmRequest = {
          method: 'DELETE',
          path: path(name),
          // Its machines go with it: `Detach` would leave them, and their bill.
          query: { underlyingResourceAction: 'Delete' },
          signal: call.signal,
        };
        const description = describeRequest(request);
        const response = await session.sendExpecting(request, [200, 202, 204, 404]);
        if (response.status === 204 || response.status === 404) return false;
        const operation = operationFrom(response, {
          method: 'DELETE',
          url: response.request.url,
          description,
        });
        if (operation !== undefined) await settle(operation, response, call);
        return true;
      },
    },
  };
}
