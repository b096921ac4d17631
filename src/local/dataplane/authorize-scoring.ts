import type { OnlineEndpointRecord } from '../arm/online/records.ts';
import { tokenFault } from '../http/authenticate.ts';
import { bearerOf, readToken, secretsMatch } from '../http/tokens.ts';
import type { TwinServices } from '../services.ts';

/** Why a scoring request is refused with 401; undefined when it may pass. */
export function scoringAuthFault(
  authorization: string | undefined,
  endpoint: OnlineEndpointRecord,
  services: Pick<TwinServices, 'identity' | 'now' | 'port'>,
): { readonly code: string; readonly message: string } | undefined {
  const token = bearerOf(authorization);
  if (token === undefined)
    return {
      code: 'key_auth_bad_header_forbidden',
      message: 'The Authorization header is missing or malformed.',
    };
  switch (endpoint.authMode) {
    case 'Key':
      return secretsMatch(token, endpoint.primaryKey) || secretsMatch(token, endpoint.secondaryKey)
        ? undefined
        : { code: 'key_auth_access_denied', message: 'The key is not one of this endpoint.' };
    case 'AMLToken': {
      const claims = readToken(services.identity.tokenSecret, token);
      const valid =
        claims?.endpoint === endpoint.name.toLowerCase() &&
        claims.aud === 'aml-online-endpoint' &&
        claims.exp * 1000 > services.now();
      return valid
        ? undefined
        : { code: 'token_auth_access_denied', message: 'The token is expired or not one of this endpoint.' };
    }
    case 'AADToken':
      break;
  }
  const { identity } = services;
  return tokenFault(token, { identity, port: services.port(), now: services.now(), surface: 'data-plane' });
}
