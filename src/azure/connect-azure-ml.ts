import { readFileSync } from 'node:fs';
import type { RetrySettings } from './arm-session.ts';
import { assetOperations } from './asset-operations.ts';
import type { AzureMl } from './azure-ml.ts';
import { loginServer, registryEntraToken } from './container-registry.ts';
import { batchOperations } from './batch-operations.ts';
import { dataOperations } from './data-operations.ts';
import { dataPlane } from './data-plane.ts';
import { downloadFolder } from './download-folder.ts';
import { jobOperations } from './job-operations.ts';
import { assertLoopback } from './loopback-agent.ts';
import { onlineOperations } from './online-operations.ts';
import { openSession } from './open-session.ts';
import { registryModels } from './registry-models.ts';
import { parseRegistryModel } from './registry-address.ts';
import type { ConnectionTarget, OpenedSession, SessionOptions } from './open-session.ts';
import { scoringClient } from './scoring-client.ts';
import { uploadFolder } from './upload-folder.ts';

export interface ConnectOptions extends SessionOptions {
  /** Between polls of a long-running operation, where the service does not say. Default 5 s, 250 ms on the twin. */
  readonly pollIntervalMs?: number;
}

/** A connection to one workspace. Nothing is sent yet: the first operation finds out whether it answers. */
export async function connectAzureMl(
  target: ConnectionTarget,
  options: ConnectOptions = {},
): Promise<AzureMl> {
  const opened = await openSession(target, options);
  const score = scoringClient(opened.agent);
  const { credential } = opened;
  if (target.kind === 'azure') {
    return assemble(opened, {
      kind: 'azure',
      description: `workspace ${target.workspaceName} in resource group ${target.resourceGroup}`,
      ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
      ...(options.retry === undefined ? {} : { retry: options.retry }),
      score,
      containerRegistry: (workspace) => ({
        loginServer: async (call) =>
          loginServer((await workspace.get(call)).properties.containerRegistry, target.cloud),
        entraToken: () => registryEntraToken({ cloud: target.cloud, credential }),
      }),
    });
  }
  const { host } = new URL(target.twin.endpoint);
  return assemble(opened, {
    kind: 'local',
    description: 'the local twin',
    pollIntervalMs: options.pollIntervalMs ?? 250,
    retry: options.retry ?? { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
    checkUrl: assertLoopback,
    score: (request, call) => {
      assertLoopback(request.scoringUri);
      return score(request, call);
    },
    containerRegistry: () => ({
      loginServer: () => Promise.resolve(host),
      entraToken: () => registryEntraToken({ cloud: 'AzureCloud', credential }),
      trusted: { host, ca: readFileSync(target.twin.caFile, 'utf8') },
    }),
  });
}

interface Parts {
  readonly kind: 'azure' | 'local';
  readonly description: string;
  readonly pollIntervalMs?: number;
  readonly retry?: RetrySettings;
  readonly checkUrl?: (url: string) => void;
  readonly score: AzureMl['score'];
  readonly containerRegistry: (workspace: AzureMl['workspace']) => AzureMl['containerRegistry'];
}

function assemble(opened: OpenedSession, parts: Parts): AzureMl {
  const { session, credential } = opened;
  const assets = assetOperations(session);
  /** The caller's own token for the audience of Azure ML. */
  const machineLearningToken = (signal?: AbortSignal): Promise<string> =>
    session.call(
      'a token for Azure ML',
      async () => {
        const token = await credential.getToken(
          `${opened.machineLearningAudience}/.default`,
          signal === undefined ? {} : { abortSignal: signal },
        );
        return token?.token ?? '';
      },
      signal,
    );
  const online = onlineOperations({
    session,
    ...(parts.pollIntervalMs === undefined ? {} : { pollIntervalMs: parts.pollIntervalMs }),
    scoringToken: machineLearningToken,
  });
  const plane = dataPlane({
    session,
    ...(opened.agent === undefined ? {} : { agent: opened.agent }),
    ...(parts.retry === undefined ? {} : { retry: parts.retry }),
    ...(parts.checkUrl === undefined ? {} : { checkUrl: parts.checkUrl }),
  });
  const jobs = jobOperations({ session, machineLearningToken, dataPlane: plane });
  const access = { credential, ...(opened.agent === undefined ? {} : { agent: opened.agent }) };
  const registries = registryModels({
    session,
    access,
    discovery: (signal) => Promise.resolve(opened.registryDiscovery ?? plane.api(signal)),
    ...(parts.checkUrl === undefined ? {} : { checkUrl: parts.checkUrl }),
  });
  const files = {
    ...access,
    ...jobs,
    session,
    datastores: assets.datastores,
    storageSuffix: opened.storageSuffix,
    registryFiles: (...args: Parameters<typeof registries.open>) => registries.open(...args),
  };
  return {
    kind: parts.kind,
    subscriptionId: session.subscriptionId,
    resourceGroup: session.resourceGroup,
    workspaceName: session.workspaceName,
    description: parts.description,
    workspaceId: session.workspaceId,
    ...assets,
    ...dataOperations(session),
    registryModels: {
      async get(address, call) {
        const parsed = parseRegistryModel(address);
        return parsed === undefined ? undefined : await registries.get(parsed, call);
      },
    },
    containerRegistry: parts.containerRegistry(assets.workspace),
    ...online,
    ...jobs,
    uploadFolder: (folder, options) => uploadFolder(files, folder, options),
    downloadFolder: (address, directory, options) => downloadFolder(files, address, directory, options),
    ...batchOperations({
      session,
      machineLearningToken,
      score: parts.score,
      ...(parts.pollIntervalMs === undefined ? {} : { pollIntervalMs: parts.pollIntervalMs }),
    }),
    score: parts.score,
    close: () => opened.close(),
  };
}
