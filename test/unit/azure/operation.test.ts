import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AzureMl, OperationProgress, OperationState } from '../../../src/azure/index.ts';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { OnlineDeploymentBody } from '../../../src/azure/wire/online.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { Answer, HttpsService } from '../../helpers/https-service.ts';

const body: OnlineDeploymentBody = {
  location: 'westeurope',
  sku: { name: 'Default', capacity: 1 },
  properties: { endpointComputeType: 'Managed' },
};
const resource = { id: '/x/blue', name: 'blue', type: 't', properties: { provisioningState: 'Succeeded' } };
const statusPath = '/mfeOperationsStatus/od:1';

let service: HttpsService;
let aml: AzureMl;

beforeEach(async () => {
  service = await startHttpsService();
  aml = await connectAzureMl(
    { kind: 'local', twin: service.twin },
    { pollIntervalMs: 5, retry: { maxRetries: 2, retryDelayInMs: 5, maxRetryDelayInMs: 10 } },
  );
  service.on('PUT', '/deployments/blue', () => ({
    status: 201,
    headers: {
      'azure-asyncoperation': `${service.endpoint}/subscriptions/s${statusPath}?api-version=1`,
      location: `${service.endpoint}/not/to/be/polled`,
    },
    body: { ...resource, properties: { provisioningState: 'Creating' } },
  }));
  service.on('GET', '/deployments/blue', () => ({ body: resource }));
});

afterEach(async () => {
  aml.close();
  await service[Symbol.asyncDispose]();
});

const put = (options: Parameters<AzureMl['onlineDeployments']['put']>[3] = {}) =>
  aml.onlineDeployments.put('deit', 'blue', body, options);

/** The status document, answer by answer; the last one stays. */
function statuses(...answers: readonly Answer[]): void {
  service.on('GET', statusPath, (_request, count) => answers[Math.min(count, answers.length) - 1] ?? {});
}

async function failure(run: Promise<unknown>): Promise<AmlDeitError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AmlDeitError);
  return error as AmlDeitError;
}

const polls = (): number => service.requests.filter((request) => request.path.endsWith(statusPath)).length;

describe('a long-running operation', () => {
  it('is polled until it succeeds, then the resource is read', async () => {
    statuses(
      { body: { status: 'Updating' } },
      { body: { status: 'SomethingNew' } },
      { body: { status: 'Succeeded' } },
    );
    const seen: OperationProgress[] = [];
    expect(await put({ onProgress: (progress) => seen.push(progress) })).toEqual(resource);
    expect(seen.map((progress) => progress.status)).toEqual(['Updating', 'SomethingNew', 'Succeeded']);
    expect(service.requests.map((request) => request.path)).not.toContain('/not/to/be/polled');
    expect(service.requests.at(-1)?.path).toMatch(/deployments\/blue$/);
  });

  it('waits as long as the service asks: retry-after-ms before Retry-After', async () => {
    statuses(
      { body: { status: 'Updating' }, headers: { 'retry-after': '60', 'retry-after-ms': '1' } },
      { body: { status: 'Succeeded' } },
    );
    await put();
    expect(polls()).toBe(2);
  });

  it('keeps details and additionalInfo of a failure', async () => {
    const error = {
      code: 'UserError',
      message: 'The container is not ready.',
      details: [
        { code: 'ResourceNotReady', message: 'Liveness probe failed.', details: [], additionalInfo: [] },
      ],
      additionalInfo: [{ type: 'Correlation', info: { value: { request: 'abc' } } }],
    };
    statuses({ body: { status: 'Failed', error }, headers: { 'x-ms-request-id': 'req-7' } });
    const thrown = await failure(put());
    expect(thrown.code).toBe('OPERATION_FAILED');
    expect(thrown.message).toContain(
      'UserError: The container is not ready. (ResourceNotReady: Liveness probe failed.)',
    );
    expect(thrown.details).toMatchObject({ azure: { error, requestId: 'req-7' }, status: 'Failed' });
  });

  it('says so when a failure comes without an error', async () => {
    statuses({ body: { status: 'Canceled' } });
    const thrown = await failure(put());
    expect(thrown.message).toContain('ended as Canceled, and the service does not say why');
  });

  it('survives 429, 5xx and dropped connections between the polls', async () => {
    statuses(
      {
        status: 429,
        headers: { 'retry-after-ms': '1' },
        body: { error: { code: 'TooManyRequests', message: 'slow' } },
      },
      { status: 503 },
      { drop: true },
      { status: 500, body: { error: { code: 'InternalServerError', message: 'oops' } } },
      { body: { status: 'Updating' } },
      { drop: true },
      { body: { status: 'Succeeded' } },
    );
    expect(await put()).toEqual(resource);
  });

  it('gives up when the service stays away, and can be resumed', async () => {
    statuses({ drop: true });
    const thrown = await failure(put());
    expect(thrown.code).toBe('AZURE_UNREACHABLE');
    const state = JSON.parse(JSON.stringify(thrown.details?.['operation'])) as OperationState;
    statuses({ body: { status: 'Succeeded' } });
    const puts = service.requests.filter((request) => request.method === 'PUT').length;
    expect(await aml.operations.resume(state)).toEqual(resource);
    expect(service.requests.filter((request) => request.method === 'PUT')).toHaveLength(puts);
  });

  it('ends with OPERATION_TIMED_OUT while it is stuck, and can be resumed', async () => {
    statuses({ body: { status: 'Updating' } });
    let started: OperationState | undefined;
    const thrown = await failure(put({ timeoutMs: 60, onStarted: (operation) => (started = operation) }));
    expect(thrown.code).toBe('OPERATION_TIMED_OUT');
    expect(thrown.exitCode).toBe(5);
    expect(thrown.details?.['operation']).toEqual(started);
  });

  it('stops at once when it is interrupted', async () => {
    const controller = new AbortController();
    statuses({ body: { status: 'Updating' }, headers: { 'retry-after': '30' } });
    const thrown = await failure(put({ signal: controller.signal, onProgress: () => controller.abort() }));
    expect(thrown.code).toBe('INTERRUPTED');
  });

  it('asks the resource when the status document has been forgotten', async () => {
    statuses({ status: 404, body: { error: { code: 'NotFound', message: 'gone' } } });
    expect(await put()).toEqual(resource);
  });

  it('refuses a status document without a status', async () => {
    statuses({ body: { name: 'x' } });
    expect((await failure(put())).message).toContain('without a status word');
  });

  it('does not follow a status URL to another host', async () => {
    service.on('PUT', '/deployments/blue', () => ({
      status: 201,
      headers: { 'azure-asyncoperation': 'https://127.0.0.9:1/steal' },
      body: resource,
    }));
    expect((await failure(put())).message).toContain('which is not');
  });

  it('polls the resource where there is no status URL', async () => {
    service.on('PUT', '/deployments/blue', () => ({
      status: 201,
      body: { ...resource, properties: { provisioningState: 'Creating' } },
    }));
    service.on('GET', '/deployments/blue', (_request, count) => ({
      body: { ...resource, properties: { provisioningState: count < 3 ? 'Updating' : 'Succeeded' } },
    }));
    expect(await put()).toEqual(resource);
  });

  it('is finished at once where the answer says so', async () => {
    service.on('PUT', '/deployments/blue', () => ({ status: 200, body: resource }));
    expect(await put()).toEqual(resource);
    expect(polls()).toBe(0);
  });
});

