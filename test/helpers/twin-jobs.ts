import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import type { Twin } from '../../src/testing.ts';
import { createAzureClient } from './azure-client.ts';
import { putBlob } from './twin-assets.ts';
import { requestArm, requestTwin } from './twin-request.ts';
import type { TwinAnswer, TwinRequest } from './twin-request.ts';

export interface JobSetting {
  readonly client: AzureMachineLearningWorkspaces;
  readonly workspaceId: string;
  readonly codeId: string;
  readonly environmentId: string;
  /** `node step.mjs …` with the code that jobs need, as a command job's properties. */
  readonly command: (words: string, more?: object) => Record<string, unknown>;
  /** A registered command component that runs `node step.mjs …`, and its id. */
  readonly component: (name: string, words: string, more?: object) => Promise<string>;
}

const step = fileURLToPath(new URL('../fixtures/jobs/step.mjs', import.meta.url));

/** What jobs of tests are made of: a code snapshot and an environment. */
export async function prepareJobs(twin: Twin): Promise<JobSetting> {
  const client = createAzureClient(twin);
  const scope: [string, string] = [twin.resourceGroup, twin.workspaceName];
  const workspaceId = `/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}`;
  await putBlob(twin, client, 'code/step/step.mjs', readFileSync(step));
  const datastore = await client.datastores.get(...scope, 'workspaceblobstore');
  const { accountName, containerName } = datastore.properties as {
    accountName: string;
    containerName: string;
  };
  const { id: codeId = '' } = await client.codeVersions.createOrUpdate(...scope, 'step', '1', {
    properties: {
      codeUri: `https://${accountName}.blob.${twin.descriptor.storageSuffix}/${containerName}/code/step`,
    },
  });
  const { id: environmentId = '' } = await client.environmentVersions.createOrUpdate(...scope, 'bare', '1', {
    properties: { image: 'debian:12' },
  });
  return {
    client,
    workspaceId,
    codeId,
    environmentId,
    command: (words, more = {}) => ({
      jobType: 'Command',
      command: `node step.mjs ${words}`,
      codeId,
      environmentId,
      ...more,
    }),
    component: async (name, words, more = {}) => {
      const answer = await requestArm(twin, `/components/${name}/versions/1`, {
        method: 'PUT',
        body: {
          properties: {
            componentSpec: {
              name,
              version: '1',
              type: 'command',
              command: `node step.mjs ${words}`,
              code: `azureml:${codeId}`,
              environment: `azureml:${environmentId}`,
              ...more,
            },
          },
        },
      });
      if (answer.status !== 201) throw new Error(`component ${name}: ${answer.status} ${answer.text}`);
      return String(answer.json['id']);
    },
  };
}

export function putJob(
  twin: Twin,
  name: string,
  properties: object,
  options: TwinRequest = {},
): Promise<TwinAnswer> {
  return requestArm(twin, `/jobs/${name}`, { method: 'PUT', body: { properties }, ...options });
}

/** Run history and the rest of the data plane. */
export function requestDataPlane(
  twin: Twin,
  area: 'history' | 'data' | 'modelregistry',
  rest: string,
  options: TwinRequest = {},
): Promise<TwinAnswer> {
  const workspace = `/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}`;
  return requestTwin(twin, `/${area}/v1.0${workspace}${rest}`, {
    ...options,
    headers: { authorization: `Bearer ${twin.token('https://ml.azure.com')}`, ...options.headers },
  });
}

interface JobDocument {
  readonly status: string;
  readonly properties: Record<string, string>;
  readonly outputs: Record<string, { uri: string | null; assetVersion: string | null }>;
}

export async function jobProperties(
  twin: Twin,
  name: string,
): Promise<JobDocument & Record<string, unknown>> {
  const answer = await requestArm(twin, `/jobs/${name}`);
  return answer.json['properties'] as JobDocument & Record<string, unknown>;
}

const usualWaitMs = 200_000;

/** Waits for a job's end and says how it ended. */
export async function endOf(twin: Twin, name: string, longestMs = usualWaitMs): Promise<string> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const { status } = await jobProperties(twin, name);
    if (['Completed', 'Failed', 'Canceled'].includes(status)) return status;
    if (performance.now() > deadline) throw new Error(`job ${name} is still ${status}`);
    await sleep(25);
  }
}

/** Puts a job and waits for its end. */
export async function runJob(
  twin: Twin,
  name: string,
  properties: object,
  longestMs = usualWaitMs,
): Promise<string> {
  const answer = await putJob(twin, name, properties);
  if (answer.status !== 201) throw new Error(`job ${name}: ${answer.status} ${answer.text}`);
  return endOf(twin, name, longestMs);
}

export interface RunDocument {
  readonly runId: string;
  readonly displayName: string;
  readonly status: string;
  readonly properties: Record<string, string>;
}

export async function childrenOf(twin: Twin, name: string): Promise<readonly RunDocument[]> {
  const answer = await requestDataPlane(twin, 'history', `/runs/${name}/children?api-version=v1.0`);
  return answer.json['value'] as RunDocument[];
}

export async function readBlob(twin: Twin, url: string): Promise<TwinAnswer> {
  const { host, pathname, search } = new URL(url);
  return requestTwin(twin, `${twin.endpoint}${pathname}${search}`, {
    headers: { host, 'x-ms-version': '2021-12-02' },
  });
}

/** The text of a run's log, fetched as clients do: by the address in its details. */
export async function logOf(twin: Twin, runId: string, log = 'user_logs/std_log.txt'): Promise<string> {
  const details = await requestDataPlane(twin, 'history', `/runs/${runId}/details`);
  const files = details.json['logFiles'] as Record<string, string>;
  const url = files[log];
  if (url === undefined) throw new Error(`no log ${log} among ${Object.keys(files).join(', ')}`);
  return (await readBlob(twin, url)).text;
}

/** A blob of the workspace's own store, or undefined. */
export async function blobText(twin: Twin, path: string): Promise<string | undefined> {
  const answer = await requestStore(twin, path);
  return answer.status === 200 ? answer.text : undefined;
}

/** Removes what jobs left below paths like this one, as somebody may who tidies a storage account. */
export async function removeJobFiles(twin: Twin, like: RegExp): Promise<readonly string[]> {
  const { text } = await requestStore(twin, '?restype=container&comp=list&prefix=azureml/');
  const paths = [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].flatMap(([, path = '']) =>
    like.test(path) ? [path] : [],
  );
  for (const path of paths) {
    const { status } = await requestStore(twin, encodeURI(path), 'DELETE');
    if (status !== 202) throw new Error(`${path}: ${status}`);
  }
  return paths;
}

async function requestStore(twin: Twin, path: string, method = 'GET'): Promise<TwinAnswer> {
  const datastore = await requestArm(twin, '/datastores/workspaceblobstore');
  const { accountName, containerName } = datastore.json['properties'] as Record<string, string>;
  return requestTwin(twin, `${twin.endpoint}/${containerName}${path.startsWith('?') ? '' : '/'}${path}`, {
    method,
    headers: {
      host: `${accountName}.blob.${twin.descriptor.storageSuffix}`,
      authorization: `Bearer ${twin.token('https://storage.azure.com')}`,
      'x-ms-version': '2021-12-02',
    },
  });
}
