import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { resourceBody } from '../../../src/azure/resource-body.ts';
import type { OnlineEndpointResource } from '../../../src/azure/wire/online.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { HttpsService } from '../../helpers/https-service.ts';

let service: HttpsService;
let aml: AzureMl;

beforeAll(async () => {
  service = await startHttpsService();
  aml = await connectAzureMl({ kind: 'local', twin: service.twin });
});
afterAll(async () => {
  aml.close();
  await service[Symbol.asyncDispose]();
});

/** What 2.1.1 of the management client would drop, and what nobody knows yet. */
const written = {
  location: 'westeurope',
  tags: { team: 'vision' },
  kind: 'Managed',
  sku: { name: 'Default', capacity: 3, tier: 'Standard' },
  identity: { type: 'SystemAssigned' },
  zones: ['1'],
  properties: {
    authMode: 'Key',
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: { green: 5 },
    dataCollector: { collections: { model_inputs: { dataCollectionMode: 'Enabled' } }, samplingRate: 0.5 },
    startupProbe: { initialDelay: 'PT1S' },
    properties: { 'azureml.onlineendpointid': 'x' },
    somethingOfNextYear: { deep: [1, { deeper: null }] },
  },
};
const read = {
  ...written,
  id: '/subscriptions/s/e',
  name: 'e',
  type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints',
  systemData: { createdAt: '2024-01-01T00:00:00Z' },
  identity: { ...written.identity, principalId: 'p', tenantId: 't' },
  properties: {
    ...written.properties,
    provisioningState: 'Succeeded',
    scoringUri: 'https://s',
    swaggerUri: null,
  },
};

describe('read, modify, write', () => {
  it.each([
    ['an endpoint', '/onlineEndpoints/e', () => aml.onlineEndpoints.update('e', (current) => current)],
    ['a deployment', '/deployments/e', () => aml.onlineDeployments.update('x', 'e', (current) => current)],
  ])('writes back all of %s that was read, unknown members included', async (_what, path, update) => {
    service.on('GET', path, () => ({ body: read }));
    service.on('PUT', path, () => ({ status: 200, body: read }));
    await update();
    const put = service.requests.findLast((request) => request.method === 'PUT');
    expect(JSON.parse(put?.body ?? '')).toEqual(written);
  });

  it('changes only what is changed, whatever else is there', () => {
    const json = fc.dictionary(fc.stringMatching(/^x[a-zA-Z]{1,8}$/), fc.jsonValue(), { maxKeys: 6 });
    fc.assert(
      fc.property(json, json, (outer, inner) => {
        const current = {
          ...outer,
          id: 'i',
          name: 'n',
          type: 't',
          properties: { ...inner, authMode: 'Key', provisioningState: 'Succeeded' },
        } as OnlineEndpointResource;
        const body = resourceBody({ ...current, properties: { ...current.properties, traffic: { a: 100 } } });
        expect(body).toEqual({ ...outer, properties: { ...inner, authMode: 'Key', traffic: { a: 100 } } });
      }),
    );
  });
});
