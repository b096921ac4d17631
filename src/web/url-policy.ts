import { AmlDeitError } from '../errors/index.ts';

/** The variable of the scoring container that {@link parseUrlPolicy} reads. */
export const urlPolicyVariable = 'AML_DEIT_URLS';

/** Which web addresses pictures may be fetched from. */
export interface UrlPolicy {
  /** Every host whose addresses are all public. */
  readonly allowsPublic: boolean;
  /** Hosts that are named: they may be on this machine or a private network. `port` undefined is any. */
  readonly hosts: readonly { readonly hostname: string; readonly port: string | undefined }[];
}

export const publicUrls: UrlPolicy = { allowsPublic: true, hosts: [] };

/**
 * `off`, `public`, or hosts separated by commas (`HOST`, `HOST:PORT`, `[IPv6]:PORT`), of which `public` may be one.
 * Nothing at all is `public`: that web addresses work is part of the card's contract.
 *
 * @throws AmlDeitError SERVING_CONFIG_INVALID
 */
export function parseUrlPolicy(text: string | undefined): UrlPolicy {
  if (text === undefined || text.trim() === '') return publicUrls;
  const entries = text.split(',').map((entry) => entry.trim().toLowerCase());
  if (entries.length === 1 && entries[0] === 'off') return { allowsPublic: false, hosts: [] };
  return {
    allowsPublic: entries.includes('public'),
    hosts: entries.filter((entry) => entry !== 'public').map(parseHost),
  };
}

const hostForm = /^(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

function parseHost(entry: string): UrlPolicy['hosts'][number] {
  const url = hostForm.test(entry) && entry !== 'off' ? URL.parse(`ws://${entry}/`) : null;
  if (url === null) {
    throw new AmlDeitError(
      'SERVING_CONFIG_INVALID',
      `${urlPolicyVariable} names "${entry}", expected off, public, or hosts (HOST, HOST:PORT) separated by commas`,
    );
  }
  const port = /:(\d+)$/.exec(entry)?.[1];
  // A number, whatever zeros are before it; the URL's own leaves out its scheme's.
  return { hostname: hostnameOf(url), port: port === undefined ? undefined : String(Number(port)) };
}

/** Without the brackets of IPv6 and the dot that ends an absolute name. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}

/** True when the policy names this host: then its address may be a private one. */
export function isNamedHost(policy: UrlPolicy, url: URL): boolean {
  const hostname = hostnameOf(url);
  return policy.hosts.some(
    (host) => host.hostname === hostname && (host.port === undefined || host.port === portOf(url)),
  );
}
