// Flows through Microsoft's client for Node, as a program of its own: what it knows of the twin stands in its
// environment. `node arm-machinelearning.ts RESULTS` writes `[{flow, error, seconds}]`.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import type { AzureBlobDatastore, OnlineDeployment, OnlineEndpoint } from '@azure/arm-machinelearning';
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';

const variable = (name: string): string => process.env[name] ?? '';
interface Cloud {
  readonly resourceManager: string;
  readonly suffixes: { readonly storage: string };
}
const answer = await fetch(variable('ARM_CLOUD_METADATA_URL'));
const [cloud] = (await answer.json()) as [Cloud];
const scope: [string, string] = [variable('AZURE_RESOURCE_GROUP'), variable('AZUREML_WORKSPACE_NAME')];
const client = new AzureMachineLearningWorkspaces(
  new DefaultAzureCredential(),
  variable('AZURE_SUBSCRIPTION_ID'),
  { endpoint: cloud.resourceManager },
);
const poll = { updateIntervalInMs: 100 };
const image = 'mcr.microsoft.com/azureml/curated/minimal:1';

const flows: [name: string, run: () => Promise<void>][] = [];
const flow = (name: string, run: () => Promise<void>): void => void flows.push([name, run]);

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
const names = async (pages: AsyncIterable<{ readonly name?: string }>): Promise<(string | undefined)[]> =>
  (await all(pages)).map(({ name }) => name);

async function refused(status: number, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: { statusCode?: number }) => {
    assert.equal(error.statusCode, status);
    return true;
  });
}

/** The container of the default datastore, opened with what the service gives for it. */
async function openDatastore(): Promise<ContainerClient> {
  const { properties } = await client.datastores.get(...scope, 'workspaceblobstore');
  const { accountName = '', containerName = '' } = properties as AzureBlobDatastore;
  const secrets = await client.datastores.listSecrets(...scope, 'workspaceblobstore');
  const account = `https://${accountName}.blob.${cloud.suffixes.storage}`;
  if (secrets.secretsType === 'Sas') {
    const { sasToken = '' } = secrets as { sasToken?: string };
    return new BlobServiceClient(`${account}?${sasToken.replace(/^\?/, '')}`).getContainerClient(
      containerName,
    );
  }
  const { key = '' } = secrets as { key?: string };
  return new BlobServiceClient(account, new StorageSharedKeyCredential(accountName, key)).getContainerClient(
    containerName,
  );
}

async function upload(folder: string, files: Readonly<Record<string, string>>): Promise<ContainerClient> {
  const container = await openDatastore();
  for (const [path, text] of Object.entries(files))
    await container.getBlockBlobClient(`${folder}/${path}`).upload(text, Buffer.byteLength(text));
  return container;
}

const inDatastore = (path: string): string => `azureml://datastores/workspaceblobstore/paths/${path}`;

flow('workspace: get', async () => {
  const workspace = await client.workspaces.get(...scope);
  assert.equal(workspace.name, scope[1]);
  assert.ok(workspace.location);
  assert.ok(workspace.discoveryUrl);
});
flow('workspace: list', async () => {
  assert.deepEqual(await names(client.workspaces.listByResourceGroup(scope[0])), [scope[1]]);
  assert.deepEqual(await names(client.workspaces.listBySubscription()), [scope[1]]);
});
flow('workspace: absent', () => refused(404, client.workspaces.get(scope[0], 'absent')));

