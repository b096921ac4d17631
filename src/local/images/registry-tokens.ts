import type { IncomingMessage } from 'node:http';
import { tokenFault } from '../http/authenticate.ts';
import { bearerOf, readToken, signToken } from '../http/tokens.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { RegistryRefusal } from './registry-error.ts';

export interface RegistryTokenContext {
  readonly identity: TwinIdentity;
  readonly port: number;
  readonly now: number;
  /** Host that the caller used: `127.0.0.1:PORT` or `localhost:PORT`. */
  readonly host: string;
}

type Kind = 'access' | 'refresh';

const lifetimeSeconds: Readonly<Record<Kind, number>> = { access: 75 * 60, refresh: 3 * 60 * 60 };
/** The user that Azure Container Registry wants beside a refresh token in place of a password. */
const tokenUser = '00000000-0000-0000-0000-000000000000';

function audience(kind: Kind): string {
  return `aml-deit-registry-${kind}`;
}

function issue(kind: Kind, { identity, now }: RegistryTokenContext): string {
  const seconds = Math.floor(now / 1000);
  return signToken(identity.tokenSecret, {
    aud: audience(kind),
    iss: 'aml-deit-registry',
    tid: identity.tenantId,
    oid: identity.objectId,
    iat: seconds,
    nbf: seconds,
    exp: seconds + lifetimeSeconds[kind],
  });
}

function isGood(kind: Kind, token: string, { identity, now }: RegistryTokenContext): boolean {
  const claims = readToken(identity.tokenSecret, token);
  return claims !== undefined && claims.aud === audience(kind) && claims.exp * 1000 > now;
}

function unauthorized(message: string, headers: Readonly<Record<string, string>> = {}): RegistryRefusal {
  return new RegistryRefusal(401, 'UNAUTHORIZED', message, headers);
}

/** Lets a request pass that carries a token of ours; says to all others where one is to be had. */
export function checkRegistryToken(incoming: IncomingMessage, context: RegistryTokenContext): void {
  const token = bearerOf(incoming.headers.authorization);
  if (token !== undefined && isGood('access', token, context)) return;
  throw unauthorized('authentication required', {
    'www-authenticate': `Bearer realm="https://${context.host}/oauth2/token",service="${context.host}"`,
  });
}

async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > 64 * 1024) throw new RegistryRefusal(413, 'UNSUPPORTED', 'the form is too large');
    parts.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}

/** `POST /oauth2/exchange`: an Entra ID token for a refresh token, as Azure Container Registry does. */
export async function exchangeToken(
  incoming: IncomingMessage,
  context: RegistryTokenContext,
): Promise<{ readonly refresh_token: string }> {
  const form = await readForm(incoming);
  if (form.get('grant_type') !== 'access_token')
    throw new RegistryRefusal(400, 'UNSUPPORTED', 'grant_type is not supported, expected access_token');
  const token = form.get('access_token') ?? '';
  const fault = tokenFault(token, { ...context, surface: 'registry' });
  if (fault !== undefined) throw unauthorized(fault.message);
  return { refresh_token: issue('refresh', context) };
}

/** `GET` and `POST /oauth2/token`: a refresh token for an access token. */
export async function accessToken(
  incoming: IncomingMessage,
  context: RegistryTokenContext,
): Promise<{ readonly access_token: string; readonly token?: string }> {
  if (incoming.method === 'POST') {
    const form = await readForm(incoming);
    if (
      form.get('grant_type') !== 'refresh_token' ||
      !isGood('refresh', form.get('refresh_token') ?? '', context)
    )
      throw unauthorized('the refresh token is invalid or has expired');
    return { access_token: issue('access', context) };
  }
  const [, encoded = ''] = /^Basic\s+(\S+)$/i.exec(incoming.headers.authorization ?? '') ?? [];
  const [, user, password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (user !== tokenUser || !isGood('refresh', password, context))
    throw unauthorized('log in with an Entra ID token or a refresh token');
  const token = issue('access', context);
  return { access_token: token, token };
}
