import { createHmac } from 'node:crypto';

export interface SasOptions {
  readonly account: string;
  /** Base64. */
  readonly accountKey: string;
  readonly startsAt: number;
  readonly expiresAt: number;
  readonly permissions?: string;
}

const version = '2021-12-02';

function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/**
 * An account SAS for the blob service, containers and objects: what Azure ML's listSecrets hands out. No leading `?`.
 */
export function createAccountSas(options: SasOptions): string {
  const values = {
    sp: options.permissions ?? 'rwdlcu',
    ss: 'b',
    srt: 'sco',
    st: isoSeconds(options.startsAt),
    se: isoSeconds(options.expiresAt),
  };
  const signed = [
    options.account,
    values.sp,
    values.ss,
    values.srt,
    values.st,
    values.se,
    '', // any address
    '', // http as well: the proxy ends TLS
    version,
    '', // no encryption scope
    '',
  ].join('\n');
  const sig = createHmac('sha256', Buffer.from(options.accountKey, 'base64')).update(signed).digest('base64');
  return new URLSearchParams({ sv: version, ...values, sig }).toString();
}