flow('datastore: get, default, list', async () => {
  const listed = await names(client.datastores.list(...scope));
  assert.ok(listed.includes('workspaceblobstore') && listed.includes('workspaceartifactstore'));
  const [standard] = await all(client.datastores.list(...scope, { isDefault: true }));
  assert.equal(standard?.name, 'workspaceblobstore');
  assert.ok((await client.datastores.listSecrets(...scope, 'workspaceblobstore')).secretsType);
});
flow('datastore: own, with a key, a SAS and nothing', async () => {
  const { accountName, containerName } = (await client.datastores.get(...scope, 'workspaceblobstore'))
    .properties as AzureBlobDatastore;
  const { userStorageKey: key = '' } = await client.workspaces.listKeys(...scope);
  for (const [name, credentials] of [
    ['keyed', { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key } }],
    ['signed', { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: 'sig=x' } }],
    ['open', { credentialsType: 'None' }],
  ] as const) {
    const properties = { datastoreType: 'AzureBlob', accountName, containerName, credentials } as const;
    const made = await client.datastores.createOrUpdate(...scope, name, { properties });
    assert.equal(made.properties.credentials.credentialsType, credentials.credentialsType);
  }
  const secrets = await client.datastores.listSecrets(...scope, 'keyed');
  assert.deepEqual(secrets, { secretsType: 'AccountKey', key });
  assert.ok((await names(client.datastores.list(...scope))).includes('open'));
  for (const name of ['keyed', 'signed', 'open']) await client.datastores.delete(...scope, name);
  await refused(404, client.datastores.get(...scope, 'keyed'));
});
flow('connection: none', async () => {
  assert.deepEqual(await all(client.workspaceConnections.list(...scope)), []);
  await refused(404, client.workspaceConnections.get(...scope, 'absent'));
});
flow('datastore: absent', () => refused(404, client.datastores.get(...scope, 'absent')));

const model = {
  modelType: 'custom_model',
  modelUri: inDatastore('node/package'),
  tags: { kind: 'flow' },
};
flow('model: create from folder', async () => {
  await upload('node/package', { 'config.json': '{}', 'deep/weights.bin': '01'.repeat(5000) });
  const made = await client.modelVersions.createOrUpdate(...scope, 'node-tree', '1', { properties: model });
  assert.ok(made.id?.endsWith('/models/node-tree/versions/1'));
  assert.deepEqual(made.properties.tags, { kind: 'flow' });
});
flow('model: create again, nothing uploaded', async () => {
  const { properties } = await client.modelVersions.get(...scope, 'node-tree', '1');
  const again = await client.modelVersions.createOrUpdate(...scope, 'node-tree', '1', {
    properties: { ...properties, description: 'said otherwise' },
  });
  assert.equal(again.properties.description, 'said otherwise');
  assert.equal(again.properties.modelUri, properties.modelUri);
});
flow('model: create without a version', async () => {
  const { properties } = await client.modelContainers.get(...scope, 'node-tree');
  assert.equal(properties.nextVersion, '2');
  await client.modelVersions.createOrUpdate(...scope, 'node-tree', '2', { properties: model });
  assert.equal((await client.modelContainers.get(...scope, 'node-tree')).properties.nextVersion, '3');
});
flow('model: a version keeps its path', () =>
  refused(
    400,
    client.modelVersions.createOrUpdate(...scope, 'node-tree', '1', {
      properties: { ...model, modelUri: inDatastore('node/other') },
    }),
  ),
);
flow('model: create from file', async () => {
  await upload('node', { 'one.bin': 'x' });
  const properties = { ...model, modelUri: inDatastore('node/one.bin') };
  const made = await client.modelVersions.createOrUpdate(...scope, 'node-file', '1', { properties });
  assert.ok(made.properties.modelUri?.endsWith('/node/one.bin'));
});
flow('model: get, list, latest', async () => {
  assert.equal((await client.modelVersions.get(...scope, 'node-tree', '1')).name, '1');
  const listed = await names(client.modelVersions.list(...scope, 'node-tree'));
  assert.deepEqual(new Set(listed), new Set(['1', '2']));
  const newest = client.modelVersions.list(...scope, 'node-tree', { orderBy: 'createdtime desc', top: 1 });
  const [first] = await names(newest);
  assert.equal(first, '2');
  assert.ok((await names(client.modelContainers.list(...scope))).includes('node-tree'));
});
flow('model: absent version, absent name', async () => {
  await refused(404, client.modelVersions.get(...scope, 'node-tree', '9'));
  await refused(404, client.modelContainers.get(...scope, 'node-absent'));
});
flow('model: download', async () => {
  const { properties } = await client.modelVersions.get(...scope, 'node-tree', '1');
  const [, path = ''] = /\/paths\/(.*)$/.exec(properties.modelUri ?? '') ?? [];
  const container = await openDatastore();
  const found = await names(container.listBlobsFlat({ prefix: path }));
  assert.deepEqual(new Set(found), new Set([`${path}/config.json`, `${path}/deep/weights.bin`]));
  const bytes = await container.getBlobClient(`${path}/deep/weights.bin`).downloadToBuffer();
  assert.equal(bytes.toString(), '01'.repeat(5000));
});
flow('model: archive and restore a version', async () => {
  const { properties } = await client.modelVersions.get(...scope, 'node-tree', '1');
  const put = (isArchived: boolean): Promise<unknown> =>
    client.modelVersions.createOrUpdate(...scope, 'node-tree', '1', {
      properties: { ...properties, isArchived },
    });
  const listed = (listViewType: string): Promise<(string | undefined)[]> =>
    names(client.modelVersions.list(...scope, 'node-tree', { listViewType }));
  await put(true);
  assert.deepEqual(await listed('ActiveOnly'), ['2']);
  assert.deepEqual(await listed('ArchivedOnly'), ['1']);
  await put(false);
  assert.equal((await listed('ActiveOnly')).length, 2);
});
flow('model: archive and restore a container', async () => {
  const { properties } = await client.modelContainers.get(...scope, 'node-file');
  const put = (isArchived: boolean): Promise<unknown> =>
    client.modelContainers.createOrUpdate(...scope, 'node-file', {
      properties: { tags: properties.tags ?? {}, isArchived },
    });
  const isListed = async (): Promise<boolean> =>
    (await names(client.modelContainers.list(...scope, { listViewType: 'ActiveOnly' }))).includes(
      'node-file',
    );
  await put(true);
  assert.equal(await isListed(), false);
  await put(false);
  assert.equal(await isListed(), true);
});

