import type { Agent } from 'node:https';
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { twinVariables } from '../io/index.ts';

/** What a cloud says of itself at `ARM_CLOUD_METADATA_URL`; no trailing slashes. */
export interface CloudMetadata {
  readonly resourceManager: string;
  readonly authority: string;
  readonly storageSuffix: string;
  readonly tenantId?: string;
}

const timeoutMs = 15_000;

interface RawCloud {
  readonly resourceManager?: unknown;
  readonly authentication?: { readonly loginEndpoint?: unknown; readonly tenant?: unknown };
  readonly suffixes?: { readonly storage?: unknown };
}

/**
 * Asks a cloud for its addresses. The answer is one cloud or a list of clouds, of which that one counts whose resource
 * manager was asked. Throws AZURE_UNREACHABLE or TARGET_CONFIG_INVALID. Source: Azure Resource Manager's
 * `metadata/endpoints`, api-version 2022-09-01, as Microsoft's own clients read it.
 */
export async function readCloudMetadata(url: string, agent?: Agent): Promise<CloudMetadata> {
  const request = createPipelineRequest({ url, method: 'GET', timeout: timeoutMs });
  if (agent !== undefined) request.agent = agent;
  const where = `${twinVariables.cloudMetadata} (${url})`;
  let status: number;
  let text: string;
  try {
    const response = await createDefaultHttpClient().sendRequest(request);
    status = response.status;
    text = response.bodyAsText ?? '';
  } catch (error) {
    throw new AmlDeitError('AZURE_UNREACHABLE', `${where} does not answer: ${errorMessage(error)}`, {
      hint: 'for the local twin: aml-deit local up, then eval "$(aml-deit local env)" again',
      cause: error,
    });
  }
  const found = status === 200 ? parse(text, url) : undefined;
  if (found === undefined) {
    throw new AmlDeitError('TARGET_CONFIG_INVALID', `${where} does not describe a cloud`, {
      hint: `expected resourceManager, authentication.loginEndpoint and suffixes.storage; unset the variable for the public cloud`,
      details: { status },
    });
  }
  return found;
}

function parse(text: string, url: string): CloudMetadata | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const all = (Array.isArray(body) ? body : [body]) as readonly (RawCloud | null)[];
  const clouds = all.map(toMetadata).filter((cloud) => cloud !== undefined);
  return clouds.find(({ resourceManager }) => url.startsWith(resourceManager)) ?? clouds[0];
}

function toMetadata(raw: RawCloud | null): CloudMetadata | undefined {
  const address = (value: unknown): string | undefined =>
    typeof value === 'string' && URL.canParse(value) ? value.replace(/\/+$/, '') : undefined;
  const resourceManager = address(raw?.resourceManager);
  const authority = address(raw?.authentication?.loginEndpoint);
  const storage = raw?.suffixes?.storage;
  if (resourceManager === undefined || authority === undefined || typeof storage !== 'string')
    return undefined;
  const tenant = raw?.authentication?.tenant;
  return {
    resourceManager,
    authority,
    storageSuffix: storage,
    ...(typeof tenant === 'string' ? { tenantId: tenant } : {}),
  };
}
