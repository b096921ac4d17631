import { existsSync } from 'node:fs';
import { AmlDeitError } from '../errors/index.ts';
import { twinVariables } from '../io/index.ts';
import type { TwinAddress } from '../io/index.ts';
import { readCloudMetadata } from './cloud-metadata.ts';
import { isLoopbackUrl, twinAgent } from './loopback-agent.ts';
import type { EnvironmentTwinTarget } from './target.ts';

/**
 * The twin that the environment names, as any client finds it: by cloud metadata, managed identity and CA bundle. Its
 * token comes from loopback and goes to loopback, whatever else is configured. Throws TARGET_CONFIG_INVALID or
 * AZURE_UNREACHABLE.
 */
export async function findEnvironmentTwin(
  target: EnvironmentTwinTarget,
  env: NodeJS.ProcessEnv,
): Promise<TwinAddress> {
  const identityEndpoint = env[twinVariables.identityEndpoint] ?? '';
  const header = env[twinVariables.identityHeader] ?? '';
  if (!isLoopbackUrl(identityEndpoint) || header === '') {
    throw misconfigured(
      `${twinVariables.cloudMetadata} names the local twin, but ${twinVariables.identityEndpoint} and ${twinVariables.identityHeader} do not`,
    );
  }
  const caFile = [twinVariables.nodeCertificates, twinVariables.pythonCertificates]
    .map((name) => env[name] ?? '')
    .find((file) => file !== '' && existsSync(file));
  if (caFile === undefined) {
    throw misconfigured(
      `${twinVariables.cloudMetadata} names the local twin, but ${twinVariables.nodeCertificates} names no file with its certificate`,
    );
  }
  const agent = twinAgent(caFile);
  try {
    const metadata = await readCloudMetadata(target.metadataUrl, agent);
    return {
      endpoint: metadata.resourceManager,
      caFile,
      subscriptionId: target.subscriptionId,
      resourceGroup: target.resourceGroup,
      workspaceName: target.workspaceName,
      tenantId: metadata.tenantId ?? '',
      identity: { endpoint: identityEndpoint, header },
      storageSuffix: metadata.storageSuffix,
    };
  } finally {
    agent.destroy();
  }
}

/**
 * Refuses a workspace of Azure while the environment's managed identity is a twin's: `DefaultAzureCredential` would
 * send the twin's token to Azure. Azure's own managed-identity endpoints on loopback are http.
 */
export function refuseTwinIdentity(env: NodeJS.ProcessEnv): void {
  const endpoint = env[twinVariables.identityEndpoint] ?? '';
  if (!isLoopbackUrl(endpoint) || new URL(endpoint).pathname !== '/msi/token') return;
  throw misconfigured(
    `the target is Azure, but ${twinVariables.identityEndpoint} is a local twin's (${endpoint}): its token would be sent to Azure`,
  );
}

function misconfigured(message: string): AmlDeitError {
  return new AmlDeitError('TARGET_CONFIG_INVALID', message, {
    hint: 'set all variables of aml-deit local env, or none',
  });
}
