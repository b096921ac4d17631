import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';
import type { TwinAnswer, TwinRequest } from '../../helpers/twin-request.ts';

describe("the datastore's blobs, at their public host name", () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let account: string;
  let container: string;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    client = createAzureClient(twin);
    const datastore = await client.datastores.get(
      twin.resourceGroup,
      twin.workspaceName,
      'workspaceblobstore',
    );
    const properties = datastore.properties as { accountName: string; containerName: string };
    account = properties.accountName;
    container = properties.containerName;
  });
  afterAll(() => twin.close());

  const blob = (path: string, options: TwinRequest = {}): Promise<TwinAnswer> =>
    requestTwin(twin, `/${container}/${path}`, {
      ...options,
      headers: {
        host: `${account}.blob.${twin.descriptor.storageSuffix}`,
        'x-ms-version': '2026-10-06',
        'content-type': 'application/octet-stream',
        ...options.headers,
      },
    });
  const put = { method: 'PUT', body: 'content', headers: { 'x-ms-blob-type': 'BlockBlob' } };

  const sas = async (): Promise<string> => {
    const answer = await requestArm(twin, '/datastores/workspaceblobstore/listSecrets', {
      method: 'POST',
      body: { expirableSecret: true, expireAfterHours: 1 },
    });
    expect(answer.json['secretsType']).toBe('Sas');
    return String(answer.json['sasToken']);
  };

  it('take the SAS of listSecrets, for reading, writing and listing', async () => {
    const token = await sas();
    expect((await blob(`by-sas/x${token}`, put)).status).toBe(201);
    expect((await blob(`by-sas/x${token}`)).text).toBe('content');
    const list = await blob(`${token}&restype=container&comp=list&prefix=by-sas/`);
    expect(list.text).toContain('<Name>by-sas/x</Name>');
    expect((await blob(`by-sas/x${token.replace(/sig=[^&]{8}/, 'sig=AAAAAAAA')}`)).status).toBe(403);
  });

  it('take the account key', async () => {
    const { key = '' } = (await client.datastores.listSecrets(
      twin.resourceGroup,
      twin.workspaceName,
      'workspaceblobstore',
    )) as { key?: string };
    const date = new Date().toUTCString();
    const headers = { 'x-ms-date': date, 'x-ms-version': '2026-10-06' };
    const canonical = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const text = `GET\n\n\n\n\napplication/octet-stream\n\n\n\n\n\n\n${canonical.join('')}/${account}/${container}/none`;
    const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
    const answer = await blob('none', {
      headers: { ...headers, authorization: `SharedKey ${account}:${signature}` },
    });
    // Known to the account, and not there.
    expect(answer.status).toBe(404);
    const wrong = await blob('none', {
      headers: { ...headers, authorization: `SharedKey ${account}:AAAA${signature.slice(4)}` },
    });
    expect(wrong.status).toBe(403);
  });

  it('take tokens for storage, and no others', async () => {
    const bearer = (audience: string): Record<string, string> => ({
      authorization: `Bearer ${twin.token(audience)}`,
    });
    expect(
      (
        await blob('by-token', {
          ...put,
          headers: { ...put.headers, ...bearer('https://storage.azure.com') },
        })
      ).status,
    ).toBe(201);
    expect((await blob('by-token', { headers: bearer('https://storage.azure.com/') })).text).toBe('content');
    expect((await blob('by-token', { headers: bearer('https://management.azure.com') })).status).toBe(401);
    expect((await blob('by-token')).status).toBe(403);
  });

  it('survive a restart', async () => {
    const token = await sas();
    await blob(`kept${token}`, put);
    await twin.restart();
    expect((await blob(`kept${token}`)).text).toBe('content');
  });

  it('are waited for after Azurite was killed', async () => {
    const token = await sas();
    const { azuritePid } = twin.report();
    signalProcess(azuritePid, 'SIGKILL');
    await expect.poll(() => twin.report().azuritePid).not.toBe(azuritePid);
    expect((await blob(`again${token}`, put)).status).toBe(201);
    expect((await blob(`again${token}`)).text).toBe('content');
  });
});
