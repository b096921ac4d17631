import type { TwinIdentity } from '../lifecycle/identity.ts';
import type { RefusalCode } from './refusals.ts';
import { ServiceError } from './service-error.ts';
import { bearerOf, readToken } from './tokens.ts';
import type { TokenClaims } from './tokens.ts';

const armAudiences = ['https://management.azure.com', 'https://management.core.windows.net'];
const dataPlaneAudience = 'https://ml.azure.com';
const blobAudience = 'https://storage.azure.com';
const registryAudience = 'https://containerregistry.azure.net';

/** Without trailing slashes and case: both spellings are in use. */
function canonical(audience: string): string {
  return audience.replace(/\/+$/, '').toLowerCase();
}

function ownAudiences(port: number): string[] {
  return [`https://127.0.0.1:${port}`, `https://localhost:${port}`];
}

/** What a token can be asked for at `/msi/token`. */
export function isKnownAudience(audience: string, port: number): boolean {
  return [...armAudiences, dataPlaneAudience, blobAudience, registryAudience, ...ownAudiences(port)].includes(
    canonical(audience),
  );
}

/** `job-token` is the header x-azureml-token, which is for the data plane alone. */
export type Surface = 'arm' | 'data-plane' | 'blob' | 'job-token' | 'registry';

function accepts(surface: Surface, audience: string, port: number): boolean {
  const given = canonical(audience);
  switch (surface) {
    case 'arm':
      return [...armAudiences, ...ownAudiences(port)].includes(given);
    case 'data-plane':
      return [...armAudiences, dataPlaneAudience, ...ownAudiences(port)].includes(given);
    case 'job-token':
      return given === dataPlaneAudience;
    case 'registry':
      return [...armAudiences, registryAudience, ...ownAudiences(port)].includes(given);
    case 'blob':
      break;
  }
  return [blobAudience, ...ownAudiences(port)].includes(given);
}

export interface TokenCheck {
  readonly identity: TwinIdentity;
  readonly port: number;
  readonly now: number;
  readonly surface: Surface;
}

/** Why a token is refused; undefined when it is good. */
export function tokenFault(
  token: string,
  check: TokenCheck,
): { readonly code: RefusalCode; readonly message: string } | undefined {
  const claims: TokenClaims | undefined = readToken(check.identity.tokenSecret, token);
  if (claims === undefined)
    return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' };
  if (claims.exp * 1000 <= check.now)
    return {
      code: 'ExpiredAuthenticationToken',
      message: 'The access token expiry UTC time is in the past.',
    };
  if (claims.nbf * 1000 > check.now + 300_000)
    return { code: 'InvalidAuthenticationToken', message: 'The access token is not valid yet.' };
  if (!accepts(check.surface, claims.aud, check.port))
    return {
      code: 'InvalidAuthenticationTokenAudience',
      message: `The access token has been obtained for the wrong audience or resource '${claims.aud}'.`,
    };
  if (claims.tid !== check.identity.tenantId)
    return {
      code: 'InvalidAuthenticationTokenTenant',
      message: `The access token is from the tenant '${claims.tid}', which does not match the tenant '${check.identity.tenantId}' of this subscription.`,
    };
  return undefined;
}

/** Lets a request pass or throws the gateway's 401. */
export function authenticate(authorization: string | undefined, check: TokenCheck): void {
  const token = bearerOf(authorization);
  const fault: ReturnType<typeof tokenFault> =
    token === undefined
      ? {
          code: 'AuthenticationFailed',
          message: "Authentication failed. The 'Authorization' header is missing.",
        }
      : tokenFault(token, check);
  if (fault !== undefined) throw new ServiceError(401, fault.code, fault.message, { source: 'gateway' });
}
