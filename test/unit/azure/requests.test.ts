import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import { azureError } from '../../../src/azure/azure-error.ts';
import { assertLoopback, resolveLoopback } from '../../../src/azure/loopback-agent.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { HttpsService } from '../../helpers/https-service.ts';

let service: HttpsService;
let aml: AzureMl;

beforeEach(async () => {
  service = await startHttpsService();
  aml = await connectAzureMl(
    { kind: 'local', twin: service.twin },
    { retry: { maxRetries: 2, retryDelayInMs: 5, maxRetryDelayInMs: 10 } },
  );
});
afterEach(async () => {
  aml.close();
  await service[Symbol.asyncDispose]();
});

async function failure(run: Promise<unknown>): Promise<AmlDeitError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AmlDeitError);
  return error as AmlDeitError;
}

describe('requests', () => {
  it('carry a token of the twin, its api-version and our name', async () => {
    service.on('GET', '/onlineEndpoints/e', () => ({ body: { name: 'e' } }));
    await aml.onlineEndpoints.get('e');
    const [token, request] = service.requests;
    expect(token?.headers['x-identity-header']).toBe('secret-header');
    expect(request?.headers.authorization).toBe(`Bearer token-for-${service.endpoint}`);
    expect(request?.headers['user-agent']).toContain('aml-deit/');
    expect(request?.url.searchParams.get('api-version')).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(request?.path).toBe(
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/e',
    );
  });

  it('ask for one token and keep it', async () => {
    service.on('GET', '/onlineEndpoints/e', () => ({ body: { name: 'e' } }));
    await aml.onlineEndpoints.get('e');
    await aml.onlineEndpoints.get('e');
    expect(service.requests.filter((request) => request.path === '/msi/token')).toHaveLength(1);
  });

  it('wait for Retry-After and try again', async () => {
    service.on('GET', '/onlineEndpoints/e', (_request, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after-ms': '1' } } : { body: { name: 'e' } },
    );
    expect(await aml.onlineEndpoints.get('e')).toEqual({ name: 'e' });
  });

  it('read all pages of a list, and no page from elsewhere', async () => {
    service.on('GET', '/onlineEndpoints', (request) =>
      request.url.searchParams.has('page')
        ? { body: { value: [{ name: 'b' }] } }
        : { body: { value: [{ name: 'a' }], nextLink: `${service.endpoint}${request.path}?page=2` } },
    );
    expect((await aml.onlineEndpoints.list()).map(({ name }) => name)).toEqual(['a', 'b']);
    service.on('GET', '/onlineEndpoints', () => ({
      body: { value: [], nextLink: 'https://127.0.0.9/next' },
    }));
    expect((await failure(aml.onlineEndpoints.list())).message).toContain('127.0.0.9');
  });
});

describe('errors', () => {
  const error = {
    code: 'UserError',
    message: 'The specified resource was not found.',
    details: [{ code: 'ModelNotFound', message: 'Model container with name: X not found.' }],
    additionalInfo: [{ type: 'ComponentName', info: { value: 'managementfrontend' } }],
  };

  it.each([
    [400, 'AZURE_REQUEST_FAILED', 1],
    [401, 'AUTH_DENIED', 4],
    [403, 'AUTH_DENIED', 4],
    [409, 'AZURE_CONFLICT', 1],
    [412, 'AZURE_CONFLICT', 1],
  ])('of status %i keep the words, details and request id', async (status, code, exitCode) => {
    service.on('GET', '/onlineEndpoints', () => ({
      status,
      headers: { 'x-ms-request-id': 'req-1' },
      body: { error },
    }));
    const thrown = await failure(aml.onlineEndpoints.list());
    expect(thrown).toMatchObject({ code, exitCode });
    expect(thrown.message).toContain(
      'UserError: The specified resource was not found. (ModelNotFound: Model container with name: X not found.)',
    );
    expect(thrown.details).toEqual({ azure: { status, requestId: 'req-1', error } });
  });

  it('of the management client are the same ones', async () => {
    service.on('GET', '/workspaces/w', () => ({
      status: 403,
      headers: { 'x-ms-request-id': 'r' },
      body: { error },
    }));
    const thrown = await failure(aml.workspace.get());
    expect(thrown.code).toBe('AUTH_DENIED');
    expect(thrown.details).toEqual({ azure: { status: 403, requestId: 'r', error } });
  });

  it('are undefined or empty for a 404 where absence is an answer', async () => {
    expect(await aml.onlineEndpoints.get('e')).toBeUndefined();
    expect(await aml.onlineDeployments.list('e')).toEqual([]);
    expect(await aml.models.get('m', '1')).toBeUndefined();
    expect(await aml.models.list('m')).toEqual([]);
    expect(await aml.models.nextVersion('m')).toBe('1');
  });

  it('say when nobody answers', async () => {
    service.on('GET', '/onlineEndpoints', () => ({ drop: true }));
    const thrown = await failure(aml.onlineEndpoints.list());
    expect(thrown.code).toBe('AZURE_UNREACHABLE');
    expect(thrown.message).toContain('GET onlineEndpoints got no answer');
  });

  it('carry no secret, wherever the service puts one', async () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl';
    service.on('GET', '/onlineEndpoints', () => ({
      status: 400,
      body: {
        error: {
          code: 'Bad',
          message: `token ${jwt} at https://a.blob.core.windows.net/c?sv=1&sig=SECRETSIG%3D`,
          details: [{ code: 'D', message: 'Bearer abcdefghijklmnop', primaryKey: 'TOPSECRET' }],
        },
      },
    }));
    const thrown = await failure(aml.onlineEndpoints.list());
    const text = `${thrown.message} ${thrown.stack ?? ''} ${JSON.stringify(thrown.details)}`;
    for (const secret of [jwt, 'SECRETSIG', 'abcdefghijklmnop', 'TOPSECRET'])
      expect(text).not.toContain(secret);
  });

  it('name a missing credential', () => {
    const unavailable = Object.assign(
      new Error('EnvironmentCredential is unavailable.\nAzureCliCredential…'),
      {
        name: 'CredentialUnavailableError',
      },
    );
    const wrapped = azureError(unavailable, 'GET workspace') as AmlDeitError;
    expect(wrapped).toMatchObject({ code: 'AUTH_NO_CREDENTIAL', exitCode: 4 });
    expect(wrapped.hint).toContain('az login');
  });

  it('refuse a key-less endpoint', async () => {
    service.on('POST', '/listKeys', () => ({ body: { primaryKey: null, secondaryKey: null } }));
    const endpoint = { id: '', name: 'e', type: '', properties: { authMode: 'Key' as const } };
    expect((await failure(aml.onlineEndpoints.authorization(endpoint))).code).toBe('AUTH_DENIED');
  });
});

