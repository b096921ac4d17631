import type { IncomingMessage } from 'node:http';
import { registryName } from '../arm/registry/registry-scope.ts';
import type { TwinServices } from '../services.ts';
import { authenticate, isKnownAudience } from './authenticate.ts';
import { ServiceError } from './service-error.ts';
import { secretsMatch, signToken } from './tokens.ts';

export interface OpenAnswer {
  readonly status: number;
  readonly body: object;
}

const tokenLifetimeSeconds = 24 * 60 * 60;

export function issueToken(
  services: Pick<TwinServices, 'identity' | 'now' | 'endpoint'>,
  audience: string,
  overrides: { readonly tenantId?: string; readonly expiresInSeconds?: number } = {},
): { readonly token: string; readonly expiresAt: number } {
  const now = Math.floor(services.now() / 1000);
  const expiresAt = now + (overrides.expiresInSeconds ?? tokenLifetimeSeconds);
  const tenant = overrides.tenantId ?? services.identity.tenantId;
  const token = signToken(services.identity.tokenSecret, {
    aud: audience,
    iss: `https://sts.windows.net/${tenant}/`,
    tid: tenant,
    oid: services.identity.objectId,
    iat: Math.min(now, expiresAt - 1),
    nbf: Math.min(now, expiresAt - 1),
    exp: expiresAt,
  });
  return { token, expiresAt };
}

/** The managed-identity endpoint: how `DefaultAzureCredential` gets a token with two environment variables. */
function msiToken(incoming: IncomingMessage, url: URL, services: TwinServices): OpenAnswer {
  const refuse = (status: number, error: string, description: string): OpenAnswer => ({
    status,
    body: { error, error_description: description },
  });
  const header = incoming.headers['x-identity-header'];
  if (typeof header !== 'string' || !secretsMatch(header, services.identity.identityHeader))
    return refuse(401, 'unauthorized_client', 'X-IDENTITY-HEADER is missing or wrong.');
  const resource =
    url.searchParams.get('resource') ?? url.searchParams.get('scope')?.replace(/\/\.default$/, '');
  if (resource === undefined || resource === null || !isKnownAudience(resource, services.port()))
    return refuse(
      400,
      'invalid_resource',
      `The resource "${resource ?? ''}" is none that the local twin knows.`,
    );
  const { token, expiresAt } = issueToken(services, resource);
  return {
    status: 200,
    body: {
      access_token: token,
      expires_on: String(expiresAt),
      resource,
      token_type: 'Bearer',
      client_id: services.identity.objectId,
    },
  };
}

function cloudMetadata(baseUrl: string, services: TwinServices): OpenAnswer {
  return {
    status: 200,
    body: [
      {
        name: 'AmlDeitLocalTwin',
        // Clients make the token audience of this name's last label.
        portal: 'https://portal.azure.com',
        resourceManager: `${baseUrl}/`,
        authentication: {
          loginEndpoint: `${baseUrl}/`,
          audiences: [baseUrl, 'https://management.azure.com/'],
          tenant: services.identity.tenantId,
        },
        suffixes: { storage: `core.localhost:${services.port()}` },
      },
    ],
  };
}

function discovery(baseUrl: string): OpenAnswer {
  const hosts = [
    'api',
    'catalog',
    'experimentation',
    'gallery',
    'history',
    'hyperdrive',
    'labeling',
    'modelmanagement',
    'pipelines',
    'quota-manager',
  ];
  return {
    status: 200,
    body: { ...Object.fromEntries(hosts.map((name) => [name, baseUrl])), studio: 'https://ml.azure.com' },
  };
}

function registryDiscovery(registry: string, baseUrl: string, services: TwinServices): OpenAnswer {
  const { identity } = services;
  if (registry.toLowerCase() !== registryName)
    return {
      status: 404,
      body: {
        error: {
          code: 'UserError',
          message: `Registry ${registry} not found: the local twin has ${registryName} only.`,
        },
      },
    };
  return {
    status: 200,
    body: {
      registryName,
      registryId: identity.workspaceId,
      tenantId: identity.tenantId,
      subscriptionId: identity.subscriptionId,
      resourceGroup: identity.resourceGroup,
      workspaceName: null,
      primaryRegion: identity.location,
      regions: [identity.location],
      primaryRegionResourceProviderUri: `${baseUrl}/`,
      registryFqdns: { [identity.location]: { uri: `${baseUrl}/` } },
      intellectualPropertyPublisher: null,
    },
  };
}

/** What lies outside ARM: cloud metadata, tokens, discovery. undefined when the path is none of these. */
export function answerOpenRoute(
  incoming: IncomingMessage,
  url: URL,
  baseUrl: string,
  services: TwinServices,
): OpenAnswer | undefined {
  if (incoming.method !== 'GET') return undefined;
  if (/^\/metadata\/endpoints\/?$/.test(url.pathname)) return cloudMetadata(baseUrl, services);
  if (/^\/msi\/token\/?$/.test(url.pathname)) return msiToken(incoming, url, services);
  if (/^\/discovery\/?$/.test(url.pathname)) return discovery(baseUrl);
  const registry = /^\/registrymanagement\/v1\.0\/registries\/([^/]+)\/discovery\/?$/i.exec(
    url.pathname.replace(/\/{2,}/g, '/'),
  );
  if (registry === null) return undefined;
  try {
    authenticate(incoming.headers.authorization, {
      identity: services.identity,
      port: services.port(),
      now: services.now(),
      surface: 'data-plane',
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: error.status, body: { error: { code: error.code, message: error.message } } };
  }
  return registryDiscovery(decodeURIComponent(registry[1] ?? ''), baseUrl, services);
}