const route = (path: string): { path: string; port: number } => ({ path, port: 5001 });
const inferenceConfig = {
  livenessRoute: route('/'),
  readinessRoute: route('/ready'),
  scoringRoute: route('/score'),
};
flow('environment: image', async () => {
  const made = await client.environmentVersions.createOrUpdate(...scope, 'node-plain', '1', {
    properties: { image, inferenceConfig, osType: 'Linux' },
  });
  assert.equal(made.properties.image, image);
  assert.equal(made.properties.inferenceConfig?.scoringRoute?.path, '/score');
  await refused(
    409,
    client.environmentVersions.createOrUpdate(...scope, 'node-plain', '1', {
      properties: { image: 'other:1' },
    }),
  );
  await client.environmentVersions.createOrUpdate(...scope, 'node-plain', '2', { properties: { image } });
});
flow('environment: image and conda file', async () => {
  const condaFile = 'name: flow\ndependencies: [python=3.11]\n';
  const made = await client.environmentVersions.createOrUpdate(...scope, 'node-conda', '1', {
    properties: { image, condaFile },
  });
  assert.equal(made.properties.condaFile, condaFile);
});
flow('environment: build context', async () => {
  const container = await upload('node/context', { Dockerfile: `FROM ${image}\n` });
  const contextUri = `${container.url.split('?')[0]}/node/context/`;
  const made = await client.environmentVersions.createOrUpdate(...scope, 'node-built', '1', {
    properties: { build: { contextUri, dockerfilePath: 'Dockerfile' } },
  });
  assert.equal(made.properties.build?.contextUri, contextUri);
});
flow('environment: get, list, latest, archive, restore', async () => {
  const newest = client.environmentVersions.list(...scope, 'node-plain', {
    orderBy: 'createdtime desc',
    top: 1,
  });
  const [first] = await names(newest);
  assert.equal(first, '2');
  const listed = await names(client.environmentContainers.list(...scope));
  assert.ok(listed.includes('node-plain') && listed.includes('node-built'));
  const { properties } = await client.environmentVersions.get(...scope, 'node-plain', '1');
  for (const isArchived of [true, false]) {
    await client.environmentVersions.createOrUpdate(...scope, 'node-plain', '1', {
      properties: { ...properties, isArchived },
    });
    const active = client.environmentVersions.list(...scope, 'node-plain', { listViewType: 'ActiveOnly' });
    assert.equal((await names(active)).includes('1'), !isArchived);
  }
  await refused(404, client.environmentVersions.get(...scope, 'node-plain', '9'));
});

