import { lookup as systemLookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { AmlDeitError } from '../errors/index.ts';

/**
 * `*.localhost` is loopback by RFC 6761, but plain glibc and Node's own lookup ask DNS for it, which fails in most
 * containers. Anything else is left to the system.
 */
export const resolveLoopback: LookupFunction = (hostname, options, callback) => {
  if (hostname !== 'localhost' && !hostname.endsWith('.localhost')) {
    systemLookup(hostname, options, callback);
    return;
  }
  const found = { address: '127.0.0.1', family: 4 };
  if (options.all === true) callback(null, [found]);
  else callback(null, found.address, found.family);
};

/** Connections to the twin: its own certificate authority and nobody else's, `*.localhost` resolved here. */
export function twinAgent(caFile: string): Agent {
  return new Agent({ ca: readFileSync(caFile), lookup: resolveLoopback, keepAlive: true, maxSockets: 32 });
}

/** Whether an address is https on this machine; false for what is no address at all. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  const isLoopback =
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname);
  return isLoopback && protocol === 'https:';
}

/** Stops a request, and the twin's token with it, from leaving this machine. */
export function assertLoopback(url: string): void {
  if (!isLoopbackUrl(url)) {
    throw new AmlDeitError(
      'AZURE_REQUEST_FAILED',
      `the local twin named an address outside this machine: ${url}`,
      {
        hint: 'nothing was sent there',
      },
    );
  }
}
