import { isIP } from 'node:net';
import { AmlDeitError } from '../errors/index.ts';
import { addressReach } from './address-reach.ts';
import type { ResolveHost } from './resolve-host.ts';
import { hostnameOf, isNamedHost, portOf } from './url-policy.ts';
import type { UrlPolicy } from './url-policy.ts';

/** A web address that may be fetched, and the only IP addresses that its connection may go to. */
export interface AdmittedUrl {
  readonly url: URL;
  readonly addresses: readonly string[];
}

const maxUrlLength = 2048;

/**
 * Reads the text of a web address and holds it against what is allowed anywhere: form, scheme, no user or password.
 *
 * @throws AmlDeitError URL_REFUSED
 */
export function parsePictureUrl(text: string, base?: URL): URL {
  const trimmed = text.trim();
  if (trimmed.length > maxUrlLength) {
    throw refused(`the web address has ${trimmed.length} characters, at most ${maxUrlLength} are accepted`);
  }
  const url = URL.parse(trimmed, base?.href);
  if (url === null) throw refused('the web address is malformed');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(`only http and https addresses are fetched, not "${url.protocol.slice(0, 30)}"`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('a web address with a user or password is not fetched');
  }
  return url;
}

/**
 * Resolves the host and checks every address that it has. One that is not allowed refuses the whole: who controls a
 * name could otherwise mix a good one in.
 *
 * @throws AmlDeitError URL_REFUSED. Its message says the same for a name that is unknown and one that is internal, so
 * that nobody can map the network from outside; `details` has which it was.
 */
export async function admitUrl(
  url: URL,
  options: { readonly policy: UrlPolicy; readonly resolveHost: ResolveHost; readonly signal: AbortSignal },
): Promise<AdmittedUrl> {
  const { policy, signal } = options;
  const isNamed = isNamedHost(policy, url);
  const hostname = hostnameOf(url);
  if (!isNamed && !policy.allowsPublic) {
    throw refused(
      policy.hosts.length === 0
        ? 'web addresses are not fetched here; send the picture itself as base64'
        : `pictures are not fetched from ${url.host}`,
    );
  }
  const port = Number(portOf(url));
  if (!isNamed && port < 1024 && port !== 80 && port !== 443) {
    throw refused(`pictures are not fetched from port ${port}`);
  }
  const notPublic = (details: Readonly<Record<string, unknown>>, cause?: unknown): AmlDeitError =>
    refused(`${url.host} has no address that pictures may be fetched from`, { hostname, ...details }, cause);
  let addresses: readonly string[];
  try {
    addresses =
      isIP(hostname) !== 0
        ? [hostname]
        : await options.resolveHost(hostname, { source: isNamed ? 'system' : 'dns', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw notPublic({ reason: 'the name does not resolve' }, error);
  }
  for (const address of addresses) {
    const { reach, range } = addressReach(address);
    if (reach === 'public' || (reach === 'private' && isNamed)) continue;
    throw notPublic({ address, reason: range });
  }
  if (addresses.length === 0) throw notPublic({ reason: 'the name has no address' });
  return { url, addresses };
}

function refused(
  message: string,
  details?: Readonly<Record<string, unknown>>,
  cause?: unknown,
): AmlDeitError {
  return new AmlDeitError('URL_REFUSED', message, {
    ...(details === undefined ? {} : { details }),
    ...(cause === undefined ? {} : { cause }),
  });
}