flow('data: file', async () => {
  const made = await client.dataVersions.createOrUpdate(...scope, 'node-file', '1', {
    properties: { dataType: 'uri_file', dataUri: inDatastore('node/one.bin') },
  });
  assert.equal(made.properties.dataType, 'uri_file');
});
flow('data: folder', async () => {
  for (const version of ['1', '2']) {
    const made = await client.dataVersions.createOrUpdate(...scope, 'node-folder', version, {
      properties: { dataType: 'uri_folder', dataUri: inDatastore('node/package') },
    });
    assert.ok(made.properties.dataUri.endsWith('/node/package'));
  }
});
flow('data: table', async () => {
  const made = await client.dataVersions.createOrUpdate(...scope, 'node-table', '1', {
    properties: {
      dataType: 'mltable',
      dataUri: inDatastore('node/table'),
      referencedUris: ['./annotations.jsonl'],
    },
  });
  const read = await client.dataVersions.get(...scope, 'node-table', '1');
  assert.deepEqual((read.properties as { referencedUris?: string[] }).referencedUris, [
    './annotations.jsonl',
  ]);
  assert.equal(made.properties.dataType, 'mltable');
});
flow('data: get, list, latest, archive, restore', async () => {
  const newest = client.dataVersions.list(...scope, 'node-folder', { orderBy: 'createdtime desc', top: 1 });
  const [first] = await names(newest);
  assert.equal(first, '2');
  const { properties } = await client.dataContainers.get(...scope, 'node-file');
  for (const isArchived of [true, false]) {
    await client.dataContainers.createOrUpdate(...scope, 'node-file', {
      properties: { dataType: properties.dataType, isArchived },
    });
    const active = client.dataContainers.list(...scope, { listViewType: 'ActiveOnly' });
    assert.equal((await names(active)).includes('node-file'), !isArchived);
  }
  await refused(404, client.dataVersions.get(...scope, 'node-file', '9'));
});

let environmentId = '';
let codeId = '';
const componentSpec = (name: string, version: string): object => ({
  name,
  version,
  type: 'command',
  code: codeId,
  environment: environmentId,
  command: 'sh main.sh ${{inputs.rows}} ${{outputs.report}}',
  inputs: { rows: { type: 'uri_folder' } },
  outputs: { report: { type: 'uri_folder' } },
});
flow('component: command with code', async () => {
  const container = await upload('node/src', { 'main.sh': 'echo hello\n' });
  const code = await client.codeVersions.createOrUpdate(...scope, 'node-code', '1', {
    properties: { codeUri: `${container.url.split('?')[0]}/node/src` },
  });
  const environment = await client.environmentVersions.get(...scope, 'node-plain', '1');
  codeId = `azureml:${code.id}`;
  environmentId = `azureml:${environment.id}`;
  for (const version of ['1', '2']) {
    const made = await client.componentVersions.createOrUpdate(...scope, 'node_count', version, {
      properties: { componentSpec: componentSpec('node_count', version) as Record<string, unknown> },
    });
    assert.ok(made.id?.endsWith(`/components/node_count/versions/${version}`));
  }
});
flow('component: pipeline', async () => {
  const { id } = await client.componentVersions.get(...scope, 'node_count', '1');
  const made = await client.componentVersions.createOrUpdate(...scope, 'node_both', '1', {
    properties: {
      componentSpec: {
        name: 'node_both',
        version: '1',
        type: 'pipeline',
        inputs: { rows: { type: 'uri_folder' } },
        jobs: {
          count: {
            type: 'command',
            component: `azureml:${id}`,
            inputs: { rows: { value: '${{parent.inputs.rows}}', type: 'literal' } },
          },
        },
      },
    },
  });
  assert.equal(made.properties.componentSpec?.['type'], 'pipeline');
});
flow('component: anonymous', async () => {
  const version = 'b3d1f0a6-1111-4222-8333-944444444444';
  const made = await client.componentVersions.createOrUpdate(...scope, 'azureml_anonymous', version, {
    properties: {
      isAnonymous: true,
      componentSpec: componentSpec('azureml_anonymous', version) as Record<string, unknown>,
    },
  });
  assert.ok(made.id?.includes('/components/azureml_anonymous/versions/'));
});
flow('component: described anew, not changed', async () => {
  const { properties } = await client.componentVersions.get(...scope, 'node_count', '1');
  const put = (changes: object) =>
    client.componentVersions.createOrUpdate(...scope, 'node_count', '1', {
      properties: { ...properties, componentSpec: { ...properties.componentSpec, ...changes } },
    });
  const { properties: described } = await put({ description: 'said otherwise' });
  assert.equal((described.componentSpec as { description?: string }).description, 'said otherwise');
  await refused(400, put({ command: 'echo changed' }));
});
flow('component: get, list, latest, archive, restore', async () => {
  const newest = client.componentVersions.list(...scope, 'node_count', {
    orderBy: 'createdtime desc',
    top: 1,
  });
  const [first] = await names(newest);
  assert.equal(first, '2');
  assert.ok((await names(client.componentContainers.list(...scope))).includes('node_both'));
  const { properties } = await client.componentVersions.get(...scope, 'node_count', '1');
  for (const isArchived of [true, false]) {
    await client.componentVersions.createOrUpdate(...scope, 'node_count', '1', {
      properties: { ...properties, isArchived },
    });
    const active = client.componentVersions.list(...scope, 'node_count', { listViewType: 'ActiveOnly' });
    assert.equal((await names(active)).includes('1'), !isArchived);
  }
  await refused(404, client.componentVersions.get(...scope, 'node_count', '9'));
});