describe('authorization of scoring', () => {
  const endpoint = (authMode: 'Key' | 'AMLToken' | 'AADToken') => ({
    id: '',
    name: 'e',
    type: '',
    properties: { authMode },
  });

  it('is the key, the token, or the caller for Azure ML', async () => {
    service.on('POST', '/listKeys', () => ({ body: { primaryKey: 'k1', secondaryKey: 'k2' } }));
    service.on('POST', '/token', () => ({ body: { accessToken: 't1' } }));
    expect(await aml.onlineEndpoints.authorization(endpoint('Key'))).toBe('Bearer k1');
    expect(await aml.onlineEndpoints.authorization(endpoint('AMLToken'))).toBe('Bearer t1');
    expect(await aml.onlineEndpoints.authorization(endpoint('AADToken'))).toBe(
      'Bearer token-for-https://ml.azure.com',
    );
  });

  it('goes with a scoring request, and nothing else does', async () => {
    service.on('POST', '/score', (request) => ({
      status: 424,
      headers: { 'x-a': 'b' },
      body: { got: request.body },
    }));
    const scoringUri = `${service.endpoint}/online/e/score`;
    const answer = await aml.score({
      scoringUri,
      authorization: 'Bearer k1',
      deployment: 'blue',
      body: '{"a":1}',
    });
    expect(answer).toMatchObject({ status: 424, body: '{"got":"{\\"a\\":1}"}' });
    expect(answer.headers['x-a']).toBe('b');
    const request = service.requests.at(-1);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer k1',
      'azureml-model-deployment': 'blue',
    });
    await aml.score({ scoringUri, body: '{}' });
    expect(service.requests.at(-1)?.headers.authorization).toBeUndefined();
  });
});

describe('the way to the twin', () => {
  it('never leaves this machine', async () => {
    expect(() => assertLoopback('https://example.com/score')).toThrow('outside this machine');
    expect(() => assertLoopback('http://127.0.0.1/score')).toThrow('outside this machine');
    expect(() => assertLoopback('https://127.0.0.1.example.com/')).toThrow('outside this machine');
    assertLoopback('https://acct.blob.core.localhost:7443/c');
    await expect(async () =>
      aml.score({ scoringUri: 'https://example.com/score', body: '' }),
    ).rejects.toThrow('outside this machine');
  });

  it('resolves *.localhost without DNS', async () => {
    const resolved = await new Promise((resolve) => {
      resolveLoopback('acct.blob.core.localhost', { all: true }, (_error, addresses) => resolve(addresses));
    });
    expect(resolved).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});
