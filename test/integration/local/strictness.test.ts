import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import { requestArm, requestTwin, workspacePath } from '../../helpers/twin-request.ts';

interface Envelope {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: readonly { readonly code: string; readonly message: string }[];
  };
}

describe('what the twin refuses', () => {
  let twin: Twin;
  let model: string;
  let environmentId: string;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    const endpoint = await createEndpoint(twin, createAzureClient(twin), 'pets');
    ({ model, environmentId } = endpoint);
    await endpoint.deploy('blue', endpoint.body());
    await endpoint.setTraffic({ blue: 100 });
  });
  afterAll(() => twin.close());

  const endpointBody = (properties: object, rest: object = {}): object => ({
    location: 'local',
    ...rest,
    properties: { authMode: 'Key', ...properties },
  });
  const deploymentBody = (properties: object = {}, rest: object = {}): object => ({
    location: 'local',
    sku: { name: 'Default', capacity: 1 },
    ...rest,
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      model,
      environmentId,
      ...properties,
    },
  });

  const endpoint = '/onlineEndpoints/pets';
  const deployment = `${endpoint}/deployments/green`;
  const modelVersion = '/models/toy/versions/1';

  it.each<[string, string, string, () => object, number, RegExp]>([
    [
      'an unknown property',
      'PUT',
      endpoint,
      () => endpointBody({ colour: 'red' }),
      400,
      /properties\.colour is not a known property/,
    ],
    [
      'an unknown property at the root',
      'PUT',
      endpoint,
      () => endpointBody({}, { colour: 'red' }),
      400,
      /colour is not a known property/,
    ],
    [
      'a missing location',
      'PUT',
      endpoint,
      () => ({ properties: { authMode: 'Key' } }),
      400,
      /location is required/,
    ],
    [
      'a wrong type',
      'PUT',
      endpoint,
      () => endpointBody({ description: 7 }),
      400,
      /properties\.description is number, expected a string/,
    ],
    [
      'an unknown authentication mode',
      'PUT',
      endpoint,
      () => endpointBody({ authMode: 'Password' }),
      400,
      /one of Key, AMLToken, AADToken/,
    ],
    [
      'a name that is too short',
      'PUT',
      '/onlineEndpoints/ab',
      () => endpointBody({}),
      400,
      /name "ab" is invalid/,
    ],
    [
      'a name that ends in a dash',
      'PUT',
      '/onlineEndpoints/abc-',
      () => endpointBody({}),
      400,
      /name "abc-" is invalid/,
    ],
    [
      'a name of 33 characters',
      'PUT',
      `/onlineEndpoints/${'a'.repeat(33)}`,
      () => endpointBody({}),
      400,
      /is invalid/,
    ],
    [
      'traffic that sums to 90',
      'PUT',
      endpoint,
      () => endpointBody({ traffic: { blue: 90 } }),
      400,
      /sum to 90, expected 0 or 100/,
    ],
    [
      'traffic to an unknown deployment',
      'PUT',
      endpoint,
      () => endpointBody({ traffic: { teal: 100 } }),
      400,
      /"teal", which does not exist/,
    ],
    [
      'fractional traffic',
      'PUT',
      endpoint,
      () => endpointBody({ traffic: { blue: 99.5 } }),
      400,
      /traffic\.blue is number, expected an integer/,
    ],
    [
      'mirrored traffic above 50',
      'PUT',
      endpoint,
      () => endpointBody({ mirrorTraffic: { blue: 51 } }),
      400,
      /mirrorTraffic\.blue is 51/,
    ],
    [
      'anything but tags and identity in an endpoint PATCH',
      'PATCH',
      endpoint,
      () => ({ properties: { traffic: {} } }),
      400,
      /properties is not a known property/,
    ],
    [
      'an unknown model',
      'PUT',
      deployment,
      () => deploymentBody({ model: model.replace(/\/1$/, '/99') }),
      400,
      /versions\/99" was not found/,
    ],
    [
      'a model of another workspace',
      'PUT',
      deployment,
      () => deploymentBody({ model: model.replace('workspaces/twin', 'workspaces/other') }),
      400,
      /neither a model of this workspace/,
    ],
    [
      'a registry model that nobody imported',
      'PUT',
      deployment,
      () =>
        deploymentBody({
          model: 'azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15',
          environmentId: null,
        }),
      400,
      /was not found/,
    ],
    [
      'an unknown environment',
      'PUT',
      deployment,
      () => deploymentBody({ environmentId: `${environmentId}9` }),
      400,
      /was not found/,
    ],
    [
      'no environment for a custom model',
      'PUT',
      deployment,
      () => deploymentBody({ environmentId: null }),
      400,
      /environmentId is required/,
    ],
    [
      'a size that is not on the list',
      'PUT',
      deployment,
      () => deploymentBody({ instanceType: 'Standard_D4s_v3' }),
      400,
      /Standard_D4s_v3" is not supported/,
    ],
    [
      'no instances',
      'PUT',
      deployment,
      () => deploymentBody({}, { sku: { name: 'Default', capacity: 0 } }),
      400,
      /sku\.capacity is 0/,
    ],
    [
      '51 instances',
      'PUT',
      deployment,
      () => deploymentBody({}, { sku: { name: 'Default', capacity: 51 } }),
      400,
      /sku\.capacity is 51/,
    ],
    [
      'a missing capacity',
      'PUT',
      deployment,
      () => deploymentBody({}, { sku: { name: 'Default' } }),
      400,
      /sku\.capacity is required/,
    ],
    [
      'a timeout over 180 s',
      'PUT',
      deployment,
      () => deploymentBody({ requestSettings: { requestTimeout: 'PT181S' } }),
      400,
      /PT181S, expected at most 180000 ms/,
    ],
    [
      'a malformed duration',
      'PUT',
      deployment,
      () => deploymentBody({ requestSettings: { requestTimeout: '90s' } }),
      400,
      /"90s", expected an ISO 8601 duration/,
    ],
    [
      'a liveness success threshold of 2',
      'PUT',
      deployment,
      () => deploymentBody({ livenessProbe: { successThreshold: 2 } }),
      400,
      /successThreshold is 2/,
    ],
    [
      'target utilisation on a managed endpoint',
      'PUT',
      deployment,
      () => deploymentBody({ scaleSettings: { scaleType: 'TargetUtilization' } }),
      400,
      /scaleType is "TargetUtilization"/,
    ],
    [
      'a code asset',
      'PUT',
      deployment,
      () => deploymentBody({ codeConfiguration: { codeId: '/x', scoringScript: 'a.py' } }),
      400,
      /code asset "\/x" was not found/,
    ],
    [
      'a Kubernetes deployment',
      'PUT',
      deployment,
      () => deploymentBody({ endpointComputeType: 'Kubernetes' }),
      400,
      /expected one of Managed/,
    ],
    [
      'a deployment of an unknown endpoint',
      'PUT',
      '/onlineEndpoints/cats/deployments/blue',
      () => deploymentBody(),
      404,
      /not found/,
    ],
    [
      'deleting a deployment that takes traffic',
      'DELETE',
      `${endpoint}/deployments/blue`,
      () => ({}),
      400,
      /takes 100 % of the traffic/,
    ],
    [
      'another path for a model',
      'PUT',
      modelVersion,
      () => ({ properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/other' } }),
      400,
      /^Asset paths cannot be updated\.$/,
    ],
    [
      'a model outside the datastores',
      'PUT',
      '/models/new/versions/1',
      () => ({ properties: { modelUri: 'https://example.com/x' } }),
      400,
      /is not a path of a datastore/,
    ],
    [
      'a model in an unknown datastore',
      'PUT',
      '/models/new/versions/1',
      () => ({ properties: { modelUri: 'azureml://datastores/nope/paths/x' } }),
      400,
      /"nope" of the model path does not exist/,
    ],
    [
      'an environment with an image and a build',
      'PUT',
      '/environments/new/versions/1',
      () => ({ properties: { image: 'a:1', build: { contextUri: 'https://x/' } } }),
      400,
      /exactly one of image and build/,
    ],
    [
      'half an inference configuration',
      'PUT',
      '/environments/new/versions/1',
      () => ({ properties: { image: 'a:1', inferenceConfig: { livenessRoute: { path: '/', port: 1 } } } }),
      400,
      /readinessRoute is required/,
    ],
    [
      'a key type that is none',
      'POST',
      `${endpoint}/regenerateKeys`,
      () => ({ keyType: 'Tertiary' }),
      400,
      /one of Primary, Secondary/,
    ],
    ['a token of an endpoint with keys', 'POST', `${endpoint}/token`, () => ({}), 400, /not AMLToken/],
    [
      'a log of an unknown container',
      'POST',
      `${endpoint}/deployments/blue/getLogs`,
      () => ({ containerType: 'Sidecar' }),
      400,
      /one of InferenceServer, StorageInitializer/,
    ],
  ])('%s', async (_what, method, path, body, status, message) => {
    const answer = await requestArm(twin, path, { method, body: body() });
    const { error } = answer.json as unknown as Envelope;
    expect([answer.status, error.code]).toEqual([status, 'UserError']);
    const words = [error.message, ...(error.details ?? []).map((detail) => detail.message)];
    expect(words.filter((text) => message.test(text))).not.toEqual([]);
    expect(answer.headers['x-ms-response-type']).toBe('error');
  });

  it('leaves nothing behind of what it refused', async () => {
    const models = await requestArm(twin, '/models');
    expect((models.json['value'] as { name: string }[]).map((model) => model.name)).toEqual(['toy']);
    expect(twin.report().deployments.map((known) => known.deployment)).toEqual(['blue']);
  });

  it('answers for what it has not built with a code of its own, in the form of the service', async () => {
    const answer = await requestArm(twin, '/schedules/nightly', { method: 'PUT', body: {} });
    const { error } = answer.json as unknown as Envelope;
    expect([answer.status, error.code]).toEqual([501, 'NotBuiltInLocalTwin']);
    expect(error.message).toMatch(/A schedule is known to Azure ML/);
    expect(answer.headers['x-ms-failure-cause']).toBeUndefined();
  });

  it.each<[string, string, Record<string, string>, string | object, number, string]>([
    [
      'a body of another content type',
      endpoint,
      { 'content-type': 'text/plain' },
      '{}',
      415,
      'UnsupportedMediaType',
    ],
    ['a body over 4 MiB', endpoint, {}, `{"x":"${'x'.repeat(4 << 20)}"}`, 413, 'RequestContentTooLarge'],
    [
      'more than 50 tags',
      endpoint,
      {},
      {
        location: 'local',
        tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`tag${index}`, ''])),
        properties: { authMode: 'Key' },
      },
      400,
      'TooManyTags',
    ],
  ])('at the gateway: %s', async (_what, path, headers, body, status, code) => {
    const answer = await requestArm(twin, path, { method: 'PUT', headers, body });
    expect([answer.status, (answer.json as unknown as Envelope).error.code]).toEqual([status, code]);
    expect(answer.headers['x-ms-failure-cause']).toBe('gateway');
  });

  it.each<[string, () => [string, Record<string, string>], number, string]>([
    [
      'an unknown api-version',
      () => [workspacePath(twin, '').replace(/api-version=.*/, 'api-version=2023-13-01'), {}],
      400,
      'NoRegisteredProviderFound',
    ],
    [
      'no api-version',
      () => [workspacePath(twin, '').split('?')[0] ?? '', {}],
      400,
      'MissingApiVersionParameter',
    ],
    ['an unknown route', () => [workspacePath(twin, '/gadgets'), {}], 404, 'ResourceNotFound'],
    [
      'another workspace',
      () => [workspacePath(twin, '').replace('/twin?', '/other?'), {}],
      404,
      'ResourceNotFound',
    ],
    [
      'another resource group',
      () => [workspacePath(twin, '').replace('resourceGroups/local', 'resourceGroups/east'), {}],
      404,
      'ResourceGroupNotFound',
    ],
    [
      'another subscription',
      () => [workspacePath(twin, '').replace(twin.subscriptionId, 'other'), {}],
      404,
      'SubscriptionNotFound',
    ],
    ['no token', () => [workspacePath(twin, ''), { authorization: '' }], 401, 'AuthenticationFailed'],
    [
      'a forged token',
      () => [workspacePath(twin, ''), { authorization: `Bearer ${twin.token()}x` }],
      401,
      'InvalidAuthenticationToken',
    ],
    [
      'an expired token',
      () => [
        workspacePath(twin, ''),
        { authorization: `Bearer ${twin.token(undefined, { expiresInSeconds: -10 })}` },
      ],
      401,
      'ExpiredAuthenticationToken',
    ],
    [
      'a token for another audience',
      () => [workspacePath(twin, ''), { authorization: `Bearer ${twin.token('https://storage.azure.com')}` }],
      401,
      'InvalidAuthenticationTokenAudience',
    ],
    [
      'a token of another tenant',
      () => [
        workspacePath(twin, ''),
        { authorization: `Bearer ${twin.token(undefined, { tenantId: 'elsewhere' })}` },
      ],
      401,
      'InvalidAuthenticationTokenTenant',
    ],
  ])('at the gateway: %s', async (_what, make, status, code) => {
    const [url, headers] = make();
    const answer = await requestTwin(twin, url, {
      headers: { authorization: `Bearer ${twin.token()}`, ...headers },
    });
    expect([answer.status, (answer.json as unknown as Envelope).error.code]).toEqual([status, code]);
    expect(answer.headers['x-ms-failure-cause']).toBe('gateway');
  });

  it.each([
    ['not JSON', '{"location":'],
    ['no object', '[1]'],
  ])('a body that is %s', async (_what, body) => {
    const answer = await requestArm(twin, endpoint, { method: 'PUT', body });
    expect([answer.status, (answer.json as unknown as Envelope).error.code]).toEqual([
      400,
      'InvalidRequestContent',
    ]);
  });

  it('gives tokens only to who knows the header, and for audiences that it knows', async () => {
    const ask = (resource: string, header: string): Promise<number> =>
      requestTwin(twin, `/msi/token?api-version=2019-08-01&resource=${encodeURIComponent(resource)}`, {
        headers: { 'x-identity-header': header },
      }).then((answer) => answer.status);
    const { header } = twin.descriptor.identity;
    expect(await ask('https://management.azure.com', header)).toBe(200);
    expect(await ask('https://management.azure.com', 'guess')).toBe(401);
    expect(await ask('https://graph.microsoft.com', header)).toBe(400);
  });

  it('refuses a second operation on a deployment while one is under way', async () => {
    const slow = deploymentBody({
      environmentVariables: { NEVER_READY: '1' },
      readinessProbe: { initialDelay: 'PT1S', period: 'PT1S', failureThreshold: 1 },
    });
    const first = await requestArm(twin, deployment, { method: 'PUT', body: slow });
    expect(first.status).toBe(201);
    const second = await requestArm(twin, deployment, { method: 'PUT', body: slow });
    expect([second.status, (second.json as unknown as Envelope).error.code]).toEqual([409, 'Conflict']);
    const status = first.headers['azure-asyncoperation'];
    await expect
      .poll(
        async () =>
          (await requestTwin(twin, String(status), { headers: { authorization: `Bearer ${twin.token()}` } }))
            .json['status'],
      )
      .toBe('Failed');
  });

  it('sets traffic to zero when an endpoint is written without it, as the service does', async () => {
    const answer = await requestArm(twin, endpoint, { method: 'PUT', body: endpointBody({}) });
    expect(answer.status).toBe(200);
    expect((answer.json['properties'] as { traffic: object }).traffic).toEqual({});
  });
});