const cluster = (maxNodeCount: number, tags: Record<string, string>): object => ({
  location: 'local',
  tags,
  properties: {
    computeType: 'AmlCompute',
    properties: {
      vmSize: 'Standard_DS3_v2',
      scaleSettings: { minNodeCount: 0, maxNodeCount, nodeIdleTimeBeforeScaleDown: 'PT2M' },
    },
  },
});
flow('compute: create', async () => {
  const made = await client.computeOperations.beginCreateOrUpdateAndWait(
    ...scope,
    'node-cluster',
    cluster(2, { kind: 'flow' }),
    poll,
  );
  assert.equal(made.properties?.provisioningState, 'Succeeded');
});
flow('compute: get, list', async () => {
  const { properties } = await client.computeOperations.get(...scope, 'node-cluster');
  assert.equal(properties?.computeType, 'AmlCompute');
  assert.ok((await names(client.computeOperations.list(...scope))).includes('node-cluster'));
});
flow('compute: update', async () => {
  const scaleSettings = { minNodeCount: 0, maxNodeCount: 3, nodeIdleTimeBeforeScaleDown: 'PT2M' };
  const changed = await client.computeOperations.beginUpdateAndWait(
    ...scope,
    'node-cluster',
    { properties: { scaleSettings } },
    poll,
  );
  const { properties } = changed.properties as {
    properties?: { scaleSettings?: { maxNodeCount?: number } };
  };
  assert.equal(properties?.scaleSettings?.maxNodeCount, 3);
});
flow('compute: nodes', async () => {
  assert.deepEqual(await all(client.computeOperations.listNodes(...scope, 'node-cluster')), []);
});
flow('compute: sizes', async () => {
  const { value = [] } = await client.virtualMachineSizes.list('local');
  assert.ok(value.some(({ name }) => name?.toLowerCase() === 'standard_ds3_v2'));
});
flow('compute: usage', async () => {
  const usages = await all(client.usages.list('local'));
  assert.ok(usages.length > 0 && usages.every(({ limit }) => limit !== undefined));
  assert.ok((await all(client.quotas.list('local'))).length > 0);
});
flow('compute: a size that does not exist', async () => {
  await assert.rejects(
    client.computeOperations.beginCreateOrUpdateAndWait(
      ...scope,
      'wrong',
      {
        location: 'local',
        properties: { computeType: 'AmlCompute', properties: { vmSize: 'Standard_Nothing_v9' } },
      } as object,
      poll,
    ),
  );
});
flow('compute: delete, absent', async () => {
  await client.computeOperations.beginDeleteAndWait(...scope, 'node-cluster', 'Delete', poll);
  await refused(404, client.computeOperations.get(...scope, 'node-cluster'));
});

