import { createHmac, timingSafeEqual } from 'node:crypto';

export interface TokenClaims {
  readonly aud: string;
  /** Issuer. */
  readonly iss: string;
  /** Tenant and object id of the caller. */
  readonly tid: string;
  readonly oid: string;
  /** Epoch seconds. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** AML tokens name the endpoint that they are for. */
  readonly endpoint?: string;
}

const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'HS256' })).toString('base64url');

function signature(secret: string, signed: string): Buffer {
  return createHmac('sha256', Buffer.from(secret, 'base64')).update(signed).digest();
}

export function signToken(secret: string, claims: TokenClaims): string {
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${signature(secret, signed).toString('base64url')}`;
}

/** The claims of a token that this twin signed; undefined for any other. Says nothing of expiry or audience. */
export function readToken(secret: string, token: string): TokenClaims | undefined {
  const [first, payload, mac, ...rest] = token.split('.');
  if (first !== header || payload === undefined || mac === undefined || rest.length > 0) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const wanted = signature(secret, `${first}.${payload}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as TokenClaims;
  } catch {
    return undefined;
  }
}

/** Equal without telling by its time how much of it is equal. */
export function secretsMatch(given: string, wanted: string): boolean {
  const a = createHmac('sha256', 'compare').update(given).digest();
  const b = createHmac('sha256', 'compare').update(wanted).digest();
  return timingSafeEqual(a, b);
}

export function bearerOf(authorization: string | undefined): string | undefined {
  const match = /^Bearer\s+(\S+)$/i.exec(authorization ?? '');
  return match?.[1];
}
