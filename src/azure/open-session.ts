import type { Agent } from 'node:https';
import type { TokenCredential } from '@azure/core-auth';
import type { TwinAddress } from '../io/index.ts';
import { openArmSession } from './arm-session.ts';
import type { ArmSession, RetrySettings } from './arm-session.ts';
import { clouds } from './clouds.ts';
import type { Cloud } from './clouds.ts';
import { azureCredential, twinCredential } from './credential.ts';
import { refuseTwinIdentity } from './environment-twin.ts';
import { assertLoopback, twinAgent } from './loopback-agent.ts';
import type { AzureTarget } from './target.ts';

/** What is connected to: a workspace in Azure, or a twin that runs. */
export type ConnectionTarget = AzureTarget | { readonly kind: 'local'; readonly twin: TwinAddress };

export interface SessionOptions {
  /** Instead of `DefaultAzureCredential`; never used for the twin. */
  readonly credential?: TokenCredential;
  readonly retry?: RetrySettings;
  /** Instead of `process.env`: whose managed identity it is that `DefaultAzureCredential` would ask. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Where requests go, and as whom. */
export interface OpenedSession {
  readonly session: ArmSession;
  readonly credential: TokenCredential;
  readonly credentialScope: string;
  readonly storageSuffix: string;
  readonly machineLearningAudience: string;
  /** Undefined where the workspace's own data plane answers for it. */
  readonly registryDiscovery?: string;
  /** Of the twin only: connections that trust its certificate. */
  readonly agent?: Agent;
  close(): void;
}

/** Nothing is sent yet, but to a cloud's metadata address where one is named. Throws TARGET_CONFIG_INVALID. */
export async function openSession(target: ConnectionTarget, options: SessionOptions): Promise<OpenedSession> {
  return target.kind === 'local' ? openTwin(target.twin, options) : openAzure(target, options);
}

async function openAzure(target: AzureTarget, options: SessionOptions): Promise<OpenedSession> {
  const cloud = await cloudOf(target);
  if (options.credential === undefined) refuseTwinIdentity(options.env ?? process.env);
  const credential = options.credential ?? (await azureCredential({ authority: cloud.authority }));
  const credentialScope = `${cloud.resourceManager}/.default`;
  const session = openArmSession({
    endpoint: cloud.resourceManager,
    credentialScope,
    credential,
    subscriptionId: target.subscriptionId,
    resourceGroup: target.resourceGroup,
    workspaceName: target.workspaceName,
    ...(options.retry === undefined ? {} : { retry: options.retry }),
  });
  const { storageSuffix, machineLearningAudience, registryDiscovery } = cloud;
  return {
    session,
    credential,
    credentialScope,
    storageSuffix,
    machineLearningAudience,
    ...(registryDiscovery === undefined ? {} : { registryDiscovery }),
    close: () => undefined,
  };
}

/** A cloud that only describes itself names no discovery of registries, and gets no token meant for another's. */
type OpenCloud = Omit<Cloud, 'name' | 'registryDiscovery'> & Partial<Pick<Cloud, 'registryDiscovery'>>;

async function cloudOf(target: AzureTarget): Promise<OpenCloud> {
  if (target.metadataUrl === undefined) return clouds[target.cloud];
  const { readCloudMetadata } = await import('./cloud-metadata.ts');
  const { machineLearningAudience } = clouds[target.cloud];
  return { ...(await readCloudMetadata(target.metadataUrl)), machineLearningAudience };
}

function openTwin(twin: TwinAddress, options: SessionOptions): OpenedSession {
  assertLoopback(twin.endpoint);
  const agent = twinAgent(twin.caFile);
  const credential = twinCredential(twin, agent);
  const credentialScope = `${twin.endpoint}/.default`;
  const session = openArmSession({
    endpoint: twin.endpoint,
    credentialScope,
    credential,
    subscriptionId: twin.subscriptionId,
    resourceGroup: twin.resourceGroup,
    workspaceName: twin.workspaceName,
    agent,
    retry: options.retry ?? { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
  });
  return {
    session,
    credential,
    credentialScope,
    storageSuffix: twin.storageSuffix,
    machineLearningAudience: clouds.AzureCloud.machineLearningAudience,
    agent,
    close: () => agent.destroy(),
  };
}