const endpoint = (more: object = {}, authMode = 'Key'): OnlineEndpoint => ({
  location: 'local',
  identity: { type: 'SystemAssigned' },
  properties: { authMode, ...more },
});
const putEndpoint = (name: string, body: OnlineEndpoint): Promise<OnlineEndpoint> =>
  client.onlineEndpoints.beginCreateOrUpdateAndWait(...scope, name, body, poll);
let ids = { model: '', environmentId: '' };
const deployment = (more: object = {}, capacity = 1): OnlineDeployment => ({
  location: 'local',
  sku: { name: 'Default', capacity },
  properties: { endpointComputeType: 'Managed', instanceType: 'Standard_DS3_v2', ...ids, ...more },
});
const deploy = (name: string, body: OnlineDeployment, to = 'node-pets'): Promise<OnlineDeployment> =>
  client.onlineDeployments.beginCreateOrUpdateAndWait(...scope, to, name, body, poll);

flow('online: what deployments need', async () => {
  const properties = { image: variable('FLOW_IMAGE'), inferenceConfig };
  const environment = await client.environmentVersions.createOrUpdate(...scope, 'node-scorer', '1', {
    properties,
  });
  const container = await openDatastore();
  const folder = variable('FLOW_PACKAGE');
  for (const file of readdirSync(folder))
    await container.getBlockBlobClient(`node/deit/${file}`).uploadFile(join(folder, file));
  const registered = await client.modelVersions.createOrUpdate(...scope, 'node-deit', '1', {
    properties: { modelType: 'custom_model', modelUri: inDatastore('node/deit') },
  });
  ids = { model: registered.id ?? '', environmentId: environment.id ?? '' };
});
flow('online: endpoint create, again, get, list', async () => {
  const made = await putEndpoint('node-pets', endpoint({ description: 'flow' }));
  assert.equal(made.properties.provisioningState, 'Succeeded');
  const again = await putEndpoint('node-pets', endpoint({ description: 'otherwise' }));
  assert.equal(again.properties.description, 'otherwise');
  assert.ok(
    (await client.onlineEndpoints.get(...scope, 'node-pets')).properties.scoringUri?.endsWith('/score'),
  );
  assert.ok((await names(client.onlineEndpoints.list(...scope))).includes('node-pets'));
  const patched = await client.onlineEndpoints.beginUpdateAndWait(
    ...scope,
    'node-pets',
    { tags: { kind: 'flow' } },
    poll,
  );
  assert.deepEqual(patched.tags, { kind: 'flow' });
  assert.deepEqual(await names(client.onlineEndpoints.list(...scope, { tags: 'nobody=has' })), []);
  assert.deepEqual(await names(client.onlineEndpoints.list(...scope, { name: 'absent', count: 1 })), []);
});
flow('online: deployment of an own package', async () => {
  const made = await deploy('blue', deployment({ environmentVariables: { LOG_LEVEL: 'info' } }));
  assert.equal(made.properties.provisioningState, 'Succeeded');
  assert.deepEqual(await names(client.onlineDeployments.list(...scope, 'node-pets')), ['blue']);
  assert.ok((await all(client.onlineDeployments.listSkus(...scope, 'node-pets', 'blue'))).length > 0);
});
flow('online: traffic', async () => {
  const made = await putEndpoint('node-pets', endpoint({ traffic: { blue: 100 } }));
  assert.deepEqual(made.properties.traffic, { blue: 100 });
  await refused(400, putEndpoint('node-pets', endpoint({ traffic: { blue: 50 } })));
});
flow('online: logs of both containers', async () => {
  for (const containerType of ['InferenceServer', 'StorageInitializer']) {
    const { content } = await client.onlineDeployments.getLogs(...scope, 'node-pets', 'blue', {
      tail: 10,
      containerType,
    });
    assert.ok(content);
  }
});
flow('online: keys, regenerate', async () => {
  const before = await client.onlineEndpoints.listKeys(...scope, 'node-pets');
  await client.onlineEndpoints.beginRegenerateKeysAndWait(
    ...scope,
    'node-pets',
    { keyType: 'Primary' },
    poll,
  );
  const after = await client.onlineEndpoints.listKeys(...scope, 'node-pets');
  assert.notEqual(after.primaryKey, before.primaryKey);
  assert.equal(after.secondaryKey, before.secondaryKey);
});
flow('online: scale', async () => {
  const made = await client.onlineDeployments.beginUpdateAndWait(
    ...scope,
    'node-pets',
    'blue',
    { sku: { name: 'Default', capacity: 2 } },
    poll,
  );
  assert.equal(made.sku?.capacity, 2);
});
flow('online: second deployment, traffic split', async () => {
  await deploy('green', deployment({ environmentVariables: { REVISION: '2' } }));
  const made = await putEndpoint('node-pets', endpoint({ traffic: { blue: 10, green: 90 } }));
  assert.deepEqual(made.properties.traffic, { blue: 10, green: 90 });
});
flow('online: live traffic is not deleted', () =>
  refused(400, client.onlineDeployments.beginDeleteAndWait(...scope, 'node-pets', 'green', poll)),
);
flow('online: tokens', async () => {
  await putEndpoint('node-tokens', endpoint({}, 'AMLToken'));
  const token = await client.onlineEndpoints.getToken(...scope, 'node-tokens');
  assert.ok(token.accessToken && (token.expiryTimeUtc ?? 0) > Date.now() / 1000);
});
flow('online: tokens of the caller', async () => {
  const made = await putEndpoint('node-callers', endpoint({}, 'AADToken'));
  assert.equal(made.properties.authMode, 'AADToken');
});
flow('online: an image that cannot be pulled', async () => {
  const nowhere = await client.environmentVersions.createOrUpdate(...scope, 'node-nowhere', '1', {
    properties: { image: 'registry.example/none:1', inferenceConfig },
  });
  await assert.rejects(deploy('broken', deployment({ environmentId: nowhere.id })));
  const { properties } = await client.onlineDeployments.get(...scope, 'node-pets', 'broken');
  assert.equal(properties.provisioningState, 'Failed');
});
flow('online: absent endpoint, deployment, environment', async () => {
  await refused(404, client.onlineEndpoints.get(...scope, 'node-absent'));
  await refused(404, client.onlineDeployments.get(...scope, 'node-pets', 'absent'));
  await refused(404, deploy('blue', deployment(), 'node-absent'));
  await refused(404, client.onlineEndpoints.listKeys(...scope, 'node-absent'));
});
flow('online: delete', async () => {
  await putEndpoint('node-pets', endpoint({ traffic: { blue: 100 } }));
  await client.onlineDeployments.beginDeleteAndWait(...scope, 'node-pets', 'green', poll);
  for (const name of ['node-pets', 'node-tokens', 'node-callers']) {
    await client.onlineEndpoints.beginDeleteAndWait(...scope, name, poll);
    await refused(404, client.onlineEndpoints.get(...scope, name));
  }
});

