import type { TokenCredential } from '@azure/core-auth';
import { AmlDeitError } from '../errors/index.ts';
import { clouds } from './clouds.ts';
import { azureCredential } from './credential.ts';
import { refuseTwinIdentity } from './environment-twin.ts';
import type { CloudName } from './target.ts';

/** Suffixes of Azure Container Registry's login servers. */
const registrySuffixes: Readonly<Record<CloudName, string>> = {
  AzureCloud: '.azurecr.io',
  AzureChinaCloud: '.azurecr.cn',
  AzureUSGovernment: '.azurecr.us',
};

/** Audience of tokens for registries of the public cloud, and for the twin's. */
export const registryAudience = 'https://containerregistry.azure.net';

/** The cloud whose container registry a host is; undefined for any other registry. */
export function registryCloud(host: string): CloudName | undefined {
  return Object.values(clouds).find(({ name }) => host.endsWith(registrySuffixes[name]))?.name;
}

export interface RegistryTokenOptions {
  readonly cloud: CloudName;
  /** Instead of `DefaultAzureCredential`. */
  readonly credential?: TokenCredential;
  readonly env?: NodeJS.ProcessEnv;
}

/** The caller's Entra ID token, to be exchanged by a registry for one of its own. @throws AUTH_NO_CREDENTIAL */
export async function registryEntraToken(options: RegistryTokenOptions): Promise<string> {
  const cloud = clouds[options.cloud];
  if (options.credential === undefined) refuseTwinIdentity(options.env ?? process.env);
  const credential = options.credential ?? (await azureCredential({ authority: cloud.authority }));
  // The sovereign clouds' registries take tokens for the resource manager.
  const audience = cloud.name === 'AzureCloud' ? registryAudience : cloud.resourceManager;
  try {
    const token = await credential.getToken(`${audience}/.default`);
    if (token !== null) return token.token;
  } catch (error) {
    throw noToken(audience, error);
  }
  throw noToken(audience);
}

function noToken(audience: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('AUTH_NO_CREDENTIAL', `no Azure credential gave a token for ${audience}`, {
    hint: 'az login, or the variables of a service principal; or log in to the registry itself: docker login',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Host of the registry that a workspace names by its ARM id; undefined when it has none. */
export function loginServer(registryId: string | null | undefined, cloud: CloudName): string | undefined {
  const name = /\/registries\/([^/]+)\/?$/i.exec(registryId ?? '')?.[1];
  return name === undefined ? undefined : `${name.toLowerCase()}${registrySuffixes[cloud]}`;
}