describe('a deletion', () => {
  it('waits for its operation', async () => {
    service.on('DELETE', '/deployments/blue', () => ({
      status: 202,
      headers: { 'azure-asyncoperation': `${service.endpoint}/subscriptions/s${statusPath}?api-version=1` },
      body: null,
    }));
    statuses({ body: { status: 'Deleting' } }, { body: { status: 'Succeeded' } });
    expect(await aml.onlineDeployments.delete('deit', 'blue')).toBe(true);
  });

  it('follows a Location until it is no longer 202', async () => {
    service.on('DELETE', '/deployments/blue', () => ({
      status: 202,
      headers: { location: `${service.endpoint}/subscriptions/s/results/1` },
    }));
    service.on('GET', '/results/1', (_request, count) =>
      count < 3 ? { status: 202, body: {} } : { status: 200 },
    );
    expect(await aml.onlineDeployments.delete('deit', 'blue')).toBe(true);
  });

  it.each([204, 404])('says that there was nothing for %s', async (status) => {
    service.on('DELETE', '/deployments/blue', () => ({ status }));
    expect(await aml.onlineDeployments.delete('deit', 'blue')).toBe(false);
  });
});

describe('waitUntilSettled', () => {
  it('goes on with the operation that somebody else started', async () => {
    service.on('GET', '/deployments/blue', (_request, count) => ({
      body:
        count === 1
          ? {
              ...resource,
              properties: {
                provisioningState: 'Updating',
                properties: {
                  AzureAsyncOperationUri: `${service.endpoint}/subscriptions/s${statusPath}?api-version=1`,
                },
              },
            }
          : resource,
    }));
    statuses({ body: { status: 'Updating' } }, { body: { status: 'Succeeded' } });
    expect(await aml.onlineDeployments.waitUntilSettled('deit', 'blue')).toEqual(resource);
    expect(polls()).toBe(2);
  });

  it('is undefined for what is gone', async () => {
    service.on('GET', '/deployments/blue', () => ({ status: 404 }));
    expect(await aml.onlineDeployments.waitUntilSettled('deit', 'blue')).toBeUndefined();
  });
});