flow('batch: what deployments need', async () => {
  await upload('node/mlflow', { MLmodel: 'flavors: {}\n' });
  await client.modelVersions.createOrUpdate(...scope, 'node-mlflow', '1', {
    properties: { modelType: 'mlflow_model', modelUri: inDatastore('node/mlflow') },
  });
  await client.computeOperations.beginCreateOrUpdateAndWait(
    ...scope,
    'node-batch',
    cluster(1, { kind: 'flow' }),
    poll,
  );
});
flow('batch: endpoint create, again, get, list', async () => {
  const body = { location: 'local', properties: { authMode: 'AADToken', description: 'flow' } };
  await client.batchEndpoints.beginCreateOrUpdateAndWait(...scope, 'node-bulk', body, poll);
  await client.batchEndpoints.beginCreateOrUpdateAndWait(...scope, 'node-bulk', body, poll);
  assert.ok((await client.batchEndpoints.get(...scope, 'node-bulk')).properties.scoringUri);
  assert.ok((await names(client.batchEndpoints.list(...scope))).includes('node-bulk'));
});
flow('batch: model deployment', async () => {
  const { id: assetId = '' } = await client.modelVersions.get(...scope, 'node-mlflow', '1');
  const compute = await client.computeOperations.get(...scope, 'node-batch');
  const made = await client.batchDeployments.beginCreateOrUpdateAndWait(
    ...scope,
    'node-bulk',
    'files',
    {
      location: 'local',
      properties: {
        model: { referenceType: 'Id', assetId },
        ...(compute.id === undefined ? {} : { compute: compute.id }),
        resources: { instanceCount: 1 },
        miniBatchSize: 4,
        outputAction: 'AppendRow',
        retrySettings: { maxRetries: 2, timeout: 'PT1M' },
      },
    },
    poll,
  );
  assert.equal(made.properties.miniBatchSize, 4);
});
flow('batch: deployments list', async () => {
  assert.deepEqual(await names(client.batchDeployments.list(...scope, 'node-bulk')), ['files']);
});
flow('batch: default deployment', async () => {
  const { location, properties } = await client.batchEndpoints.get(...scope, 'node-bulk');
  const made = await client.batchEndpoints.beginCreateOrUpdateAndWait(
    ...scope,
    'node-bulk',
    { location, properties: { ...properties, defaults: { deploymentName: 'files' } } },
    poll,
  );
  assert.equal(made.properties.defaults?.deploymentName, 'files');
});
flow('batch: absent endpoint, absent deployment', async () => {
  await refused(404, client.batchEndpoints.get(...scope, 'node-absent'));
  await refused(404, client.batchDeployments.get(...scope, 'node-bulk', 'absent'));
});
flow('batch: delete', async () => {
  await client.batchEndpoints.beginDeleteAndWait(...scope, 'node-bulk', poll);
  await refused(404, client.batchEndpoints.get(...scope, 'node-bulk'));
});

