import { AmlDeitError } from '../errors/index.ts';
import type { RegistryCredential } from './credentials.ts';
import { registryError } from './registry-error.ts';
import type { RegistryHttp } from './registry-http.ts';

/** What a `WWW-Authenticate` header asks for. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

/** Reads the challenge that we can meet; a registry may offer several. Undefined when there is none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined;
  const bearer = /(?:^|,\s*)Bearer\s+(.*)$/is.exec(header)?.[1];
  if (bearer !== undefined) {
    const parameters = new Map(
      [...bearer.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"|(\w+)=([^\s,"]+)/g)].map((match) => [
        (match[1] ?? match[3] ?? '').toLowerCase(),
        (match[2] ?? match[4] ?? '').replaceAll(/\\(.)/g, '$1'),
      ]),
    );
    const realm = parameters.get('realm');
    const service = parameters.get('service');
    const scope = parameters.get('scope');
    if (realm !== undefined)
      return {
        scheme: 'bearer',
        realm,
        ...(service === undefined ? {} : { service }),
        ...(scope === undefined ? {} : { scope }),
      };
  }
  return /(?:^|,\s*)Basic\b/i.test(header) ? { scheme: 'basic' } : undefined;
}

export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

export interface TokenRequest {
  readonly registry: string;
  readonly scopes: readonly string[];
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly credential: RegistryCredential | undefined;
  readonly isPlainHttp: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A token for the scopes, from the service that the registry names. @throws REGISTRY_DENIED, REGISTRY_REFUSED */
export async function fetchToken(http: RegistryHttp, request: TokenRequest): Promise<string> {
  const { challenge, credential, registry, signal } = request;
  const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  // Credentials travel to this address: never in the clear, unless the registry itself is spoken to so.
  if (
    realm === undefined ||
    (realm.protocol !== 'https:' && !(request.isPlainHttp && realm.protocol === 'http:'))
  )
    throw new AmlDeitError(
      'REGISTRY_REFUSED',
      `${registry} names a token service that is not safe to ask: ${challenge.realm}`,
    );
  const response =
    credential?.kind === 'identity-token'
      ? await http.send({
          method: 'POST',
          url: realm,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(
            new URLSearchParams({
              grant_type: 'refresh_token',
              service: challenge.service ?? registry,
              client_id: 'aml-deit',
              scope: request.scopes.join(' '),
              refresh_token: credential.token,
            }).toString(),
          ),
          signal,
        })
      : await http.send({
          method: 'GET',
          url: withScopes(realm, challenge.service, request.scopes),
          headers: credential === undefined ? {} : { authorization: basicAuthorization(credential) },
          signal,
        });
  if (response.status !== 200) throw registryError('the request for a token', realm.host, response);
  const token = tokenOf(response.body);
  if (token === undefined)
    throw new AmlDeitError('REGISTRY_REFUSED', `the token service ${realm.host} answered without a token`);
  return token;
}

function withScopes(realm: URL, service: string | undefined, scopes: readonly string[]): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(body.toString('utf8')) as {
      token?: unknown;
      access_token?: unknown;
    };
    return [token, accessToken].find((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return undefined;
  }
}

/**
 * Azure Container Registry takes an Entra ID token in exchange for one of its own, which is then good for all of its
 * scopes: `POST /oauth2/exchange`. @throws REGISTRY_DENIED, REGISTRY_REFUSED
 */
export async function exchangeEntraToken(
  http: RegistryHttp,
  origin: string,
  entraToken: string,
  signal?: AbortSignal,
): Promise<RegistryCredential> {
  const url = new URL('/oauth2/exchange', origin);
  const response = await http.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(
      new URLSearchParams({
        grant_type: 'access_token',
        service: url.host,
        access_token: entraToken,
      }).toString(),
    ),
    signal,
  });
  if (response.status !== 200) throw registryError('the exchange of the Entra ID token', url.host, response);
  const { refresh_token: token } = JSON.parse(response.body.toString('utf8')) as { refresh_token?: unknown };
  if (typeof token !== 'string')
    throw new AmlDeitError('REGISTRY_REFUSED', `${url.host} answered the exchange without a token`);
  return { kind: 'identity-token', token };
}
