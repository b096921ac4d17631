import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { scoringImageName } from '../../src/io/index.ts';
import type { Twin } from '../../src/testing.ts';
import { requestTwin } from './twin-request.ts';

/** Puts a file's bytes into the twin's blob store over its public host name, with a SAS from listSecrets. */
export async function putBlob(
  twin: Twin,
  client: AzureMachineLearningWorkspaces,
  path: string,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { resourceGroup, workspaceName } = twin;
  const datastore = await client.datastores.get(resourceGroup, workspaceName, 'workspaceblobstore');
  const properties = datastore.properties as { accountName: string; containerName: string };
  const secrets = (await client.datastores.listSecrets(
    resourceGroup,
    workspaceName,
    'workspaceblobstore',
  )) as {
    key?: string;
  };
  if (secrets.key === undefined) throw new Error('expected an account key');
  // No DNS: the connection goes to loopback, the Host header says which account is meant.
  const answer = await requestTwin(twin, `${twin.endpoint}/${properties.containerName}/${path}`, {
    method: 'PUT',
    body: content,
    headers: {
      host: `${properties.accountName}.blob.${twin.descriptor.storageSuffix}`,
      authorization: `Bearer ${twin.token('https://storage.azure.com')}`,
      'x-ms-version': '2021-12-02',
      'x-ms-blob-type': 'BlockBlob',
      'content-type': 'application/octet-stream',
      ...headers,
    },
  });
  if (answer.status !== 201) throw new Error(`blob ${path}: ${answer.status} ${answer.text}`);
}

/** A registered model with the files of a folder, and its ARM id. */
export async function registerFolder(
  twin: Twin,
  client: AzureMachineLearningWorkspaces,
  directory: string,
  name: string,
): Promise<string> {
  for (const file of readdirSync(directory))
    await putBlob(twin, client, `LocalUpload/${name}/package/${file}`, readFileSync(join(directory, file)));
  const modelUri = `azureml://datastores/workspaceblobstore/paths/LocalUpload/${name}/package`;
  const { id = '' } = await client.modelVersions.createOrUpdate(
    twin.resourceGroup,
    twin.workspaceName,
    name,
    '1',
    {
      properties: { modelType: 'custom_model', modelUri },
    },
  );
  return id;
}

/** A registered model with one small file, and its ARM id. */
export async function registerModel(
  twin: Twin,
  client: AzureMachineLearningWorkspaces,
  name = 'toy',
  version = '1',
): Promise<string> {
  await putBlob(twin, client, `LocalUpload/${name}${version}/package/aml-deit.json`, '{}');
  const model = await client.modelVersions.createOrUpdate(
    twin.resourceGroup,
    twin.workspaceName,
    name,
    version,
    {
      properties: {
        modelType: 'custom_model',
        modelUri: `azureml://datastores/workspaceblobstore/paths/LocalUpload/${name}${version}/package`,
      },
    },
  );
  return model.id ?? '';
}

export async function registerEnvironment(
  twin: Twin,
  client: AzureMachineLearningWorkspaces,
  image: string = scoringImageName(),
  name = 'scorer',
): Promise<string> {
  const environment = await client.environmentVersions.createOrUpdate(
    twin.resourceGroup,
    twin.workspaceName,
    name,
    '1',
    {
      properties: {
        image,
        inferenceConfig: {
          livenessRoute: { path: '/', port: 5001 },
          readinessRoute: { path: '/ready', port: 5001 },
          scoringRoute: { path: '/score', port: 5001 },
        },
      },
    },
  );
  return environment.id ?? '';
}