const jobBody = (command: string): Parameters<typeof client.jobs.createOrUpdate>[3] => ({
  properties: {
    jobType: 'Command',
    command,
    environmentId: environmentId.replace(/^azureml:/, ''),
    experimentName: 'flows',
    displayName: 'from node',
    environmentVariables: { WORD: 'hello' },
  },
});
async function statusOf(name: string, wanted: string): Promise<string | undefined> {
  for (let tries = 0; tries < 1500; tries += 1) {
    const { properties } = await client.jobs.get(...scope, name);
    if (properties.status === wanted) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return (await client.jobs.get(...scope, name)).properties.status;
}
flow('jobs: values that an input cannot take', async () => {
  const inputs = {
    times: { type: 'integer', min: '1', max: '9' },
    word: { type: 'string', enum: ['a', 'b'] },
  };
  const spec = { name: 'node_checked', version: '1', type: 'command', inputs, environment: environmentId };
  const { id } = await client.componentVersions.createOrUpdate(...scope, 'node_checked', '1', {
    properties: { componentSpec: { ...spec, command: 'echo ${{inputs.times}} ${{inputs.word}}' } },
  });
  const submit = (name: string, times: string, word: string) => {
    const literal = (value: string): object => ({ job_input_type: 'literal', value });
    const once = { type: 'command', componentId: id, inputs: { times: literal(times), word: literal(word) } };
    return client.jobs.createOrUpdate(...scope, name, {
      properties: { jobType: 'Pipeline', jobs: { once } },
    });
  };
  await refused(400, submit('node_over', '10', 'a'));
  await refused(400, submit('node_type', 'many', 'a'));
  await refused(400, submit('node_word', '1', 'c'));
  await submit('node_checks', '9', 'b');
});
flow('jobs: a command that fails', async () => {
  await client.jobs.createOrUpdate(...scope, 'node_fails', jobBody('exit 3'));
  assert.equal(await statusOf('node_fails', 'Failed'), 'Failed');
});
flow('jobs: cancel', async () => {
  await client.jobs.createOrUpdate(...scope, 'node_waits', jobBody('sleep 600'));
  await client.jobs.beginCancelAndWait(...scope, 'node_waits', poll);
  assert.equal(await statusOf('node_waits', 'Canceled'), 'Canceled');
});
flow('jobs: list, change, archive, restore', async () => {
  const listed = await names(client.jobs.list(...scope));
  assert.ok(listed.includes('node_fails') && listed.includes('node_waits'));
});
flow('jobs: absent', () => refused(404, client.jobs.get(...scope, 'node_absent')));

const results = [];
for (const [name, run] of flows) {
  const started = performance.now();
  const error = await run().then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
  );
  results.push({ flow: name, error, seconds: (performance.now() - started) / 1000 });
}
writeFileSync(process.argv[2] ?? '', JSON.stringify(results));
process.exit(0);
